// The words of a delivery notice that is no RFC 3464 report: where the returned mail begins, whom it is about, and
// what was said of each. Works line by line; lines and their number are capped.

import type { BounceRecipient } from './bounce-fields.ts';
import { oneLine } from './bounce-fields.ts';
import { deriveStatus, findStatus } from './bounce-status.ts';
import { isDelay, isSuccess } from './bounce-words.ts';
import type { InboundMessage } from './message.ts';
import { shownText } from './shown-text.ts';

const maxLines = 2_000;
const maxLineLength = 1_000;
const maxNoticeLines = 400;
const maxRecipients = 200;

export interface Notice {
  /** What the server wrote, without the mail it returns. */
  notice: string;
  /** The mail it returns, or its header, when that stands in the text. */
  returned: string;
}

// A header field that only a mail of its own begins with; a notice has Subject: and To: in its prose.
const returnedHeader =
  /^(?:>\s?)?(?:received|return-path|dkim-signature|x-received|arc-seal|delivered-to|x-originating-ip|domainkey-signature|message-id|mime-version|x-google-dkim-signature|x-google-smtp-source|x-track|x-rocket-spam):/i;
// --- Below this line is a copy of the message.   ------ This is a copy of the message, including all the headers. ------
// ----- Original message -----   |---- Message text follows: ----|   --------Unsent Message below:
const ruledMarker =
  /^(?:[-=_*|+#~]{2,}|>{3,}(?= ?original))\s{0,20}.{0,60}(?:original|returned m(?:essage|ail)|undelivered m|unsent|enclosed|below this line|copy of (?:the|your)|message (?:text|headers?|contents?|body|follows)|contents of|your message follow|mensaje|原信|原邮件|原始|元のメール)/i;
// Original message follows.   Message headers follow.   Included is a copy of the message header:
const wordedMarker =
  /^(?:the |your )?(?:original (?:message|text) (?:follows|attached|headers?|is attached|is over|text)|message headers? follows?|(?:a |here is a )?copy of (?:the|your) (?:original )?(?:message|mail|header)|included is a copy|(?:the )?first \d{1,6} (?:lines|bytes|k) of|headers? of (?:the|your) (?:original )?message|undelivered message follows|returned message follows|original mail follows|text of (?:the|your) (?:original )?message|old message:|your message reads)/i;

/** Divides a text into the notice and the mail it gives back. */
export function splitNotice(text: string): Notice {
  const lines = text.split('\n', maxLines).map((line) => line.slice(0, maxLineLength).trimEnd());
  const at = lines.findIndex((line) => {
    const trimmed = line.trimStart();
    return returnedHeader.test(line) || ruledMarker.test(trimmed) || wordedMarker.test(trimmed);
  });
  if (at < 0) return { notice: lines.slice(0, maxNoticeLines).join('\n'), returned: '' };
  return { notice: lines.slice(0, Math.min(at, maxNoticeLines)).join('\n'), returned: lines.slice(at).join('\n') };
}

// Classifying and reading ask for the same notice; making it anew costs most of the time of either.
const known = new WeakMap<InboundMessage, Notice>();

/** The text of the message itself, divided; of its HTML where it has no plain text. */
export function readNotice(message: InboundMessage): Notice {
  let notice = known.get(message);
  if (notice === undefined) {
    const plain = message.text ?? '';
    notice = splitNotice(plain.trim() !== '' || message.html === null ? plain : shownText(message));
    known.set(message, notice);
  }
  return notice;
}

// ann@example.com   "ann lee"@example.com   ann@[192.0.2.1]   <ann@localhost>
const addressPattern =
  /(?:[\p{L}\p{N}!#$%&'*+/?^_`{|}~.=-]{1,64}|"[^"@<>\n]{1,64}")@(?:(?:[\p{L}\p{N}_][\p{L}\p{N}_-]{0,62}\.){1,10}[\p{L}\p{N}][\p{L}\p{N}-]{1,62}|\[[\d.]{7,15}\]|[\p{L}\p{N}][\p{L}\p{N}-]{1,62}(?=>))/gu;
const maxAddressesOfLine = 20;

interface Mention {
  address: string;
  line: number;
  before: string;
  after: string;
}

/** Every address of the notice with the words around it on its line. */
function listMentions(lines: string[]): Mention[] {
  const mentions: Mention[] = [];
  for (const [line, text] of lines.entries()) {
    if (!text.includes('@') || /message-id|mts-id/i.test(text)) continue;
    let count = 0;
    for (const match of text.matchAll(addressPattern)) {
      if (++count > maxAddressesOfLine || mentions.length >= maxRecipients * 2) break;
      // dda:SMTP=ANN@EXAMPLE.COM   'ann@example.com'
      const prefix = /^(?:(?:smtp|rfc822|to|rcpt|addr|email)=|['`*|/=.#]+)/i.exec(match[0])?.[0] ?? '';
      const address = match[0].slice(prefix.length).replace(/-+$/, '').toLowerCase();
      // /home/ann/.forward/ann@example.com is a path.
      if (address.startsWith('@') || address.includes('/')) continue;
      mentions.push({
        address,
        line,
        before: text.slice(0, match.index) + prefix,
        after: text.slice(match.index + match[0].length),
      });
    }
  }
  return mentions;
}

// <ann@example.com>: host …     * ann@example.com     1. ann@example.com     "ann@example.com":     > ann@example.com     c=US;…;dda:SMTP=ann@example.com;
const leadsLine =
  /^(?:[\s>*•·"'<([-]{0,40}|\s{0,20}\d{1,3}[.)]\s{1,5}|.{0,120}\bsmtp=)(?:smtp:|mailto:|rfc822;)?\s?<?$/i;
// Whom the mail was first sent to, where an alias led on: (generated from ann@example.com)   (expanded from: <…>)
const aliasOf =
  /(?:generated (?:from|by)|expanded from|resolved from|alias(?:ed)? (?:from|of)|forwarded from)[\s:<"']{0,4}$/i;
// Failed Recipient: …   Unknown user: …   undeliverable to …   RCPT TO:<…   550 5.1.1 <…   your message to …
const labelled =
  /(?:recipients?|undeliverable|deliver(?:ed|y|ing)?|user(?:id|name)?|address(?:es)?|mailbox|account|error-for|e-?mail|message|mail|list|group|\bto|\bfor|\brcpt|[45]\d\d(?:[ -][245]\.\d\.\d{1,3})?|destinataire|destinatario|utente|empfänger|an|宛先|收件人|收件者|邮件地址|郵件地址|адрес)(?:\(s\))?[\s:：=<(（"'“«[]{1,6}$/i;
const lacksMailbox =
  /^[>"')\]]{0,3}[\s:.,-]{0,6}(?:\(|could|can|is |was |has |does|did|not |un|no |over |mailbox|user|account|address|recipient|rejected|failed|host|error|because|due)/i;
// User mailbox exceeds allowed size: ann@example.com     Delivery failed 20 attempts: ann@example.com
const labelsLine = /^[^@]{1,60}[:=][ \t"'<]{0,6}$/;
const endsLine = /^[>"'.]{0,3}\s*$/;
// Ann Lee <ann@example.com>     "Lee, Ann" <ann@example.com>:
const namesPerson = /^[\s>*•-]{0,20}["']?\p{L}[\p{L}\p{M}\p{N}.,' -]{0,60}["']? ?<$/u;
const closesName = /^>\s*(?:$|[:(,;])/;
// …, bob@example.com and carl@example.com
const goesOn = /^[>"']?(?:[,;]\s?|\s?(?:and|und|et|y|e|en|och|og|i|и)\s)(?:(?:and|und|et|y|e)\s)?["'<]?$/;
const saysSender =
  /\b(?:mail from|from|sender|contact|reply[- ]to|write to|sent by|e-?mail us at|visit|help)[\s:<"']{0,4}$/i;
const neverRecipient = /^(?:mailer-daemon|postmaster|postmaster-.*|abuse|support-?team)@/;

/** Addresses of a notice that are recipients, the most certain form that occurs. */
function pickRecipients(mentions: Mention[], message: InboundMessage): Mention[] {
  const sender = new Set([...message.to, ...message.from].map(({ address }) => address.toLowerCase()));
  const certain = mentions.filter(({ before }) => leadsLine.test(before));
  const aliases = mentions.filter(({ before }) => aliasOf.test(before.slice(-60)));
  const likely = (mention: Mention): boolean => !neverRecipient.test(mention.address) && !sender.has(mention.address);
  if (certain.some(likely)) return [...certain.filter(likely), ...aliases];

  const others = mentions.filter((mention) => likely(mention) && !saysSender.test(mention.before.slice(-60)));
  const told = withThoseAfter(
    others,
    ({ before, after }) =>
      labelled.test(before.slice(-60)) ||
      lacksMailbox.test(after) ||
      (labelsLine.test(before) && endsLine.test(after)) ||
      (namesPerson.test(before) && closesName.test(after)),
  );
  if (told.length + aliases.length > 0) return [...told, ...aliases];
  // Whatever the language says around it: the one address that a notice names is the one it is about.
  const helpers = new Set(mentions.filter(({ before }) => saysSender.test(before.slice(-60))).map((m) => m.address));
  const unexplained = others.filter(({ address }) => !helpers.has(address));
  if (new Set(unexplained.map(({ address }) => address)).size === 1) return unexplained;
  // A mail to oneself, or to a postmaster, is a mail all the same.
  if (certain.length > 0) return certain;
  // To oneself, or from a server that writes in the name of whom it refuses for: Your mail to ann@example.com was rejected.
  const writers = new Set(message.from.map(({ address }) => address.toLowerCase()));
  return mentions.filter(
    ({ address, before }) =>
      /(?:recipient|rcpt to|deliver(?:y|ed) to)[\s:<]{1,4}$/i.test(before) ||
      (writers.has(address) && /\b(?:message|mail) to[\s:<]{1,4}$/i.test(before)),
  );
}

/** Those that are told, and those that follow one of them on its line with only a comma between. */
function withThoseAfter(mentions: Mention[], isTold: (mention: Mention) => boolean): Mention[] {
  const told: Mention[] = [];
  for (const mention of mentions) {
    const last = told.at(-1);
    const follows =
      last?.line === mention.line && goesOn.test(mention.before.slice(last.before.length + last.address.length));
    if (follows || isTold(mention)) told.push(mention);
  }
  return told;
}

/** What became of the mail, as the words of a whole notice tell it. */
export function readNoticeAction(subject: string, notice: string): BounceRecipient['action'] {
  if (isDelay(subject, notice)) return 'delayed';
  return isSuccess(subject, notice) ? 'delivered' : 'failed';
}

/**
 * The recipients that a notice names, each with the code that stands in its paragraph, or that its words mean.
 * `action` is of the whole notice. Empty when it names nobody.
 */
export function readNoticeRecipients(
  notice: string,
  message: InboundMessage,
  action: BounceRecipient['action'],
): BounceRecipient[] {
  const lines = notice.split('\n');
  const first = new Map<string, number>();
  for (const { address, line } of pickRecipients(listMentions(lines), message)) {
    if (!first.has(address) && first.size < maxRecipients) first.set(address, line);
  }
  const starts = [...new Set(first.values())].sort((a, b) => a - b);
  const whole = `${notice}\n${message.subject}`.slice(0, 8_000);
  return [...first].map(([address, line]) => {
    const end = starts.find((start) => start > line) ?? lines.length;
    const block = lines.slice(line, end).join('\n').slice(0, 4_000);
    // With several recipients the words of one paragraph are about one of them.
    const status =
      findStatus(block) ?? (starts.length > 1 ? readStatus(block, action) : null) ?? readStatus(whole, action);
    return { address, status, action, diagnostic: oneLine(block) || null };
  });
}

/** The code of a notice: the one that stands there, else the one its words mean. */
export function readStatus(text: string, action: BounceRecipient['action']): string | null {
  return findStatus(text) ?? (action === 'delivered' ? null : deriveStatus(text, action === 'delayed'));
}
