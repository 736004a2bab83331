// What the server's answers mean for each recipient of a message: sent, refused for good, or to be tried again.

import type { SmtpConfig } from '../config/config.ts';
import { explainNetwork, serverWords, type Timeouts, type TransportError } from './trouble.ts';

/** What nodemailer puts on its errors. */
export interface SmtpError extends TransportError {
  /** The command that was answered, `CONN` for the connection itself. */
  command?: string | undefined;
  response?: string | undefined;
  responseCode?: number | undefined;
  recipient?: string | undefined;
  rejectedErrors?: SmtpError[] | undefined;
}

/** What became of a message for one recipient. */
export interface RecipientResult {
  address: string;
  ok: boolean;
  /** Not ok, and trying again would change nothing (5yz, RFC 5321 §4.2.1). */
  permanent: boolean;
  /** One line: what happened and what to check. Null when ok. Never a secret. */
  error: string | null;
}

export interface Explainer {
  config: SmtpConfig;
  timeouts: Timeouts;
  secrets: readonly string[];
}

/** A message that failed as a whole: the same for each, but for those the server had refused one by one before. */
export function failAll(
  recipients: readonly string[],
  error: SmtpError,
  { contentSent, ...explainer }: Explainer & { contentSent: boolean },
): RecipientResult[] {
  const text = explainSmtp(error, explainer);
  const unsure = contentSent && error.responseCode === undefined;
  const whole = {
    ok: false,
    permanent: isPermanent(error),
    // Whether it was taken cannot be told: it goes out again, with the same Message-ID.
    error: unsure ? `${text} before it confirmed the message, which may have arrived` : text,
  };
  return recipients.map((address) => {
    const own = error.rejectedErrors?.find((rejected) => rejected.recipient === address);
    return own === undefined ? { address, ...whole } : refused(address, own, explainer);
  });
}

/** A message that the server took, for some of the recipients at least. */
export function mixed(
  recipients: readonly string[],
  rejectedErrors: readonly SmtpError[],
  explainer: Explainer,
): RecipientResult[] {
  return recipients.map((address) => {
    const rejected = rejectedErrors.find((error) => error.recipient === address);
    return rejected === undefined
      ? { address, ok: true, permanent: false, error: null }
      : refused(address, rejected, explainer);
  });
}

function refused(address: string, error: SmtpError, explainer: Explainer): RecipientResult {
  return { address, ok: false, permanent: isPermanent(error), error: explainSmtp(error, explainer) };
}

// Answers that are about the log-in, which a person mends, and not about the message:
//   530 5.7.0 Authentication Required; 534 5.7.9 Application-specific password required; 535 5.7.8 Username and Password
//   not accepted; 538 5.7.11 Encryption required. 503 is about the session (bad sequence of commands).
const notAboutTheMessage = new Set([503, 530, 534, 535, 538]);
// Google's daily limit comes as 550: "550-5.4.5 Daily user sending limit exceeded"
const sendingLimit = /\b5\.4\.5\b/;

function isPermanent(error: SmtpError): boolean {
  const { responseCode, command = '', code } = error;
  if (responseCode === undefined) {
    // nodemailer's own: an address that no server could take, more bytes than SIZE allows.
    return code === 'EENVELOPE' || code === 'EMESSAGE';
  }
  const aboutTheMessage = /^(MAIL FROM|RCPT TO|DATA)$/.test(command);
  const limited = sendingLimit.test(error.response ?? '');
  return aboutTheMessage && responseCode >= 500 && !notAboutTheMessage.has(responseCode) && !limited;
}

// 421 4.7.0 Too many concurrent SMTP connections   432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded (Microsoft)
// 421 4.4.5 Too many connections from your host   451 4.7.1 connection limit reached
const tooMany =
  /too many (?:\w+ ){0,3}(?:connection|session|client|login)s?\b|concurren|simultaneous|\b(?:thread|connection|session)s? (?:limit|count)/i;

/** The server ends the connection with this answer (RFC 5321 §3.8). */
export function isClosing({ responseCode }: SmtpError): boolean {
  return responseCode === 421;
}

/** An answer by which a server says that it has no room for this connection, whatever is sent over it. */
export function isCrowding(error: SmtpError): boolean {
  const { responseCode = 0, response = '' } = error;
  return isClosing(error) || (responseCode >= 400 && tooMany.test(response));
}

/** Why a connection failed: the server may have no room for it, where it has taken others. Some do not say so. */
export function mayBeCrowding(error: SmtpError): boolean {
  return error.responseCode === undefined || error.responseCode < 500 || isCrowding(error);
}

/** One line: the reason and, where somebody can mend it, what to check. */
export function explainSmtp(error: SmtpError, { config, timeouts, secrets }: Explainer): string {
  const where = `${config.host}:${config.port}`;
  const said = error.response === undefined ? null : serverWords(error.response, secrets);
  if (said !== null && (error.code === 'EAUTH' || notAboutTheMessage.has(error.responseCode ?? 0))) {
    return `${where} refused the log-in: ${said}; ${checkLogIn(config)}`;
  }
  if (error.command === 'STARTTLS' && said !== null) {
    return `${where} offers no STARTTLS (${said}), and nothing is sent in the clear; check smtp.port and smtp.useTls`;
  }
  if (said !== null) {
    return `${where}: ${said}`;
  }
  if (error.code === 'EAUTH') {
    return `${where}: log-in failed: ${serverWords(error.message, secrets)}; ${checkLogIn(config)}`;
  }
  return explainNetwork(error, config, 'smtp', timeouts) ?? `${where}: ${serverWords(error.message, secrets)}`;
}

function checkLogIn(config: SmtpConfig): string {
  return config.auth?.kind === 'oauth2'
    ? 'check smtp.username, and that tokenCommand prints an access token for this account with the SMTP scope'
    : 'check smtp.username and the password (many providers want an app password)';
}

/** Thrown by `send`, with nodemailer's error as cause. */
export class SendError extends Error {
  override readonly cause: SmtpError;
  /** The message itself was under way: without an answer nobody knows whether the server took it. */
  readonly contentSent: boolean;
  constructor(cause: SmtpError, contentSent: boolean) {
    super(cause.message, { cause });
    this.cause = cause;
    this.contentSent = contentSent;
  }
}
