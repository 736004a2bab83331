// To the assigned agent when somebody wrote on the ticket by mail.

import { html } from './html.ts';
import { type MailWords, mailWords, quotedLines, replyNote, type TicketWords } from './layout.ts';

export interface ClientRepliedWords extends TicketWords {
  author: string;
  body: string;
  /** Their names. */
  attachments: readonly string[];
}

export function clientReplied(words: ClientRepliedWords): MailWords {
  const { number, subject, author, body, attachments } = words;
  const isBare = attachments.length === 0;
  const list = isBare ? '' : `\nAttachments:\n${attachments.map((name) => `- ${name}\n`).join('')}`;
  const text = `${author} replied on ticket ${number}:

${subject}

"${body}"
${list}
${replyNote}`;
  const items = attachments.map((name) => html`<li>${name}</li>`);
  const content = html`<p>${author} replied on ticket ${number}:</p>
<p><strong>${subject}</strong></p>
${quotedLines(body)}${isBare ? '' : html`\n<p>Attachments:</p>\n<ul>${items}</ul>`}
<p>${replyNote}</p>`;
  return mailWords(words, text, content);
}
