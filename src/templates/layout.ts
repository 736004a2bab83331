// What the HTML of every mail shares. Styles are inline and few: mail clients drop the rest.

const button =
  'display:inline-block;padding:10px 18px;border-radius:4px;background:#1f5fbf;color:#ffffff;text-decoration:none';

/** The lines of `{{ lines }}` as text, each escaped by the engine; `<br>` because Outlook ignores pre-wrap. */
export const quotedLines =
  '<p>&quot;{% for line in lines %}{{ line }}{% unless forloop.last %}<br>\n{% endunless %}{% endfor %}&quot;</p>';

/**
 * A whole HTML document around the given Liquid markup, with the View Ticket button where there is a `viewUrl`. Its lines
 * are short, so that they can leave as they are: of 76 characters, unless what is filled in takes more.
 */
export function page(content: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{{ heading }}</title>
</head>
<body style="font-family:Arial,sans-serif;font-size:14px;line-height:1.5">
${content.trim()}
{%- if viewUrl %}
<p><a href="{{ viewUrl }}" style="${button}">View Ticket</a></p>
{%- endif %}
</body>
</html>
`;
}

/** The same button for plain text; goes at the end of a text template. */
export const viewTicketLine = `{% if viewUrl %}
View Ticket: {{ viewUrl }}
{% endif %}`;
