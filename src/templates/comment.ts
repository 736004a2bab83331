// What staff said, to the client and the participants. Nothing said before is quoted: people join later.

import { html } from './html.ts';
import { linesOf, type MailWords, mailWords, quotedLines, type TicketWords } from './layout.ts';

export interface CommentWords extends TicketWords {
  author: string;
  body: string;
}

export function comment(words: CommentWords): MailWords {
  const { author, subject, body } = words;
  const text = `${author} commented on your ticket:

${subject}

"${body}"`;
  const content = html`<p>${author} commented on your ticket:</p>
<p><strong>${subject}</strong></p>
${quotedLines(body)}`;
  return mailWords(words, text, content);
}

/** An internal note: a record for staff that is kept as a message like every other, and sent to nobody. */
export function note(words: TicketWords & { body: string }): MailWords {
  return mailWords({ ...words, viewUrl: null }, words.body, html`<p>${linesOf(words.body)}</p>`);
}
