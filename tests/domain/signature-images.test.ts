import { expect, test } from 'vitest';
import type { MessageAttachment } from '../../src/domain/message.ts';
import { markSignatureImages } from '../../src/domain/signature-images.ts';
import { readText } from '../../src/domain/text-of.ts';
import { inboundMessage } from '../support/inbound-message.ts';

const image = (contentId: string, changes: Partial<MessageAttachment> = {}): MessageAttachment => ({
  filename: `${contentId}.png`,
  contentType: 'image/png',
  size: 4_000,
  sha256: contentId,
  contentId,
  inline: true,
  ...changes,
});

const shot = '<p>It looks so:</p><p><img src="cid:shot"></p>';
const gmail = '<div class="gmail_signature"><img src="cid:logo" alt="Client GmbH"><br>Ann Lee</div>';
const outlook = '<p>Kind regards,</p><p>Ann Lee</p><p>Head of IT<br>+49 30 1234567</p><p><img src="cid:logo"></p>';

/** The images that are marked. */
function marked(html: string, attachments: MessageAttachment[]): string[] {
  const message = inboundMessage({ text: null, html, attachments, from: [{ name: 'Ann Lee', address: 'ann@c.test' }] });
  const result = markSignatureImages(message, readText(message));
  return result.filter(({ signature }) => signature).map(({ sha256 }) => sha256);
}

test.each([
  ['inside an element that signs', `<p>Broken.</p>${gmail}`],
  ['the last thing inside it', '<p>Broken.</p><div id="Signature"><p>Ann Lee</p><img src="cid:logo"></div>'],
  ['below the words of a signature', `<p>Broken.</p>${outlook}`],
  ['with its Content-ID as a URL', `<p>Broken.</p>${gmail.replace('cid:logo', 'CID:lo%67o')}`],
])('a small image is a signature image: %s', (_where, html) => {
  expect(marked(html, [image('logo')])).toEqual(['logo']);
});

test.each([
  ['in the words above the signature', `${shot}${gmail}`],
  ['the last of the words, above a closing', `${shot}${outlook}`],
  ['without a signature', shot],
  ['behind the element that signs', `<p>Broken.</p>${gmail}<p>And this:</p><img src="cid:shot">`],
  [
    'in the history',
    `<p>No.</p>${gmail}<div class="gmail_quote">On Mon, 2 Apr 2024 Bob &lt;b@b.test&gt; wrote:<blockquote>Look: <img src="cid:shot"></blockquote></div>`,
  ],
])('an image stays what was sent: %s', (_where, html) => {
  expect(marked(html, [image('shot')])).toEqual([]);
});

test.each([
  ['large', { size: 100_000 }],
  ['no image', { contentType: 'application/pdf' }],
  ['a file beside the text', { inline: false }],
])('what is %s is not marked wherever it stands', (_what, changes) => {
  expect(marked(`<p>Broken.</p>${gmail}`, [image('logo', changes)])).toEqual([]);
});
