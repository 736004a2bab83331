// What every mail shares. Styles are inline and few: mail clients drop the rest.

import { type Html, html } from './html.ts';

/** What a mail says, twice. The text ends with one newline. */
export interface MailWords {
  text: string;
  html: string;
}

/** What every mail about a ticket may name. */
export interface TicketWords {
  /** The subject of the mail. */
  heading: string;
  number: string;
  /** The subject of the ticket. */
  subject: string;
  /** Where a browser shows the ticket; null for no button. */
  viewUrl: string | null;
}

/** The two sides of a mail, with the way to the ticket at their ends. */
export function mailWords({ heading, viewUrl }: TicketWords, text: string, content: Html): MailWords {
  const way = viewUrl === null ? '' : `\nView Ticket: ${viewUrl}\n`;
  return { text: `${`${text}\n${way}`.trimEnd()}\n`, html: page(heading, content, viewUrl).text };
}

const button =
  'display:inline-block;padding:10px 18px;border-radius:4px;background:#1f5fbf;color:#ffffff;text-decoration:none';

/**
 * A whole HTML document around the given content. Its lines are short, so that they can leave as they are: of 76 characters,
 * unless what is filled in takes more.
 */
function page(heading: string, content: Html, viewUrl: string | null): Html {
  const way = viewUrl === null ? '' : html`\n<p><a href="${viewUrl}" style="${button}">View Ticket</a></p>`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${heading}</title>
</head>
<body style="font-family:Arial,sans-serif;font-size:14px;line-height:1.5">
${content}${way}
</body>
</html>
`;
}

/** The lines of a text; `<br>` because Outlook ignores pre-wrap. */
export function linesOf(body: string): Html {
  const [first = '', ...others] = body.split('\n');
  return html`${first}${others.map((line) => html`<br>\n${line}`)}`;
}

/** The same, in quotation marks. */
export function quotedLines(body: string): Html {
  return html`<p>&quot;${linesOf(body)}&quot;</p>`;
}

/** At the end of a mail to an agent. */
export const replyNote = 'A reply to this mail goes to the client as your comment.';
