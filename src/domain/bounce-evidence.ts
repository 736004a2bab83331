// Whether a message is a delivery report: ordered rules, first match wins. A report is never a ticket (CONTRACT §5.3),
// so each rule asks for more than words, which a person may write or quote as well.

import { isVacationSubject } from './automatic-subjects.ts';
import { parseStatusFields } from './bounce-fields.ts';
import { type Notice, readNotice } from './bounce-notice.ts';
import { readSesBounce } from './bounce-ses.ts';
import { findReplyCode, findStatus } from './bounce-status.ts';
import { hasFailureWords, isFailureSubject, isListRefusal, isServerSubject } from './bounce-words.ts';
import { isForwardSubject, isReplySubject } from './forward-subject.ts';
import { headerValue, headerValues, type InboundMessage } from './message.ts';

const daemonLocalPart =
  /^(?:mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|post[-_.]master|mdaemon|mail[-_.]?delivery[-_.]?(?:sub)?system|mail[-_.]?delivery|mailsystem|mail[-_.]system|bounced?-?(?:mail|message)s?|(?:smtp[-_.]?)?daemon|post[-_.]?office|dbmail-mailer|mta|email-bounces|microsoftexchange[0-9a-f]{8,40})$/;
const daemonName =
  /mail(?:er)?[- ]?daemon|mail deliver\w{0,3} (?:sub)?(?:system|service)|internet mail delivery|postmaster|system administrator|mail administrator|mail service$|e-?mail system|\b(?:(?:e-?)?mail|smtp) ?(?:server|gateway|router|robot|firewall)\b(?! ?(?:team|admin|support))/;

/** MAILER-DAEMON itself: the address that nobody but a mail server writes from. */
export function isMailerDaemon(message: InboundMessage): boolean {
  const from = headerValues(message, 'from').join(' ').slice(0, 2_000).toLowerCase();
  return /mailer[-_.]?daemon\b(?!-)/.test(from);
}

/**
 * Whether the sender is a mail system: by its address (MAILER-DAEMON, postmaster, or no author at all, `From: <>`), or
 * only by its name ("Mail Delivery System", "System Administrator"), which a person may bear too.
 */
export function findDaemonSender(message: InboundMessage): 'address' | 'name' | null {
  const raw = headerValues(message, 'from').join(' ').slice(0, 2_000).toLowerCase();
  if (isMailerDaemon(message)) return 'address';
  if (message.from.length === 0 && /^\s*<\s*>\s*$/.test(raw)) return 'address';
  const localParts = message.from.map(({ address }) => address.slice(0, Math.max(address.lastIndexOf('@'), 0)));
  if (localParts.some((part) => daemonLocalPart.test(part.toLowerCase()))) return 'address';
  return daemonName.test(raw) ? 'name' : null;
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
  daemon: 'address' | 'name' | null;
  nullPath: boolean;
}

// >>> RCPT TO:<ann@example.com>   <<< 550 User unknown   受信 >>> 550 …   Remote host said: 550 …   Could not be delivered to: <ann@example.com>
const transcriptLine =
  /^\s{0,20}(?:>>> ?(?:rcpt|mail|data|ehlo)|(?:\p{L}{1,10} )?(?:<<<|>>>|<--) ?[45]\d\d\b|rcpt to ?:|mail from ?:|remote host said|could not be delivered to ?: ?<|diagnostic-code:|---* ?transcript of|reporting-mta:)/imu;

// bob@example.com / #550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##: Exchange's line for administrators, in every language
const exchangeDiagnosis = /(?:^|\s)#[<[]?[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}[ ;]{1,2}\S/m;

// Hi. This is the James mail server at …   This message was created automatically by mail delivery software.
// Sorry. Your message could not be delivered to:   People who tell of such a mail call it theirs.
// Message from yahoo.example.   Unable to deliver message to …   ----- Transcript of session follows -----
const serverOpening =
  /^[^\n]{0,80}?(?:\bthis is (?:the|an?) .{0,80}(?:mail (?:system|server|agent|delivery)|program|daemon|delivery status notification)|\bthis (?:message|e-?mail) was (?:created|generated) automatically|automatically generated|i'm afraid i wasn't able to deliver|-{2,} ?(?:the following addresses|transcript of)|unable to deliver message to|\bihre (?:nachricht|e-?mail|mail) .{0,120}konnte nicht)|^(?:(?:(?:we are |we're )?sorry\b.{0,20}? |(?:hello|hi|dear)\b.{0,60}?[,.!]\s{1,4})?your (?:message|mail|e-?mail) (?:(?:to|with) .{1,80} )?(?:could ?n[o']t|cannot|was not|has not been|were not|was) (?:be )?(?:been |automatically )?(?:delivered|blocked|rejected)|(?:the|your) (?:message|mail|e-?mail) to \S{1,100} bounced\b|message from [\w.-]{1,100}\.?\n|the original message was received at|a message that you sent|the following message to <|(?:could not|couldn't|unable to) deliver (?:the |your )?message to|delivery (?:of e?-?mail |of your message )?to (?:this|the following) (?:address|recipient)|your mail sent on:|undeliverable to \S{1,64}@|unknown user: \S{1,64}@|failed to deliver to ['"<])/i;

/** What a server puts into its notice, and a person's account of trouble seldom holds: the mail itself, a transcript. */
const isStructured = ({ message, notice }: Facts): boolean =>
  notice.returned !== '' ||
  partIs(message, 'message/rfc822') ||
  partIs(message, 'text/rfc822-headers') ||
  transcriptLine.test(notice.notice);
const hasCode = ({ notice }: Facts): boolean =>
  findStatus(notice.notice) !== null || findReplyCode(notice.notice) !== null;

// Can you help?   I sent it twice.   My address is …
const isPersonal = ({ notice }: Facts): boolean =>
  /\?(?:\s|$)|\b(?:I|me|my|we|our|ich|meine?|mir)\b/.test(notice.notice);

const hasOpening = ({ notice }: Facts): boolean => serverOpening.test(notice.notice.trimStart());

const returnsMail = /^(?:>\s?)?(?:received|return-path): /im;

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
    evidence: 'report of delivery status (RFC 3464)',
    bounce: true,
    when: ({ message }) => /^(?:.{0,20})delivery-status$/.test(reportType(message) ?? ''),
  },
  {
    // A person who forwards a report may send its parts along; then the mail is no report, and the subject has "Fwd:".
    evidence: 'message/delivery-status part (RFC 3464)',
    bounce: true,
    when: ({ message, daemon, nullPath, subjectSays }) =>
      (partIs(message, 'message/delivery-status') || partIs(message, 'message/global-delivery-status')) &&
      (reportType(message) !== null || daemon !== null || nullPath || subjectSays),
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
      daemon !== 'address' &&
      (isVacationSubject(message.subject) || /^\s*auto-replied/i.test(headerValue(message, 'auto-submitted') ?? '')),
  },
  { evidence: 'sent by MAILER-DAEMON', bounce: true, when: ({ message }) => isMailerDaemon(message) },
  {
    evidence: 'delivery fields of RFC 3464 in the text',
    bounce: true,
    when: (facts) =>
      (facts.subjectSays || facts.nullPath || facts.daemon !== null) &&
      readReportedFields(facts.message, facts.notice).length > 0,
  },
  {
    evidence: 'a mail system tells of a failed delivery',
    bounce: true,
    when: (facts) =>
      facts.daemon === 'address' &&
      (facts.subjectSays ||
        exchangeDiagnosis.test(facts.notice.notice) ||
        (facts.textSays && (facts.nullPath || isStructured(facts) || hasOpening(facts)))),
  },
  {
    evidence: 'null reverse-path, and the subject tells of a failed delivery',
    bounce: true,
    when: ({ nullPath, subjectSays }) => nullPath && subjectSays,
  },
  {
    evidence: 'null reverse-path, and the text tells of a failed delivery',
    bounce: true,
    when: (facts) => facts.nullPath && facts.textSays && (isStructured(facts) || hasCode(facts)),
  },
  {
    evidence: 'Amazon SES notification of a bounce',
    bounce: true,
    when: ({ message }) => readSesBounce(message.text ?? '') !== null,
  },
  {
    evidence: 'a mailing list refuses a post',
    bounce: true,
    when: (facts) => isListRefusal(facts.message.subject) && facts.textSays,
  },
  {
    evidence: 'a report without type that tells of a failed delivery',
    bounce: true,
    when: (facts) => reportType(facts.message) === '' && (facts.subjectSays || facts.textSays),
  },
  {
    evidence: 'the subject and the text that a mail system writes',
    bounce: true,
    when: (facts) =>
      facts.message.inReplyTo.length === 0 &&
      (isServerSubject(facts.message.subject)
        ? facts.textSays && (facts.daemon === 'name' || isStructured(facts) || hasCode(facts) || hasOpening(facts))
        : facts.subjectSays &&
          facts.textSays &&
          (hasOpening(facts)
            ? isStructured(facts) || (hasCode(facts) && !isPersonal(facts))
            : isStructured(facts) && (facts.daemon === 'name' || hasCode(facts)))),
  },
  {
    evidence: 'the words that a mail server begins with, and the mail that it returns',
    bounce: true,
    when: (facts) =>
      facts.message.inReplyTo.length === 0 &&
      // A person shows the report.
      !isReplySubject(facts.message.subject) &&
      !isForwardSubject(facts.message.subject) &&
      // Hardly any text gives a mail back, so that most are not searched for words.
      returnsMail.test(facts.notice.returned) &&
      facts.textSays &&
      hasOpening(facts),
  },
];

/** The facts, read when a rule asks: of most mail none needs the text. */
function readFacts(message: InboundMessage): Facts {
  let textSays: boolean | undefined;
  return {
    message,
    get notice() {
      return readNotice(message);
    },
    get textSays() {
      textSays ??= hasFailureWords(readNotice(message).notice);
      return textSays;
    },
    subjectSays: isFailureSubject(message.subject),
    daemon: findDaemonSender(message),
    nullPath: hasNullReversePath(message),
  };
}

/** Why a message is a delivery report, in words; null when it is none. */
export function findBounceEvidence(message: InboundMessage): string | null {
  const facts = readFacts(message);
  const rule = rules.find(({ when }) => when(facts));
  return rule?.bounce === true ? rule.evidence : null;
}
