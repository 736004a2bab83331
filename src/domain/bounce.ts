// A delivery report, read: RFC 3464, or one of the many notices that are not. What makes a message one is decided in
// bounce-evidence.ts.

import { findBounceEvidence, readReportedFields } from './bounce-evidence.ts';
import { type BounceRecipient, parseStatusFields } from './bounce-fields.ts';
import { type Notice, readNotice, readNoticeAction, readNoticeRecipients, readStatus } from './bounce-notice.ts';
import { findOriginalMessageId } from './bounce-original.ts';
import { readSesBounce } from './bounce-ses.ts';
import { type BounceReport, headerValues, type InboundMessage } from './message.ts';

const maxRecipients = 200;

/** `X-Failed-Recipients` as Exim and Google write it: addresses, with commas between. */
function listFailedRecipients(message: InboundMessage): string[] {
  return headerValues(message, 'x-failed-recipients')
    .flatMap((value) => value.split(/[,\s]+/))
    .map((address) => address.replace(/^<|>$/g, '').toLowerCase())
    .filter((address) => /^[^@\s]{1,64}@[^@\s]{1,255}$/.test(address))
    .slice(0, maxRecipients);
}

/** `for <ann@example.com>` of the newest Received field, or `To:`, of the returned mail: the last resort. */
function findReturnedRecipient(message: InboundMessage, returned: string): string | null {
  const part = message.reportParts.find(({ contentType }) => /rfc822/.test(contentType));
  const header = (part?.content ?? returned).slice(0, 16_000);
  const match =
    /\bfor <([^<>\s@]{1,64}@[^<>\s@]{1,255})>/.exec(header) ??
    /^(?:>\s?)?(?:x-original-|envelope-|delivered-)?to:[^@\n]{0,200}?([^\s<>@",;:]{1,64}@[^\s<>@",;:]{1,255})/im.exec(
      header,
    );
  return match?.[1]?.toLowerCase() ?? null;
}

/** The Status field of a report that names its recipient in no way we can use (a pipe, an X.400 name). */
function findReportedStatus(message: InboundMessage): string | null {
  const part = message.reportParts.find(({ contentType }) => contentType.startsWith('message/delivery-status'));
  return (
    /^status[ \t]{0,4}:[ \t]{0,4}([245]\.\d{1,3}\.\d{1,3})/im.exec(part?.content.slice(0, 16_000) ?? '')?.[1] ?? null
  );
}

function readRecipients(message: InboundMessage, notice: Notice): BounceRecipient[] {
  const reported = readReportedFields(message, notice);
  if (reported.length > 0) return reported;

  const action = readNoticeAction(message.subject, notice.notice);
  const status = findReportedStatus(message);
  const named = readNoticeRecipients(notice.notice, message, action).map((recipient) => ({
    ...recipient,
    status: status ?? recipient.status,
  }));
  const failed = listFailedRecipients(message).filter((address) => !named.some((other) => other.address === address));
  if (named.length + failed.length === 0) {
    // A postmaster's copy of somebody's report: its fields stand in the text that follows.
    const inner = parseStatusFields(notice.returned);
    if (inner.length > 0) return inner;
    failed.push(...guessRecipient(message, notice));
  }
  const told = status ?? readStatus(`${notice.notice}\n${message.subject}`.slice(0, 8_000), action);
  return [...named, ...failed.map((address) => ({ address, status: told, action, diagnostic: null }))];
}

/** Where the notice names nobody: an address in the subject, else whom the returned mail was for. */
function guessRecipient(message: InboundMessage, { returned }: Notice): string[] {
  const inSubject = /[^\s<>@",;:()]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/.exec(message.subject.slice(0, 500))?.[0];
  const toUs = message.to.some(({ address }) => address.toLowerCase() === inSubject?.toLowerCase());
  const address = (toUs ? undefined : inSubject?.toLowerCase()) ?? findReturnedRecipient(message, returned);
  return address === null ? [] : [address];
}

/**
 * Reads a delivery report; null when the message is none. `recipients` is empty when the report names nobody. Where an
 * alias led on, both the address the mail was sent to and the one it ended at are given. `delayed` is not `failed`;
 * a status is the report's RFC 3463 code, or derived from its SMTP code or wording when it has none.
 */
export function readBounce(message: InboundMessage): BounceReport | null {
  if (findBounceEvidence(message) === null) return null;
  const ses = readSesBounce(message.text ?? '');
  if (ses !== null) return ses;
  const notice = readNotice(message);
  return {
    recipients: readRecipients(message, notice).slice(0, maxRecipients),
    originalMessageId: findOriginalMessageId(message, notice.returned, notice.notice),
  };
}
