// Disclaimers, scanners' notes and the particulars of a firm: paragraphs at the end of a mail that a server or a rule put there.

import {
  anyCue,
  disclaimerBeginnings,
  disclaimerCues,
  disclaimerPhrases,
  environment,
  firstPersonWords,
  mailWords,
  management,
  messageBeginnings,
  register,
  sentenceWords,
} from './disclaimer-words.ts';
import { isBlank, isSeparator } from './quote-line.ts';
import { filled, trimEnd } from './signature-lines.ts';

/** Where the paragraphs begin that disclaim, with the rules around them; `end` for none. */
export function disclaimerStart(lines: readonly string[], first: number, end: number): number {
  let start = end;
  let top = end;
  while (top > first) {
    let from = top - 1;
    while (from > first && !isBlank(lines[from - 1] ?? '')) from--;
    const paragraph = filled(lines, from, top);
    const text = paragraph.join(' ');
    if (isDisclaimer(text)) start = from;
    // A rule, an address on the web, or a short paragraph between two that disclaim belongs to what is around it.
    else if (!paragraph.every(isFrame) && !(start < end && text.length <= 12)) break;
    top = trimEnd(lines, from);
  }
  while (start < end && start > first && (isBlank(lines[start - 1] ?? '') || isSeparator(lines[start - 1] ?? '')))
    start--;
  return start;
}

const isFrame = (line: string): boolean => isSeparator(line) || /^<?https?:\/\/\S{1,100}$/i.test(line);

const wide = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

export function isDisclaimer(text: string): boolean {
  const head = text.slice(0, 1_500);
  // A disclaimer asks nothing; a client who shows one does: May I give it to the landlord?
  if (/[?？]\s*$/.test(text.slice(-10))) return false;
  const opening = head.slice(0, 260).replace(/^[\s*_=#-]+/, '');
  if (head.length <= 260 && environment.test(opening)) return true;
  if (disclaimerBeginnings.test(opening)) return head.length > 40 || /^virus-free/i.test(opening);
  // What most paragraphs have is asked first: the words of people take less time to find than to miss those of firms.
  if (!sentenceWords.test(head) && register.test(head) && management.test(head)) return true;
  if (!firstPersonWords.test(head) && disclaimerPhrases.test(head)) return true;
  if (!anyCue.test(head)) return false;
  const cues = disclaimerCues.filter((cue) => cue.test(head)).length;
  const length = wide.test(head) ? head.length * 2 : head.length;
  return cues === 1
    ? length > 40 && messageBeginnings.test(opening)
    : length > 60 && (cues >= 3 || mailWords.test(head));
}
