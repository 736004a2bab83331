// To the agent who was given a ticket: what it is, and the last public word on it.

import { html } from './html.ts';
import { type MailWords, mailWords, quotedLines, replyNote, type TicketWords } from './layout.ts';

export interface AssignmentWords extends TicketWords {
  assignedBy: string;
  /** The agent took it. */
  self: boolean;
  requester: string;
  status: string;
  priority: string;
  category: string;
  latest: { author: string; body: string } | null;
}

export function assignment(words: AssignmentWords): MailWords {
  const { subject, number, requester, status, priority, category, latest } = words;
  const opening = words.self ? 'You took this ticket:' : `${words.assignedBy} assigned this ticket to you:`;
  const quoted = latest ? `\n${latest.author} wrote:\n\n"${latest.body}"\n` : '';
  const text = `${opening}

${subject}

- Ticket Number: ${number}
- Requester: ${requester}
- Status: ${status}
- Priority: ${priority}
- Category: ${category}
${quoted}
${replyNote}`;
  const quotedHtml = latest ? html`\n<p>${latest.author} wrote:</p>\n${quotedLines(latest.body)}` : '';
  const content = html`<p>${opening}</p>
<p><strong>${subject}</strong></p>
<ul>
<li>Ticket Number: ${number}</li>
<li>Requester: ${requester}</li>
<li>Status: ${status}</li>
<li>Priority: ${priority}</li>
<li>Category: ${category}</li>
</ul>${quotedHtml}
<p>${replyNote}</p>`;
  return mailWords(words, text, content);
}
