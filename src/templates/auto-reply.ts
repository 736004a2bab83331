// The one answer to a new ticket. It never carries the mail's body, so that nobody can send words through us.

import { html } from './html.ts';
import { type MailWords, mailWords, type TicketWords } from './layout.ts';

export interface AutoReplyWords extends TicketWords {
  status: string;
}

export function autoReply(words: AutoReplyWords): MailWords {
  const { number, subject, status } = words;
  const text = `Thank you for contacting support!
Your ticket has been created with the following details:
- Ticket Number: ${number}
- Subject: ${subject}
- Status: ${status}

We'll review your request and get back to you soon.
Please keep the ticket number in the subject line when replying.`;
  const content = html`<p>Thank you for contacting support!</p>
<p>Your ticket has been created with the following details:</p>
<ul>
<li>Ticket Number: ${number}</li>
<li>Subject: ${subject}</li>
<li>Status: ${status}</li>
</ul>
<p>We'll review your request and get back to you soon.<br>
Please keep the ticket number in the subject line when replying.</p>`;
  return mailWords(words, text, content);
}
