// The text that people read of a message, made once though many rules ask for it: rendering HTML and labelling lines are
// most of the work of reading a mail.

import { htmlToText } from '../text/html.ts';
import { type LabelledText, labelText } from '../text/quote-lines.ts';
import type { InboundMessage } from './message.ts';

const texts = new WeakMap<InboundMessage, string>();
const labelled = new WeakMap<InboundMessage, LabelledText>();

/** The text part, or the text of the HTML part where that has no words; '' for neither. */
export function shownText(message: InboundMessage): string {
  if (message.text !== null && message.text.trim() !== '') return message.text;
  let text = texts.get(message);
  if (text === undefined) {
    text = htmlToText(message.html ?? '');
    texts.set(message, text);
  }
  return text;
}

/** The lines of that text, without a byte order mark, each labelled. */
export function labelShownText(message: InboundMessage): LabelledText {
  let lines = labelled.get(message);
  if (lines === undefined) {
    lines = labelText(shownText(message).replace(/^\ufeff/, ''));
    labelled.set(message, lines);
  }
  return lines;
}
