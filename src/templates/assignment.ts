// To the agent who was given a ticket: what it is, and the last public word on it.

import { page, quotedLines, viewTicketLine } from './layout.ts';

const replyNote = 'A reply to this mail goes to the client as your comment.';

export const assignment = {
  text: `{% if self %}You took this ticket:{% else %}{{ assignedBy }} assigned this ticket to you:{% endif %}

{{ subject }}

- Ticket Number: {{ number }}
- Requester: {{ requester }}
- Status: {{ status }}
- Priority: {{ priority }}
- Category: {{ category }}
{% if author %}
{{ author }} wrote:

"{{ body }}"
{% endif %}
${replyNote}
${viewTicketLine}`,
  html: page(`
<p>{% if self %}You took this ticket:{% else %}{{ assignedBy }} assigned this ticket to you:{% endif %}</p>
<p><strong>{{ subject }}</strong></p>
<ul>
<li>Ticket Number: {{ number }}</li>
<li>Requester: {{ requester }}</li>
<li>Status: {{ status }}</li>
<li>Priority: {{ priority }}</li>
<li>Category: {{ category }}</li>
</ul>
{%- if author %}
<p>{{ author }} wrote:</p>
${quotedLines}
{%- endif %}
<p>${replyNote}</p>`),
};
