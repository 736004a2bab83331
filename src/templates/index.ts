// Renders the mails that tkt writes. Liquid cannot run code; here it cannot read files either, and HTML escapes every value.

import { Liquid, type Template } from 'liquidjs';
import { assignment } from './assignment.ts';
import { autoReply } from './auto-reply.ts';
import { clientReplied } from './client-replied.ts';
import { comment, note } from './comment.ts';

const templates = { autoReply, comment, note, assignment, clientReplied };

export type TemplateName = keyof typeof templates;

/** Values a template may show. Strings are given as they are; the HTML side escapes them. */
export type TemplateData = Readonly<Record<string, string | boolean | readonly string[] | null>>;

// `templates: {}` stands in for the file system; strict, so that a misspelt name is an error and not an empty line. Without
// a locale it would ask ICU for one, which takes ten milliseconds.
const safe = { templates: {}, ownPropertyOnly: true, strictVariables: true, strictFilters: true, locale: 'en' };
let engines: { text: Liquid; html: Liquid } | undefined;
const parsed = new Map<TemplateName, { text: Template[]; html: Template[] }>();

/** The text and HTML of one mail. `body` is offered to the templates as `lines` too. Text ends with one newline. */
export function renderMail(name: TemplateName, data: TemplateData): { text: string; html: string } {
  engines ??= { text: new Liquid(safe), html: new Liquid({ ...safe, outputEscape: 'escape' }) };
  let template = parsed.get(name);
  if (template === undefined) {
    const source = templates[name];
    template = { text: engines.text.parse(source.text), html: engines.html.parse(source.html) };
    parsed.set(name, template);
  }
  const scope = { ...data, lines: typeof data.body === 'string' ? data.body.split('\n') : [] };
  const text: unknown = engines.text.renderSync(template.text, scope);
  const html: unknown = engines.html.renderSync(template.html, scope);
  return { text: `${String(text).trimEnd()}\n`, html: String(html) };
}
