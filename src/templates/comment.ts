// What staff said, to the client and the participants. Nothing said before is quoted: people join later.

import { page, quotedLines, viewTicketLine } from './layout.ts';

export const comment = {
  text: `{{ author }} commented on your ticket:

{{ subject }}

"{{ body }}"
${viewTicketLine}`,
  html: page(`
<p>{{ author }} commented on your ticket:</p>
<p><strong>{{ subject }}</strong></p>
${quotedLines}`),
};

/** An internal note: a record for staff that is kept as a message like every other, and sent to nobody. */
export const note = {
  text: `{{ body }}
`,
  html: page('<p>{% for line in lines %}{{ line }}{% unless forloop.last %}<br>\n{% endunless %}{% endfor %}</p>'),
};
