// "Sent from my iPhone" and what else programs put below a mail, one line each.

import { readable } from './quote-line.ts';
import {
  deviceWords,
  excuse,
  footerBeginnings,
  footerEndings,
  isOutlookPromotion,
  promotions,
} from './signature-words.ts';

/** `opens`: the line above ends a sentence or is blank. In the middle of one nothing is a footer: `the file\nsent from Outlook`. */
export function isFooter(line: string, opens: boolean): boolean {
  const raw = readable(line).trim();
  const text = raw.replace(/^[\s*_<([{>•|-]+|[[\]]|[\s*_>)\]}]+$/g, '').trim();
  if (text.length < 6 || text.length > 300) return false;
  const words = text.replace(/[<(]?https?:\/\/\S+/gi, ' ').trim();
  if (words.length > 110) return false;
  if (/^(?:\S+ )?from (?:my )?(?:mobile|cell|phone|iphone|ipad|android|blackberry)\b.{0,20}$/i.test(words)) return true;
  if (promotions.test(text)) return true;
  if (isOutlookPromotion(words) && opens && !/says?|sagt|dit\b/i.test(words)) return true;
  if (excuse.test(words) && opens) return words.length <= 70;
  const isMarked = opens || /^[<([*_]/.test(raw);
  if (!isMarked || (/^\p{Ll}/u.test(raw) && !/iphone|ipad/i.test(raw))) return false;
  if (footerEndings.test(words)) return deviceWords.test(words) && words.split(/\s+/).length <= 12;
  return footerBeginnings.test(words) && namesOnlyDevice(words);
}

const tellsSomething =
  /(?<!\p{L})(?:I|we|you|ich|wir|je|nous|yo|cannot|can't|doesn't|does|is|are|was|works|work(?! phone)|fails?|looks?|kann|geht|funktioniert|ne|no se)(?!\p{L})/u;

/** "Sent from my cell, please excuse any typos." but not "Sent from my desk, is much easier than my mobile phone." */
function namesOnlyDevice(words: string): boolean {
  const [head = '', ...rest] = words.split(/[,;!]\s|\.\s+(?=\S)|\s\|\s/);
  const tail = rest.join(' ').trim();
  // From my phone I cannot open your website.
  if (tellsSomething.test(head)) return false;
  // Sent from Mailspring, the best free email app for work
  const isPraise =
    /^(?:the (?:best|free|fast|secure)|\S{2,30}\.\p{L}{2,6}$|get |try |download |an? \S+(?: \S+){0,3} (?:smart)?(?:phone|device)$)/iu.test(
      tail,
    );
  if (tail !== '' && !excuse.test(tail) && !isPraise && tail.split(/\s+/).length > 3) return false;
  return deviceWords.test(excuse.test(tail) ? head : words) || words.split(/\s+/).length <= 6;
}
