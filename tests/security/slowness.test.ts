// RELIABILITY §3 row 16: every rule that reads text of a mail takes time in proportion to its length, whatever the text.

import { describe, expect, test } from 'vitest';
import { readDmarc } from '../../src/domain/authentication.ts';
import { readBounce } from '../../src/domain/bounce.ts';
import { parseStatusFields } from '../../src/domain/bounce-fields.ts';
import { findReplyCode, findStatus } from '../../src/domain/bounce-status.ts';
import { hasFailureWords, isDelay, isFailureSubject } from '../../src/domain/bounce-words.ts';
import { classifyMessage } from '../../src/domain/classify.ts';
import { cleanHeader, cleanText } from '../../src/domain/clean.ts';
import { isMailable } from '../../src/domain/compose.ts';
import { readForward } from '../../src/domain/forward.ts';
import { readAttributed, readPerson } from '../../src/domain/forward-people.ts';
import { isStrictMessageId } from '../../src/domain/message-id.ts';
import { mayRespond } from '../../src/domain/responder.ts';
import { readText } from '../../src/domain/text-of.ts';
import { normalizeAddress, parseAddresses } from '../../src/mail/address.ts';
import { decodeBase64, decodeQuotedPrintable } from '../../src/mail/parse-content.ts';
import { parseParameterized } from '../../src/mail/parse-params.ts';
import { takeUuencoded } from '../../src/mail/parse-uuencode.ts';
import { formatCsvRecord, formatTsvLine } from '../../src/render/delimited.ts';
import { isMisleadingName } from '../../src/render/people.ts';
import { wrapText } from '../../src/render/wrap.ts';
import { decodeCharset } from '../../src/text/charset.ts';
import { decodeHeaderText } from '../../src/text/encoded-word.ts';
import { safeFilename } from '../../src/text/filename.ts';
import { unflow } from '../../src/text/flowed.ts';
import { htmlToText } from '../../src/text/html.ts';
import { readHtmlLines } from '../../src/text/html-quote.ts';
import { parseMsgIds } from '../../src/text/msg-id.ts';
import { findTicketNumbers, stripReplyPrefixes } from '../../src/text/subject.ts';
import { forTerminal, forTerminalLine, safeJson } from '../../src/text/terminal.ts';
import { trimReply } from '../../src/text/trim.ts';
import { inboundMessage } from '../support/inbound-message.ts';

const own = { addresses: ['support@example.test'], instance: 'x' };

type Rule = (text: string) => unknown;
const rules: Record<string, Rule> = {
  stripReplyPrefixes,
  findTicketNumbers,
  parseMsgIds,
  isStrictMessageId,
  decodeHeaderText,
  safeFilename,
  unflow: (text) => unflow(text, true),
  trimReply,
  htmlToText,
  readHtmlLines,
  'readHtmlLines of a table': (text) => readHtmlLines(`<table><tr><td>${text}`),
  decodeCharset: (text) => decodeCharset(Buffer.from(text), 'iso-2022-jp'),
  forTerminal,
  forTerminalLine,
  safeJson,
  cleanHeader,
  cleanText,
  isMailable,
  normalizeAddress,
  parseAddresses,
  parseParameterized: (text) => parseParameterized(`text/plain; ${text}`),
  decodeQuotedPrintable: (text) => decodeQuotedPrintable(Buffer.from(text)),
  decodeBase64: (text) => decodeBase64(Buffer.from(text)),
  takeUuencoded: (text) => takeUuencoded(Buffer.from(text)),
  readPerson,
  readAttributed,
  isFailureSubject,
  hasFailureWords,
  isDelay: (text) => isDelay(text, text),
  findStatus,
  findReplyCode,
  parseStatusFields,
  readDmarc: (text) => readDmarc(inboundMessage({ fields: [`Authentication-Results: mx; ${oneLine(text)}`] }), 'mx'),
  'rules of a header': (text) => {
    const value = oneLine(text);
    const fields = ['Precedence', 'X-Loop', 'Auto-Submitted', 'X-Auto-Response-Suppress', 'Return-Path', 'X-Mailer'];
    const message = inboundMessage({ subject: value, fields: fields.map((name) => `${name}: ${value}`) });
    return mayRespond(message, classifyMessage(message, own), own);
  },
  'rules of a text': (text) => {
    const message = { ...inboundMessage({ subject: 'Fwd: hello' }), text };
    return [readText(message), readForward(message), classifyMessage(message, own)];
  },
  'rules of HTML': (html) => {
    const message = { ...inboundMessage({ subject: 'Fwd: hello' }), html };
    return [readText(message), readForward(message)];
  },
  'rules of a bounce': (text) => {
    const message = {
      ...inboundMessage({ subject: 'Undelivered Mail', from: [{ name: '', address: 'mailer-daemon@x.test' }] }),
      text,
    };
    return [classifyMessage(message, own), readBounce(message)];
  },
  wrapText: (text) => wrapText(text, 80),
  'delimited output': (text) => [formatTsvLine([text]), formatCsvRecord([{ text, defuse: true }])],
  isMisleadingName: (name) => isMisleadingName({ name, email: 'a@b.test' }),
};

const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ');

/** What is repeated: each begins something again and again that some rule looks for the end of. */
const seeds = [
  'a',
  ' ',
  '\n',
  '\t',
  '>',
  '> ',
  '>a\n',
  '-',
  '--\n',
  '-- \n',
  '_\n',
  '.',
  '@',
  'a@',
  'a.',
  '<',
  '<a',
  '<a@b.test>',
  '(',
  '((a',
  '"',
  '"a',
  '\\"',
  ',',
  ';',
  ':',
  'a:',
  ': \n',
  'a: b\n',
  '=',
  '=?',
  '=?utf-8?Q?a',
  '=?utf-8?Q?=61?= ',
  '=\n',
  '&',
  '&#',
  '&amp;',
  '<!--',
  '<![CDATA[',
  '<div>',
  '<div ',
  '<p>a',
  '<a href="',
  '<td>',
  '<tr><td>a',
  '<ul><li>',
  '<blockquote>',
  '<table>',
  '</div>',
  '<br>\n',
  '<pre>a\n',
  'style="',
  '[',
  '[TKT-',
  '[TKT-2026-00001] ',
  'Re: ',
  'Re[2]:',
  'On ',
  'On Mon, ',
  'On Monday, X wrote:\n',
  'wrote:\n',
  'Am 1.1.2024 ',
  'From: ',
  'From: a\nSent: b\n',
  '*From:* ',
  '5.1.1 ',
  '550 ',
  '5.',
  'http://a.test/',
  'http://',
  '0',
  '1\n',
  'A'.repeat(70).concat('\n'),
  'begin 644 a\n',
  'a/../',
  '\u200b',
  '\u0301',
  '\u001b[',
  '\u{1f468}\u200d',
  '\u4f60',
  '\ud800',
  '| a ',
  '---- Forwarded message ----\n',
  'Sent from my iPhone\n',
  'Regards,\n',
];

/** Milliseconds of processor time: what else the machine does is not counted. */
const timeOf = (rule: Rule, text: string): number => {
  const before = process.cpuUsage();
  rule(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

// Noise hits one ratio, a quadratic rule both.
const isQuadratic = (once: number, twice: number, fourTimes: number): boolean =>
  twice > 3 * once + 10 && fourTimes > 3 * twice + 10;

describe('slow regexes', () => {
  test.each(Object.entries(rules))(
    '%s takes twice as long for twice the text, and not more',
    { timeout: 600_000 },
    (_, rule) => {
      const slow: string[] = [];
      for (const seed of seeds) {
        for (const end of ['', '\u0000!']) {
          const ofLength = (length: number) => seed.repeat(length / seed.length) + end;
          const best = (length: number, rounds: number) =>
            Math.min(...Array.from({ length: rounds }, () => timeOf(rule, ofLength(length))));
          // Most are done in a moment; only what takes long is measured against its double, and with care where that looks bad.
          if (best(50_000, 1) < 80 || !isQuadratic(best(25_000, 1), best(50_000, 1), best(100_000, 1))) continue;
          const times = [best(25_000, 3), best(50_000, 3), best(100_000, 3)] as const;
          if (isQuadratic(...times)) slow.push(`${JSON.stringify(seed)}: ${times.join(', ')} ms`);
        }
      }
      expect(slow).toEqual([]);
    },
  );
});
