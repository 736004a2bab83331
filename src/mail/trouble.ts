// What went wrong on the way to a mail server, in words: what happened, and what to check. Shared by IMAP and SMTP.

import type { ServerConfig } from '../config/config.ts';
import { forTerminalLine } from '../text/terminal.ts';
import type { ServerKey } from './tls.ts';

/** What imapflow, nodemailer and Node put on their errors. */
export interface TransportError extends Error {
  code?: string | undefined;
  /** nodemailer: the code before it set its own. */
  originalCode?: string | undefined;
  /** nodemailer: which wait ended. */
  timeoutType?: string | undefined;
  /** imapflow: what the server said as it closed. */
  reason?: string | undefined;
}

export interface Timeouts {
  connectMs: number;
  greetingMs: number;
  /** The longest silence of a server that owes an answer. */
  silenceMs: number;
}

/** Fit for a cron step (RELIABILITY §2: the libraries' own run to ten minutes). */
export const defaultTimeouts: Timeouts = { connectMs: 15_000, greetingMs: 15_000, silenceMs: 60_000 };

const longestServerText = 300;

/** A server's words on one line, without control characters, without any of the secrets, cut to 300 characters. */
export function serverWords(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) {
    if (secret !== '') {
      safe = safe.replaceAll(secret, '***').replaceAll(Buffer.from(secret).toString('base64'), '***');
    }
  }
  const line = forTerminalLine(safe.replace(/\s+/g, ' ').trim());
  return line.length > longestServerText ? `${line.slice(0, longestServerText)}…` : line;
}

/** The reason and what to check, for failures of the network and of TLS; null for what is neither. */
export function explainNetwork(
  error: TransportError,
  server: ServerConfig,
  key: ServerKey,
  timeouts: Timeouts,
): string | null {
  return explainTls(error, server, key) ?? explainConnection(error, server, key, timeouts);
}

function explainConnection(
  error: TransportError,
  server: ServerConfig,
  key: ServerKey,
  timeouts: Timeouts,
): string | null {
  const where = `${server.host}:${server.port}`;
  const told = error.reason ? ` (it said: ${serverWords(error.reason, [])})` : '';
  switch (error.timeoutType ?? error.originalCode ?? error.code) {
    case 'ECONNREFUSED':
      return `${where} refused the connection; check ${key}.host and ${key}.port, and that the server runs`;
    case 'ENOTFOUND':
    case 'ENODATA':
      return `the host name ${server.host} is not known; check ${key}.host and the DNS`;
    case 'EAI_AGAIN':
    case 'ETIMEOUT_DNS':
      return `the DNS gave no answer for ${server.host}; check the network`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `there is no route to ${where}; check the network`;
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return `${where} did not answer within ${seconds(timeouts.connectMs)}; check ${key}.host, ${key}.port and the firewall`;
    case 'GREETING_TIMEOUT':
      return `${where} sent no greeting within ${seconds(timeouts.greetingMs)}; check that ${key}.port goes with ${tlsKey(key)}`;
    case 'ETIMEOUT':
    case 'SOCKET_TIMEOUT':
    case 'UPGRADE_TIMEOUT':
      return `${where} fell silent for ${seconds(timeouts.silenceMs)}`;
    case 'ECONNRESET':
    case 'ECONNECTION':
    case 'EPIPE':
    case 'NoConnection':
    case 'EConnectionClosed':
    case 'StateLogout':
    case 'ClosedAfterConnectTLS':
    case 'ClosedAfterConnectText':
      return `${where} closed the connection${told}`;
    default:
      return null;
  }
}

// nodemailer keeps the message of a failed handshake but not its code, so that both are looked at:
//   Error initiating TLS - self-signed certificate in certificate chain
const unknownAuthority = /self[- ]signed certificate|unable to (verify the first|get (local )?issuer) certificate/i;

function explainTls(error: TransportError, server: ServerConfig, key: ServerKey): string | null {
  const code = error.originalCode ?? error.code ?? '';
  const where = `${server.host}:${server.port}`;
  const text = error.message;
  if (unknownAuthority.test(text) || /SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET)/.test(code)) {
    return `the certificate of ${where} is from an authority that is not known; if it is your own, set ${key}.caFile to its PEM file`;
  }
  if (code === 'CERT_HAS_EXPIRED' || /certificate has expired/i.test(text)) {
    return `the certificate of ${where} has expired; check the server, and the clock of this machine`;
  }
  if (code === 'CERT_NOT_YET_VALID' || /certificate is not yet valid/i.test(text)) {
    return `the certificate of ${where} is not valid yet; check the clock of this machine`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || /does not match certificate's altnames/i.test(text)) {
    return `the certificate of ${where} is for another host name; check ${key}.host`;
  }
  if (/wrong version number|packet length too long/i.test(text) || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return `${where} does not speak TLS from the start; check that ${key}.port goes with ${tlsKey(key)}`;
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') {
    return `TLS with ${where} failed: ${serverWords(text, [])}`;
  }
  return null;
}

/** The configuration key that chooses between TLS from the start and STARTTLS. */
export function tlsKey(key: ServerKey): string {
  return key === 'imap' ? 'imap.useSsl' : 'smtp.useTls';
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
