// Forwarded mail: who wrote it first, its subject, date and text, and what the forwarder put above it.

import { findAttribution } from '../text/attribution.ts';
import { headerKinds } from '../text/quote-header-words.ts';
import { readColonlessBlock, readHeaderBlock, readHeaderLine } from '../text/quote-headers.ts';
import { isBlank, isSeparator, measureQuote, readable, withoutOneMark } from '../text/quote-line.ts';
import { type Beginning, type LabelledText, labelText } from '../text/quote-lines.ts';
import { isEndMarker, readMarker } from '../text/quote-markers.ts';
import { stripReplyPrefixes } from '../text/subject.ts';
import { readAttachedForward } from './forward-attached.ts';
import { readAttributed, readPerson } from './forward-people.ts';
import { isForwardSubject, isReplySubject } from './forward-subject.ts';
import type { ForwardedMessage, InboundMessage } from './message.ts';
import { labelShownText, shownText } from './shown-text.ts';

/**
 * The mail that this one forwards, inline or attached (message/rfc822), or null. An inline one needs a marker
 * ("Forwarded message"), or a header block or attribution line without words of the sender above, or a subject that says so.
 * `from.address` is '' where only a name was left of the first sender.
 */
export function readForward(message: InboundMessage): ForwardedMessage | null {
  return readLabelledForward(labelShownText(message), message) ?? readAttachedForward(message, shownText(message));
}

type Facts = Pick<InboundMessage, 'subject' | 'inReplyTo'>;

/** The same for a text alone. */
export function readInlineForward(text: string, facts: Facts): ForwardedMessage | null {
  return readLabelledForward(labelText(text.replace(/^\ufeff/, '')), facts);
}

function readLabelledForward(labelled: LabelledText, facts: Facts): ForwardedMessage | null {
  const { lines } = labelled;
  const beginning = findForward(labelled, facts);
  if (beginning === null) return null;
  const comment = joined(lines.slice(0, beginning.at), true);
  const subject = stripReplyPrefixes(facts.subject);
  if (beginning.kind === 'attribution') {
    const { attribution } = beginning;
    return {
      comment: [comment, attribution.prefix].filter((part) => part !== '').join('\n'),
      from: readAttributed(attribution.text),
      subject: subject === '' ? null : subject,
      date: dateIn(attribution.text),
      body: readBody(lines, attribution.end),
    };
  }
  const parts = beginning.kind === 'headers' ? fieldsOf(lines, beginning.at) : fieldsBelow(lines, beginning);
  return {
    comment,
    from: parts.from === '' ? null : readPerson(parts.from),
    subject: parts.subject || subject || null,
    date: parts.date || null,
    body: readBody(lines, parts.end),
  };
}

type ForwardBeginning = Extract<Beginning, { kind: 'attribution' | 'headers' | 'forward' | 'original' }>;

function findForward({ lines, beginning }: LabelledText, facts: Facts): ForwardBeginning | null {
  const saysForward = isForwardSubject(facts.subject);
  if (beginning === null) return saysForward ? plainHeaders(lines) : null;
  const isAnswer = isReplySubject(facts.subject) || facts.inReplyTo.length > 0;
  const nothingAbove = joined(lines.slice(0, beginning.at), true) === '';
  switch (beginning.kind) {
    case 'forward':
      return beginning;
    case 'headers':
    case 'original':
      return saysForward || (nothingAbove && !isAnswer) ? beginning : null;
    case 'attribution': {
      if (!nothingAbove || isAnswer) return saysForward ? beginning : null;
      return saysForward || !isQuoteAt(lines, beginning.attribution.end) ? beginning : null;
    }
    default:
      return null;
  }
}

function isQuoteAt(lines: readonly string[], from: number): boolean {
  const line = lines.slice(from, from + 20).find((text) => !isBlank(text));
  return line !== undefined && measureQuote(line).depth > 0;
}

/** A header block that only the subject tells to be a forward's: quoted without a marker, or introduced by "see below:". */
function plainHeaders(lines: readonly string[]): ForwardBeginning | null {
  let tries = 100;
  for (let at = 0; at < lines.length && tries > 0; at++) {
    if (readHeaderLine(lines[at] ?? '') === null) continue;
    tries--;
    const block = readHeaderBlock(lines, at, true);
    if (block !== null && block.fields.size >= 3 && block.fields.has('from')) return { kind: 'headers', at, block };
  }
  return null;
}

interface Parts {
  from: string;
  subject: string;
  date: string;
  /** The line that the body begins at. */
  end: number;
}

function fieldsOf(lines: readonly string[], at: number): Parts {
  const block = readHeaderBlock(lines, at, true) ?? readColonlessBlock(lines, at);
  const field = (kind: 'from' | 'subject' | 'date'): string => block?.fields.get(kind) ?? '';
  return { from: field('from'), subject: field('subject'), date: field('date'), end: block?.end ?? at };
}

/** The fields below a marker, or behind it on the same line (Yahoo's plain text). */
function fieldsBelow(lines: readonly string[], { at, rest }: { at: number; rest: string }): Parts {
  if (rest.includes(':') || rest.includes('：')) return { ...gluedFields(rest), end: at + 1 };
  let next = at + 1;
  while (next < lines.length && next < at + 6 && isBlank((lines[next] ?? '').replace(/^[\s>]+/, ''))) next++;
  // Yandex writes an attribution line there: 27.10.2021, 09:31, "John Doe" <john@example.com>:
  const attribution = findAttribution(lines, next, false);
  if (attribution !== null) {
    const person = readAttributed(attribution.text);
    const from = person === null ? '' : `${person.name} <${person.address}>`;
    return { from, subject: '', date: dateIn(attribution.text) ?? '', end: attribution.end };
  }
  // Lotus Notes 5: Ann Lee <ann@example.com> on 04.03.2003 09:26:50, then To and Subject.
  const notes = notesSender.exec(readable(lines[next] ?? '').trim());
  if (notes !== null) {
    let below = next + 1;
    while (below < next + 3 && isBlank(lines[below] ?? '')) below++;
    return { ...fieldsOf(lines, below), from: notes[1] ?? '', date: notes[2] ?? '' };
  }
  const parts = fieldsOf(lines, next);
  return parts.end === next ? { ...parts, end: at + 1 } : parts;
}

const notesSender =
  /^([^:]{2,160}) (?:on|am|le|il|op|el) (\d{1,4}[./-]\d{1,2}[./-]\d{1,4} \d{1,2}:\d{2}\S{0,4}(?: [AP]M)?)$/;

const subjectLabels = [...headerKinds]
  .filter(([label, kind]) => kind === 'subject' && (label.length >= 3 || /[^a-z]/.test(label)))
  .map(([label]) => label)
  .sort((a, b) => b.length - a.length);

/** `From: Ann <ann@example.com>To: … Sent: Tuesday, November 2, 2021, 09:26:50 AM GMT+1Subject: Printer`, all on one line. */
function gluedFields(rest: string): Omit<Parts, 'end'> {
  const first = readHeaderLine(rest);
  const value = first?.kind === 'from' ? first.value : '';
  const from = value.includes('>') ? value.slice(0, value.indexOf('>') + 1) : value;
  const lastAddress = Math.max(
    ...[...rest.matchAll(/[^\s<>@]{1,200}@[^\s<>@]{1,200}>/g)].map((m) => m.index + m[0].length),
    0,
  );
  const tail = rest.slice(lastAddress);
  const lower = tail.toLowerCase();
  const places = subjectLabels.flatMap((label) =>
    [':', '：', ' :', ' ', '\t'].map((behind) => ({
      at: lower.indexOf(label + behind),
      length: label.length + behind.length,
      behind,
    })),
  );
  const found = places
    .filter(({ at }) => at >= 0)
    .sort((a, b) => Number(a.behind === ' ') - Number(b.behind === ' ') || a.at - b.at)[0];
  if (found === undefined) return { from, subject: '', date: '' };
  const date = tail.slice(0, found.at).replace(/^[^:：]{0,40}[:：]\s*/, '');
  return { from, subject: tail.slice(found.at + found.length).trim(), date: date.trim() };
}

/** The forwarded text: up to the end marker of the same forward, one level of quoting and common indentation removed. */
function readBody(lines: readonly string[], from: number): string {
  let start = from;
  while (start < lines.length && isBlank(lines[start] ?? '')) start++;
  // Zoho writes its marker again below the header block, The Bat! `===8<=====Original message text=====`.
  if (readMarker(lines[start] ?? '')?.marker === 'forward' || /^={3,}8</.test(lines[start] ?? '')) start++;
  let to = start;
  while (to < lines.length && !isEndMarker(lines[to] ?? '')) to++;
  while (to > start && isBlank(lines[to - 1] ?? '')) to--;
  // KMail closes with a rule.
  if (/^-{30,}$/.test(lines[to - 1] ?? '')) to--;
  const body = lines.slice(start, to);
  const first = body.find((line) => !isBlank(line));
  const isQuoted = first !== undefined && measureQuote(first).depth > 0;
  const plain = isQuoted ? body.map(withoutOneMark) : body;
  const isIndented = plain.every((line) => isBlank(line) || line.startsWith('    '));
  return joined(isIndented ? plain.map((line) => line.slice(4)) : plain, false).replace(/^\s(?=\S)/, '');
}

function dateIn(text: string): string | null {
  const match = /\p{Nd}{1,4}[^<>"@()]{0,60}\p{Nd}{1,2}[:.時]\p{Nd}{2}(?::\p{Nd}{2})?(?:\s?[ap]m)?/iu.exec(
    readable(text),
  );
  return match === null ? null : match[0].trim();
}

/** Lines as text without blank ones, and for a comment without rules, at either end. */
function joined(lines: readonly string[], dropRules: boolean): string {
  const isFiller = (line: string): boolean =>
    isBlank(line.replace(/^[\s>]+/, '')) || (dropRules && isSeparator(line)) || line === '\ufeff';
  let from = 0;
  let to = lines.length;
  while (from < to && isFiller(lines[from] ?? '')) from++;
  while (to > from && isFiller(lines[to - 1] ?? '')) to--;
  return lines.slice(from, to).join('\n').trimEnd();
}
