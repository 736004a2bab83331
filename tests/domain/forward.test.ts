import { expect, test } from 'vitest';

import { readForward, readInlineForward } from '../../src/domain/forward.ts';
import type { InboundMessage } from '../../src/domain/message.ts';
import { attributionLines } from '../text/attribution-lines.ts';
import { forwardLabels } from './forward-labels.ts';

const john = { name: 'John Doe', address: 'john.doe@example.com' };
const body = 'Aenean quis diam urna.\n\nPraesent ac ligula orci.';
const comment = 'Please look at this.';
const values = {
  from: 'John Doe <john.doe@example.com>',
  subject: 'Integer consequat',
  date: '27. 10. 2021 9:31',
  to: 'bessie@example.com',
  cc: 'Walter <walter@example.com>',
};

/** The forms of one language: how each program writes the labels. */
function formsOf([, begin, from, subject, date, to, cc, title, sent]: (typeof forwardLabels)[number]) {
  const label = { from, subject, date, to, cc };
  const block = (...kinds: Array<keyof typeof label>): string =>
    kinds.map((k) => `${label[k]}: ${values[k]}`).join('\n');
  const quoted = (text: string): string => text.replace(/^/gm, '> ').replace(/^> $/gm, '>');
  const outlook = block('from', 'date', 'to', 'cc', 'subject');
  const flat = `${from}: ${values.from}${to}: "x" <${values.to}>${sent}: 2. 11. 2021, 09:26:50 CET${subject}: ${values.subject}`;
  return [
    ['Apple Mail', '', quoted(`${begin}\n\n${block('from', 'subject', 'date', 'to', 'cc')}\n\n${body}`)],
    [
      'Gmail',
      '',
      `---------- Forwarded message ---------\n${from}: ${values.from}\nDate: x 9:31\nSubject: ${values.subject}\nTo: <x@example.com>\n\n\n${body}`,
    ],
    [
      'Thunderbird',
      '',
      `-------- ${title} --------\n${block('subject', 'date', 'from', 'to').replaceAll(': ', ': \t')}\n\n\n${body}`,
    ],
    [
      'Outlook',
      'FW: Integer consequat',
      `________________________________\n${outlook.replace(`${date}:`, `${sent}:`)}\n\n${body}`,
    ],
    ['Outlook without a blank line', 'FW: Integer consequat', `${outlook}\n${body}`],
    ['Yahoo', '', `   ----- ${title} ----- ${flat}\n ${body}`],
  ] as const;
}

test.each(forwardLabels)('forwards in %s are read, with and without words above', (...labels) => {
  for (const [program, subject, text] of formsOf(labels))
    for (const above of ['', comment]) {
      const found = readInlineForward(above === '' ? text : `${above}\n\n${text}`, { subject, inReplyTo: [] });
      expect({ program, ...found }).toMatchObject({
        program,
        comment: above,
        from: john,
        subject: values.subject,
        body,
      });
    }
});

test.each(attributionLines)('%s: an answer above it is no forward', (_name, lines) => {
  const text = `Yes.\n\n${lines}\n\n> old`;
  expect(readInlineForward(text, { subject: '', inReplyTo: [] })).toBeNull();
  expect(readInlineForward(text, { subject: 'Re: Printer', inReplyTo: ['1@example.com'] })).toBeNull();
  expect(readInlineForward(`${lines}\n\n> old`, { subject: 'AW: Printer', inReplyTo: [] })).toBeNull();
});

function messageWith(parts: Partial<InboundMessage>): InboundMessage {
  return {
    sizeBytes: 0,
    headers: [],
    from: [{ name: 'Bob', address: 'bob@example.com' }],
    sender: null,
    replyTo: [],
    to: [],
    cc: [],
    subject: 'Fwd: Printer',
    messageId: null,
    inReplyTo: [],
    references: [],
    date: null,
    contentType: 'multipart/mixed',
    contentTypeParams: [],
    text: 'FYI',
    flowed: false,
    html: null,
    attachments: [],
    reportParts: [],
    defects: [],
    ...parts,
  };
}

const attached = `From: =?utf-8?Q?J=C3=B6hn?= Doe <john.doe@example.com>
Subject: =?utf-8?B?RHJ1Y2tlcg==?=
Date: Wed, 27 Oct 2021 09:31:00 +0000
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/html; charset=utf-8

<p>no</p>
--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Er raucht =E2=80=94 viel.
--b--
`;

test('an attached message is a forward, decoded, with the text around it as the comment', () => {
  const reportParts = [{ contentType: 'message/rfc822', content: attached }];
  expect(readForward(messageWith({ reportParts }))).toEqual({
    comment: 'FYI',
    from: { name: 'Jöhn Doe', address: 'john.doe@example.com' },
    subject: 'Drucker',
    date: 'Wed, 27 Oct 2021 09:31:00 +0000',
    body: 'Er raucht — viel.',
  });
});

test('the message inside a bounce is not forwarded', () => {
  const reportParts = [
    { contentType: 'message/delivery-status', content: 'Final-Recipient: rfc822; x@example.com' },
    { contentType: 'message/rfc822', content: attached },
  ];
  expect(readForward(messageWith({ contentType: 'multipart/report', reportParts }))).toBeNull();
});

test.each([
  ['introduced', 'See this:\n\nFrom: John Doe <john.doe@example.com>\nDate: 2 April 2024\nSubject: Printer\n\nBroken.'],
  [
    'quoted',
    'See this:\n\n> From: John Doe <john.doe@example.com>\n> Date: 2 April 2024\n> Subject: Printer\n>\n> Broken.',
  ],
])('a header block that is %s is a forward when the subject says so', (_name, text) => {
  const found = readInlineForward(text, { subject: 'Fwd: Printer', inReplyTo: [] });
  expect(found).toMatchObject({ comment: 'See this:', from: john, subject: 'Printer', body: 'Broken.' });
});

test('a message without words is no forward', () => {
  expect(readForward(messageWith({ text: null }))).toBeNull();
});
