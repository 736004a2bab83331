// Whether a text is an attribution line: its date, time, address, verb and colon weighed together.
// Which lines make up the text is found in attribution.ts.

import { endsWithVerb, hasVerb, proseSubjects, withoutVerbs } from './attribution-words.ts';
import { hasWeekday, isDateWord, monthWords } from './date-words.ts';

const ruleCharacters = new Set(' \t\u00a0\u202f\u3000*_-=—–|»>"”');

// ---- On Tue, 22 Dec 2015 14:17:36 +0530 Ann <ann@example.com> wrote ----
/** The text without the dashes, quotation marks and blanks at its end. */
export function withoutClosingRule(text: string): string {
  let end = text.length;
  while (end > 0 && text.length - end < 80 && ruleCharacters.has(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}

const openingRule = /^[\s*_\-=—–|]{1,80}(?=\S)/;

const year = /(?:^|\P{Nd})(?:19|20)\p{Nd}{2}(?!\p{Nd})/u;
// 4.3.2024  04/03/24  2024-03-04  2024年3月4日; Mutt's [240304 09:26]
const numericDate = /\[\p{Nd}{6} \p{Nd}{2}:|\p{Nd}{1,4}\s?[./\-–年월月]\s?\p{Nd}{1,2}(?:\s?[./\-–日일]|(?=\P{Nd}|$))/u;
const clock = /(?:^|\P{Nd})\p{Nd}{1,2}\s?[:.h時时시點点]\s?\p{Nd}{2}(?!\.?\p{Nd})|\b\d{1,2}\s?(?:am|pm)\b/iu;

const addressLike = /[^\s@<>()"',;:]@[\w-]/;
const bracketedAddress = /[<([]\s?(?:mailto:)?[^\s@]{1,120}@/;

export const hasTime = (text: string): boolean => clock.test(text);

function hasDate(text: string): boolean {
  return /\p{Nd}/u.test(text) && (year.test(text) || numericDate.test(text) || hasMonth(text));
}

/** A month's name with a number beside it: `Dec 9`, `20. lokakuuta`, `2 de novembro`. */
export function hasMonth(text: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{Nd}]+/u);
  return words.some(
    (word, index) =>
      monthWords.has(word) &&
      [words[index - 2], words[index - 1], words[index + 1]].some(
        (near) => near !== undefined && /^\p{Nd}{1,4}/u.test(near),
      ),
  );
}

// "Quoting Ann <ann@example.com>:", "Zitat von Ann:", "Citando a Ann:" (Horde), "In article <…>, ann@example.com says...",
// "Excerpts from Ann's message of March 4, 2024 9:26 am:" (aerc, sup).
const horde =
  /^(?:quoting|quoth|zitat von|zitiere|citando|citando a|citat från|citerar|citeren|citát|citace|citiram|cytowanie|cytat|cita de|citação de|citazione di|mensaje citado por|lainaus|tsiteerin|цитирую|цитата|цитую|excerpts from .{2,80}message of|in (?:article|message) <)/i;

// "Wiadomość napisana przez Ann <…> w dniu 04.03.2024, o godz. 09:26:" (Apple), "Missatge de Ann <…> del dia dl., 4 de març" (Gmail).
const phrases =
  /^(?:wiadomość napisana przez|missatge de|message (?:from|de)|nachricht von|excerpts from|mensaje citado por)\s/i;

/** Opens with words that only an attribution opens with. */
export function beginsWithPhrase(text: string): boolean {
  return phrases.test(text.replace(openingRule, ''));
}

export function isHorde(text: string): boolean {
  return horde.test(text);
}
const framed = /^\s*[-=]{3,}[^-=].{0,80}[^-=]\s*[-=]{3,}\s*$/;
const firstPerson =
  /(?:^|\s)(?:I|I'm|I’ve|we|ich|wir|je(?! (?:\p{Lu}|\p{Nd}|napis))|nous|yo|eu|io|ik|jag|jeg|я|ja|mín)(?=\s)/u;

// Tutanota: 14. März 2024, 09:26 von ann@example.com:   Mar 14, 2024, 09:26 by ann@example.com:
const bareSender =
  /\d{1,2}[:.]\d{2}(?:\s[\p{L}+\d:]{1,9})?,?\s(?:by|from|von|vom|de|da|par|por|door|van|av|af|fra|od|от|від|tarafından)\s\S{1,80}@\S{1,80}\s?[:：]$/iu;

// 2011/5/8 Ann Lee <ann@example.com>   2011/5/8 Ann Lee <ann@example.com>:
const bareGmail = /^\d{4}[/-]\d{1,2}[/-]\d{1,2} [^<>@]{0,60}<[^\s<>]{1,80}@[^\s<>]{1,80}>:?$/;

// Zoho closes with a rule where the verb stands before the name:
// ---- Am Mo, 04 Mär 2024 09:26:50 +0100 schrieb Ann Lee <ann@example.com> ----
const ruled = /^\s*-{3,}\s.{10,200}\s-{3,}\s*$/;

// Outlook Express in news: "Ann Lee" <ann@example.com> wrote in message news:abc123@example.com...
const inMessage =
  /(?:wrote in message|schrieb im newsbeitrag|a écrit dans le message(?: de)?|escribió en el mensaje|ha scritto nel messaggio)\s\S{1,200}@\S{1,200}$/i;

/** A line between rules with an address in it. */
export function isRuled(line: string): boolean {
  return line.startsWith('---') && line.includes('@') && ruled.test(line);
}

/** The end of such a line that was wrapped: `<ann@example.com> ----`, `scritto ----`. */
export function mayEndRuled(line: string): boolean {
  return line.endsWith('---') && /[\p{L}>]\s-{3,4}$/u.test(line.slice(-20));
}

/** Whether a text, taken alone, is an attribution. `maybe` has neither verb nor address: more of it may stand above. */
export function judge(text: string, quoteFollows: boolean): 'yes' | 'maybe' | 'no' {
  const core = text.replace(openingRule, '');
  const colon = /[:：]["”\s*_\-=—–>]*$/.test(core);
  if (horde.test(core) && (colon || (quoteFollows && hasVerb(core)))) return 'yes';
  // An address in brackets is how programs write it.
  const bracketed = core.includes('@') && bracketedAddress.test(core);
  // Android: ---- Ann Example wrote ----
  if (!colon && framed.test(text) && endsWithVerb(withoutClosingRule(core))) return 'yes';
  // Gmail before 2012: 2011/5/8 Ann <ann@example.com>
  if (!colon && quoteFollows && core.length <= 120 && bareGmail.test(core)) return 'yes';
  if (!colon) {
    if (quoteFollows && inMessage.test(core)) return 'yes';
    const isClosed = isRuled(text) || endsWithVerb(withoutClosingRule(core));
    if (!isClosed || !hasVerb(core)) return 'no';
    const isWhole = (bracketed && hasTime(core)) || (quoteFollows && beginsWithDate(core));
    return isWhole && hasDate(core) ? 'yes' : 'no';
  }
  if (bareGmail.test(core)) return 'yes';
  if (isProse(core, quoteFollows)) return 'no';
  const verb = hasVerb(core);
  const address = core.includes('@') && addressLike.test(core);
  // A colon alone, which ends many lines, is not enough.
  if (!verb && !address && !bracketed && !quoteFollows) return 'no';
  const date = hasDate(core);
  const time = hasTime(core);
  const dated = beginsWithDate(core);
  const short = core.length <= 160;
  if (verb && !quoteFollows && (address ? toSomebody.test(core) : isTold(core))) return 'no';
  // Pine and Gnus give no time: On Mon, 4 Mar 2024, Ann Lee wrote:
  const isDay = dated && short && hasWeekday(core.slice(0, 40)) && endsWithVerb(core);
  const isVerbal =
    verb &&
    ((bracketed && (date || quoteFollows || short)) ||
      (date && (address || quoteFollows || isDay || (time && (dated || short)))));
  if (isVerbal) return 'yes';
  if (bracketed && date && time && (dated || short)) return firstPerson.test(core) ? 'no' : 'yes';
  if (address && date && time && dated && short && bareSender.test(core.slice(-120))) return 'yes';
  if (!quoteFollows) return 'no';
  if (verb && core.length <= 80) return 'yes';
  return date && (address || time) && core.length <= 200 ? 'maybe' : 'no';
}

const ofOneself =
  /(?:^|\s)(?:I|me|we|us|ich|mir|mich|wir|uns|je(?! (?:\p{Lu}|\p{Nd}|napis))|me|moi|nous|yo|io|mi|ik|jag|mig|jeg|meg|mij|ons|я|мне|мы|нам|mnie|mi|nam)(?=[\s,])|(?:^|\s)m['’]a /u;
// Ann (ann@example.com) wrote to you on Monday and got this answer:   Ihre Kollegin <ann@example.com> schrieb mir am 3.5.:
const toSomebody =
  /\b(?:wrote|sent|said) (?:to )?(?:you|me|us)\b|\bI (?:wrote|sent)\b|schrieb(?:en)? (?:mir|uns|ihnen)\b|\b(?:m|vous|nous)['’ ]a écrit|\b(?:me|nos|le|les) escribió|\b(?:mi|ci|vi) ha scritto/i;
// The message of 14 March says:   It is said of it, not of who wrote it.
const weakVerb = /\b(?:says|said|sent|replied|responded)\s*:\s*$/i;

// Parts of names that begin with a small letter: Anna von der Heide, Jan van den Berg, Lucia de la Cruz.
const particles =
  /^(?:von|vom|van|der|den|de|del|della|di|da|do|dos|la|le|du|des|zu|zum|zur|ter|ten|te|bin|ibn|al|el|av|af|y|e|und|and|via|d|l|s)$/;
// am 4. März … schrieb   op 4 maart … schreef:   programs begin with a capital.
const smallOpener = /^(?:am|an|on|at|le|el|il|op|em|den|dne|dňa|dnia|w|în|la)\s/;
// 2024年3月4日9:30你们的技术员写道：   担当者が書きました: programs part date and name, and say さんは.
const toldInCjk = /\p{Nd}[^\s\p{Nd}，,、]{2,}[写寫]道|が書きました/u;

/**
 * Somebody's own sentence about a letter, which names the day but no address and quotes nothing with marks:
 * `On 14 March 2024 at 09:26 we sent you the following order:`, `Le 4 mars 2024 à 9h30, votre technicien a écrit que :`.
 * A program puts a name there, and names begin with a capital.
 */
function isTold(text: string): boolean {
  if (ofOneself.test(text) || weakVerb.test(text) || smallOpener.test(text) || toldInCjk.test(text)) return true;
  const first = wordsOfName(text).find((word) => !particles.test(word.replace(/['’].*$/, '')));
  // "Test user" and "ann_lee" are names too.
  return first !== undefined && /^\p{Ll}[\p{L}'’-]*$/u.test(first);
}

/** What is left of a text without its date and its verbs. */
function wordsOfName(text: string): string[] {
  const words = withoutVerbs(text.replace(openingRule, ''))
    .replace(cjkDate, ' ')
    .split(/[\s,;:()"“”„«»]+/);
  return words.filter((word) => /\p{L}/u.test(word) && !isDateWord(word));
}

/** `The log said:` and `On 3 May the server wrote:` are somebody's own words. */
function isProse(text: string, quoteFollows: boolean): boolean {
  // Anna von der Heide wrote:   is a name.
  const named = text.replace(/\s(?:von|van|de) (?:der|den|la|los|las)(?=\s\p{Lu})/u, '');
  const verbAt = named.search(
    /\b(?:wrote|writes|said|says|sent|replied|responded|schrieb|schreibt|a écrit|escribió)\s*[:：]?\s*$/i,
  );
  if (/^you said\b/i.test(named)) return true;
  const subject = verbAt < 0 ? '' : named.slice(0, verbAt);
  if (subject !== '' && proseSubjects.test(subject) && !subject.includes('@')) return true;
  return !quoteFollows && text.length > 250 && firstPerson.test(text);
}

// "On Wed, Sep 25", "W dniu 28", "pe 20. lokakuuta", "ср, 30 апр.", "2017-11-24", "在 2016年12月12日", "Em qua., 15 de".
const wordsOfDate = /^["“(]?[\p{L}\p{M}.'’ʼ׳,،、\s-]*$/u;

export function beginsWithDate(text: string): boolean {
  const head = text.slice(0, 48);
  const digit = head.search(/\p{Nd}/u);
  if (digit < 0 || firstPerson.test(head)) return false;
  const before = head.slice(0, digit);
  const words = before.split(/\s+/);
  return words.length <= 6 && words.every((word) => word.length <= 17) && wordsOfDate.test(before);
}

export function beginsLikeOne(text: string): boolean {
  const core = text.replace(openingRule, '');
  return (beginsWithDate(core) && hasDate(core.slice(0, 60))) || horde.test(core) || phrases.test(core);
}

// 2024年3月4日 週一 上午9:26   周一   오전
const cjkDate = /[\p{Nd}年月日号號時时點点分秒週周星期一二三四五六天火水木金土上下午오전후에:：()（）於于在の]+/gu;

/** A date and a verb without anybody who wrote: the name stands on the line above. */
export function lacksName(text: string): boolean {
  return !text.includes('@') && wordsOfName(text).length === 0;
}
