// Whether a message is a delivery report: ordered rules, first match wins. A report is never a ticket (CONTRACT §5.3),
// so each rule asks for more than words, which a person may write or quote as well.

import { isVacationSubject } from './automatic-subjects.ts';
import { parseStatusFields } from './bounce-fields.ts';
import { type Notice, readNotice } from './bounce-notice.ts';
import { readSesBounce } from './bounce-ses.ts';
import { findReplyCode, findStatus } from './bounce-status.ts';
import { hasFailureWords, isFailureSubject } from './bounce-words.ts';
import { headerValue, headerValues, type InboundMessage } from './message.ts';

const daemonLocalPart =
  /^(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|post[-_.]master|mdaemon|mail[-_.]?delivery[-_.]?(?:sub)?system|mail[-_.]?delivery|mailsystem|mail[-_.]system|bounced?-?(?:mail|message)s?|smtp-?daemon|mta|email-bounces|microsoftexchange[0-9a-f]{8,40})$/;
const daemonName =
  /mail(?:er)?[- ]?daemon|mail deliver\w{0,3} (?:sub)?(?:system|service)|internet mail delivery|postmaster|system administrator|mail administrator|microsoft outlook$|mail service$|e-?mail system/;

/** MAILER-DAEMON itself: the address that nobody but a mail server writes from. */
export function isMailerDaemon(message: InboundMessage): boolean {
  const from = headerValues(message, 'from').join(' ').slice(0, 2_000).toLowerCase();
  return /(?:mailer[-_.]?daemon)\b(?!-)/.test(from);
}

/** MAILER-DAEMON, a postmaster, a mail delivery subsystem, or a From without author (`From: <>`). */
export function isDaemonSender(message: InboundMessage): boolean {
  const raw = headerValues(message, 'from').join(' ').slice(0, 2_000).toLowerCase();
  if (message.from.length === 0 && (/^\s*<\s*>\s*$/.test(raw) || daemonName.test(raw))) return true;
  if (isMailerDaemon(message)) return true;
  return message.from.some(
    ({ name, address }) =>
      daemonLocalPart.test(address.slice(0, Math.max(address.lastIndexOf('@'), 0)).toLowerCase()) ||
      daemonName.test(name.slice(0, 200).toLowerCase()),
  );
}

/** The null reverse-path (RFC 5321 §4.5.5) as the last server noted it; some write MAILER-DAEMON for it. */
export function hasNullReversePath(message: InboundMessage): boolean {
  const path = headerValue(message, 'return-path')?.trim().toLowerCase();
  return path !== undefined && (path === '<>' || /^<?\s*mailer-daemon(?:@[^\s<>]{0,255})?\s*>?$/.test(path));
}

const partIs = (message: InboundMessage, type: string): boolean =>
  message.reportParts.some((part) => part.contentType.startsWith(type));
const reportType = (message: InboundMessage): string | null =>
  message.contentType === 'multipart/report'
    ? (message.contentTypeParams.find(([name]) => name === 'report-type')?.[1].toLowerCase() ?? '')
    : null;

/** The recipients that RFC 3464 fields name: in a report part, or in the text where a server wrote them there. */
export function readReportedFields(message: InboundMessage, notice: Notice): ReturnType<typeof parseStatusFields> {
  for (const part of message.reportParts) {
    if (!/^message\/(?:global-)?delivery-status/.test(part.contentType)) continue;
    const recipients = parseStatusFields(part.content);
    if (recipients.length > 0) return recipients;
  }
  return /^final-recipient:/im.test(notice.notice) ? parseStatusFields(notice.notice) : [];
}

interface Facts {
  message: InboundMessage;
  notice: Notice;
  subjectSays: boolean;
  textSays: boolean;
  daemon: boolean;
  nullPath: boolean;
}

/** Something in the text that a server puts there and a person's account of trouble seldom has at once. */
const hasReturnedMail = ({ message, notice }: Facts): boolean =>
  notice.returned !== '' || partIs(message, 'message/rfc822') || partIs(message, 'text/rfc822-headers');
const hasCode = ({ notice }: Facts): boolean =>
  findStatus(notice.notice) !== null || findReplyCode(notice.notice) !== null;

const rules: Array<{ evidence: string; bounce: boolean; when: (facts: Facts) => boolean }> = [
  {
    evidence: 'a report, but not of delivery',
    bounce: false,
    when: ({ message }) =>
      partIs(message, 'message/feedback-report') ||
      partIs(message, 'message/disposition-notification') ||
      /^(?:disposition-notification|feedback-report)$/.test(reportType(message) ?? ''),
  },
  {
    evidence: 'message/delivery-status part (RFC 3464)',
    bounce: true,
    when: ({ message }) =>
      /^(?:.{0,20})delivery-status$/.test(reportType(message) ?? '') ||
      partIs(message, 'message/delivery-status') ||
      partIs(message, 'message/global-delivery-status'),
  },
  {
    evidence: 'X-Failed-Recipients',
    bounce: true,
    when: ({ message }) => headerValue(message, 'x-failed-recipients') !== null,
  },
  {
    evidence: 'an automatic reply of a person',
    bounce: false,
    when: ({ message, daemon }) =>
      !daemon &&
      (isVacationSubject(message.subject) || /^\s*auto-replied/i.test(headerValue(message, 'auto-submitted') ?? '')),
  },
  { evidence: 'sent by MAILER-DAEMON', bounce: true, when: ({ message }) => isMailerDaemon(message) },
  {
    evidence: 'delivery fields of RFC 3464 in the text',
    bounce: true,
    when: ({ message, notice, subjectSays, nullPath, daemon }) =>
      (subjectSays || nullPath || daemon) && readReportedFields(message, notice).length > 0,
  },
  {
    evidence: 'a mail system tells of a failed delivery',
    bounce: true,
    when: ({ daemon, subjectSays, textSays }) => daemon && (subjectSays || textSays),
  },
  {
    evidence: 'null reverse-path, and the subject tells of a failed delivery',
    bounce: true,
    when: ({ nullPath, subjectSays }) => nullPath && subjectSays,
  },
  {
    evidence: 'null reverse-path, and the text tells of a failed delivery',
    bounce: true,
    when: (facts) => facts.nullPath && facts.textSays && (hasReturnedMail(facts) || hasCode(facts)),
  },
  {
    evidence: 'Amazon SES notification of a bounce',
    bounce: true,
    when: ({ message }) => readSesBounce(message.text ?? '') !== null,
  },
  {
    evidence: 'a report without type that tells of a failed delivery',
    bounce: true,
    when: ({ message, subjectSays, textSays }) => reportType(message) === '' && (subjectSays || textSays),
  },
  {
    evidence: 'subject and text of a delivery failure, with the returned mail or a code',
    bounce: true,
    when: (facts) => facts.subjectSays && facts.textSays && (hasReturnedMail(facts) || hasCode(facts)),
  },
];

/** Why a message is a delivery report, in words; null when it is none. */
export function findBounceEvidence(message: InboundMessage): string | null {
  const notice = readNotice(message);
  const facts: Facts = {
    message,
    notice,
    subjectSays: isFailureSubject(message.subject),
    textSays: hasFailureWords(notice.notice),
    daemon: isDaemonSender(message),
    nullPath: hasNullReversePath(message),
  };
  const rule = rules.find(({ when }) => when(facts));
  return rule?.bounce === true ? rule.evidence : null;
}
