import { expect, test } from 'vitest';

import type { InboundMessage } from '../../src/domain/message.ts';
import { readText } from '../../src/domain/text-of.ts';

function messageWith(text: string | null, html: string | null, subject = 'Re: Printer'): InboundMessage {
  return {
    sizeBytes: 0,
    headers: [],
    from: [{ name: 'Bob Example', address: 'bob@example.com' }],
    sender: null,
    replyTo: [],
    to: [],
    cc: [],
    subject,
    messageId: null,
    inReplyTo: [],
    references: [],
    date: null,
    contentType: 'text/plain',
    contentTypeParams: [],
    text,
    flowed: false,
    html,
    attachments: [],
    reportParts: [],
    defects: [],
  };
}

test('the text is divided into what is new, all of it, and the signature', () => {
  const text = 'It works.\n\n-- \nBob\n\nOn Mon, Apr 2, 2024 at 6:26 PM Ann <ann@example.com> wrote:\n> Does it?\n';
  expect(readText(messageWith(text, null))).toEqual({
    body: 'It works.',
    fullBody: text.trim(),
    signature: '-- \nBob',
  });
});

test('a mail with HTML alone is divided by its structure', () => {
  const html = '<p>It works.</p><div class="gmail_signature">Bob</div><blockquote type="cite">Does it?</blockquote>';
  expect(readText(messageWith(null, html))).toEqual({
    body: 'It works.',
    fullBody: 'It works.\n\nBob\n> Does it?',
    signature: 'Bob',
  });
});

test('the HTML tells where the history begins when the words of the text part do not', () => {
  const text = 'It works.\n\nAr 2 Ebrill sgrifennodd Ann\n\nDoes it?';
  const html = '<p>It works.</p><div id="appendonsend"></div><p>Ar 2 Ebrill sgrifennodd Ann</p><p>Does it?</p>';
  expect(readText(messageWith(text, html))).toEqual({ body: 'It works.', fullBody: text, signature: null });
});

test('HTML that says something else does not replace the text part', () => {
  const html = '<p>Lorem ipsum dolor</p><blockquote type="cite">sit amet</blockquote>';
  expect(readText(messageWith('It works, thank you.', html)).body).toBe('It works, thank you.');
});

test('the HTML tells what the signature of the text part is', () => {
  const text = 'It works.\n\nBob the *great*\nlives here';
  const html = '<p>It works.</p><div class="moz-signature">Bob the <b>great</b><br>lives here</div>';
  expect(readText(messageWith(text, html))).toMatchObject({
    body: 'It works.',
    signature: 'Bob the great\nlives here',
  });
});

test('a text part that is only a stub does not hide what the HTML says', () => {
  const html =
    '<p>The printer in room 17 smokes, please come at once. It began this morning when we changed the toner.</p>';
  const { body, fullBody } = readText(messageWith('Your mail program cannot show HTML.', html));
  expect(body).toMatch(/^The printer in room 17/);
  expect(fullBody).toContain('Your mail program cannot show HTML.');
});

test('what is forwarded belongs to the body', () => {
  const text =
    'FYI\n\n---------- Forwarded message ---------\nFrom: Ann <ann@example.com>\nSubject: Printer\n\nBroken.';
  expect(readText(messageWith(text, null, 'Fwd: Printer'))).toEqual({ body: text, fullBody: text, signature: null });
});

test('a reply that is all quote still shows something', () => {
  const text = 'On Mon, Apr 2, 2024 at 6:26 PM Ann <ann@example.com> wrote:\n> Does it?';
  expect(readText(messageWith(text, null)).body).toBe(text);
});

test('a message without words has none', () => {
  expect(readText(messageWith(' \n', '<p> </p>'))).toEqual({ body: '', fullBody: '', signature: null });
});
