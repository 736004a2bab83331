// To the assigned agent when somebody wrote on the ticket by mail.

import { page, quotedLines, viewTicketLine } from './layout.ts';

const replyNote = 'A reply to this mail goes to the client as your comment.';

export const clientReplied = {
  text: `{{ author }} replied on ticket {{ number }}:

{{ subject }}

"{{ body }}"
{% if attachments.size > 0 %}
Attachments:
{% for name in attachments %}- {{ name }}
{% endfor %}{% endif %}
${replyNote}
${viewTicketLine}`,
  html: page(`
<p>{{ author }} replied on ticket {{ number }}:</p>
<p><strong>{{ subject }}</strong></p>
${quotedLines}
{%- if attachments.size > 0 %}
<p>Attachments:</p>
<ul>{% for name in attachments %}<li>{{ name }}</li>{% endfor %}</ul>
{%- endif %}
<p>${replyNote}</p>`),
};
