// Who is speaking: --as, else TKT_AGENT, else the operating system's user, where an agent of that login exists (CONTRACT §1).

import { userInfo } from 'node:os';
import type { Context } from '../context.ts';
import type { Agent } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';

/** The agent who speaks. Throws RefusedError, which says how to add one, when there is no such agent. */
export async function resolveActor(context: Context, as?: string): Promise<Agent & { id: number }> {
  const { findAgent } = await import('../store/agents.ts');
  const login = actorLogin(context, as);
  const agent = login === null ? undefined : await findAgent(await context.database(), login);
  if (agent) return agent;
  const who = login === null ? 'nobody is known by this user id' : `there is no agent ${JSON.stringify(login)}`;
  throw new RefusedError(
    `${who}; say who you are with --as LOGIN or TKT_AGENT,\n` +
      `or add yourself: tkt agent add ${login ?? 'LOGIN'} --name NAME --email ADDRESS`,
  );
}

/** The login that would speak, whether or not such an agent exists; null where the system has no name for its user. */
export function actorLogin(context: Context, as?: string): string | null {
  return as ?? (context.config().agent || systemUser());
}

// A mail server may run us under a user id without a passwd entry: then the system throws.
function systemUser(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
