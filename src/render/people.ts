// People as lists and pages name them: the address always beside the name, for a name proves nothing (RELIABILITY row 5).

import type { Agent, Person } from '../domain/ticket.ts';

/** `Ann Lee <ann@example.com>`, or the bare address where no name is known. Not yet made safe for a terminal. */
export function formatPerson(person: Person): string {
  return person.name === '' ? person.email : `${person.name} <${person.email}>`;
}

/** `John Smith (john)` */
export function formatAgent(agent: Pick<Agent, 'name' | 'login'>): string {
  return agent.name === '' || agent.name === agent.login ? agent.login : `${agent.name} (${agent.login})`;
}

// any at sign that software or eyes take for one: small and full-width forms too
const atSign = /[@\ufe6b\uff20]/;

/** Whether a display name shows an address that is not the sender's own: `"boss@example.com" <eve@evil.test>`. */
export function isMisleadingName(person: Person): boolean {
  if (!atSign.test(person.name)) return false;
  const name = person.name.normalize('NFKC').trim().toLowerCase();
  return name.replace(/^['"<]+|['">]+$/g, '') !== person.email.toLowerCase();
}
