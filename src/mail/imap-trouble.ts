// What an error of an IMAP session means to the person who reads it.

import type { ImapConfig } from '../config/config.ts';
import { explainNetwork, serverWords, type Timeouts, type TransportError } from './trouble.ts';

/** What imapflow puts on its errors. */
export interface ImapError extends TransportError {
  /** Set on every failure during a log-in, a lost connection too. */
  authenticationFailed?: boolean;
  responseText?: string;
  /** Response code of a refused log-in: AUTHENTICATIONFAILED, UNAVAILABLE… (RFC 5530 §3). */
  serverResponseCode?: string;
  /** Text after a refused log-in, a parsed response elsewhere. */
  response?: unknown;
  /** The SELECT was refused, and LIST knows no such mailbox. */
  mailboxMissing?: boolean;
}

// RFC 5530 §3, and what Gmail and Exchange say:
//   NO [UNAVAILABLE] Temporary authentication failure
//   NO [THROTTLED] Account exceeded command or bandwidth limits
//   NO [LIMIT] Too many simultaneous connections
//   BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds
const asksToWait = /\b(UNAVAILABLE|THROTTLED|INUSE|LIMIT)\b|throttled|too many|try again later/i;

// Exchange takes a log-in that it should have refused, and says so at the next command:
//   BAD User is authenticated but not connected.
const isNotConnected = /authenticated but not connected/i;

/** One line: the reason, and what to check. Never a secret. */
export function explainImap(
  error: ImapError,
  config: ImapConfig,
  timeouts: Timeouts,
  secrets: readonly string[],
): string {
  const where = `${config.host}:${config.port}`;
  const said = serverSaid(error, secrets);
  if (said !== null && mustWait(error, said)) {
    return `${where} asks to wait: "${said}"; the next sweep tries again`;
  }
  if (said !== null && isNotConnected.test(said)) {
    return explainLogIn(error, config, said);
  }
  if (error.authenticationFailed && (said !== null || error.code === undefined)) {
    return explainLogIn(error, config, said);
  }
  if (/does not support STARTTLS/.test(error.message)) {
    return `${where} offers no STARTTLS, and the password is never sent in the clear; for TLS from the start set imap.useSsl to true (port 993)`;
  }
  if (/unsupported authentication mechanism/i.test(error.message)) {
    return `${where} offers no log-in of the kind that imap.auth asks for; check imap.auth, and what the provider wants`;
  }
  const network = explainNetwork(error, config, 'imap', timeouts);
  if (network !== null) {
    return network;
  }
  return said === null ? `${where}: ${serverWords(error.message, secrets)}` : `${where} refused: "${said}"`;
}

function explainLogIn(error: ImapError, config: ImapConfig, said: string | null): string {
  const user = config.auth === null ? '' : ` of ${serverWords(config.auth.username, [])}`;
  const why = said ?? serverWords(error.message, []);
  const check =
    config.auth?.kind === 'oauth2'
      ? 'check imap.username, and that tokenCommand prints an access token for this account with the IMAP scope'
      : 'check imap.username and the password (many providers want an app password)';
  return `${config.host}:${config.port} refused the log-in${user} ("${why}"); ${check}`;
}

function mustWait(error: ImapError, said: string): boolean {
  if (error.code === 'ETHROTTLE') {
    return true;
  }
  const code = error.serverResponseCode ?? (typeof error.response === 'string' ? error.response : '');
  return code !== 'AUTHENTICATIONFAILED' && asksToWait.test(`${code} ${said}`);
}

/** The server's own words, or null when it did not answer. */
function serverSaid(error: ImapError, secrets: readonly string[]): string | null {
  // The response as a whole starts with the command's tag: `A7 NO [CANNOT] Not now`
  const whole = typeof error.response === 'string' ? error.response.replace(/^\S+ (NO|BAD) /, '') : '';
  const text = error.responseText || whole;
  return text === '' ? null : serverWords(text, secrets);
}
