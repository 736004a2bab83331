// What people's mail programs say when they name whom they quote, in the languages they speak: "wrote", "schrieb", "a écrit".

const verbs = `wrote|writes|commented|spake|has written|said|says|sent|replied|responded
  schrieb|schrieben|schreibt|geschrieben|schreef|schrijft|geschreven|het volgende geschreven
  skrev|skriver|skrev følgende|skrivit|följande|følgende|skrifaði|kirjoitti|kirjoittaa|kirjutas
  a écrit|à écrit|ecrit|écrit|a ecrit|écrivait|a répondu|escribió|escribio|escribe|escribieron|ha escrito|va escriure|ha escrit
  escreveu|escreve|escreveram|a scris|scrie|ha scritto|scrive|scrisse
  pisze|napisał|napisała|napisał(a)|napisał/a|napisali|użytkownik|napsal|napsala|napsal(a)|napsal/a|píše
  napísal|napísala|napísal(a)|používateľ|uživatel|je napisao|je napisala|napisao|napisala|napisao/la|je napisal|napisal|napisala|napisal(a)|piše|написао
  пишет|писал(а)|писал|писала|написал|написала|написал(а)|написав|написала|написав(ла)|написав(-ла)|пише|написа
  írta|írt|ezt írta|a következőt írta|yazdı|yazmış|şunu yazdı|şunları yazdı|tarihinde|έγραψε|έγραψαν|rašė|parašė|rakstīja
  idatzi zuen|idatzi du|escribiu|geskryf|ने लिखा|напиша|napiša|напісаў|пісаў|shkroi|жазды|aliandika|написал(-а)|написав(-ла)|вы писали|ты писал|you wrote
  כתב|כתבה|כתב/ה|כתב(ה)|מאת|كتب|كتبت|كتب/ت|بواسطة|نوشت|đã viết|viết|menulis|wrote this|เขียนว่า|เขียน
  写道|寫道|写到|寫到|写了|來信|のメッセージ|のメール|書きました|書き込みました|が書いた|は書きました|さんは書きました|さんが作成|님이 작성|님이 작성한|작성|님이 쓴 글|쓴 글|썼습니다|작성했습니다|님의 말`;

const alternatives = [...new Set(verbs.split(/[|\n]/).map((word) => word.trim()))]
  .sort((a, b) => b.length - a.length)
  .map((word) => word.replace(/[()/]/g, (character) => `\\${character}`))
  .join('|');

const verbList = verbs.split(/[|\n]/).map((word) => word.trim());
// napisał(a), napsal/a, כתב/ה: their first word tells.
const verbWords: ReadonlySet<string> = new Set(
  verbList.filter((verb) => !verb.includes(' ')).map((verb) => verb.split(/[(/]/, 1)[0] ?? verb),
);
/** Those that only several words make, `ha scritto`, and none of the words alone. */
const verbPhrases = verbList.filter(
  (verb) => verb.includes(' ') && !verb.split(' ').some((word) => verbWords.has(word)),
);

const cjkVerb =
  /(?:写道|寫道|写到|寫到|のメッセージ|のメール|書きました|書き込みました|書いた|が作成|님이 작성|님이 쓴|쓴 글|썼습니다|작성했습니다|님의 말)/;
const verbLast = new RegExp(`(?:^|[^\\p{L}])(?:${alternatives})[\\s:：,.…]*$`, 'iu');

/** A verb of writing as a word of its own; CJK verbs follow the name without a blank. */
export function hasVerb(text: string): boolean {
  const lower = text.toLowerCase();
  return (
    lower.split(/[^\p{L}\p{M}]+/u).some((word) => verbWords.has(word)) ||
    verbPhrases.some((phrase) => lower.includes(phrase)) ||
    cjkVerb.test(text)
  );
}

const everyVerb = new RegExp(`(?<![\\p{L}])(?:${alternatives})(?![\\p{L}])|${cjkVerb.source}`, 'giu');

export function withoutVerbs(text: string): string {
  return text.replace(everyVerb, ' ');
}

const isTrailing = (character: string): boolean => ' \t:：,.…'.includes(character);
/** Of ASCII, Latin-1 or Cyrillic, where a letter has one small form and one capital. */
const isPlainLetter = (code: number): boolean =>
  ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) ||
  (code >= 0xc0 && code <= 0xff && code !== 0xd7 && code !== 0xf7) ||
  (code >= 0x400 && code <= 0x45f);

/** The last word in lower case; null where that takes more than a look at its letters. */
function plainLastWord(text: string): string | null {
  let end = text.length;
  while (end > 0 && isTrailing(text[end - 1] ?? '')) end--;
  let start = end;
  while (start > 0 && isPlainLetter(text.charCodeAt(start - 1))) start--;
  const isWhole = start < end && (start === 0 || text.charCodeAt(start - 1) < 0x80);
  return isWhole ? text.slice(start, end).toLowerCase() : null;
}

const lastWords: ReadonlySet<string | null> = new Set(verbList.map(plainLastWord));

export function endsWithVerb(text: string): boolean {
  const tail = text.slice(-60);
  // Nearly every line of every mail is asked, and its last word is enough for most.
  const word = plainLastWord(tail);
  if (word !== null && !lastWords.has(word)) return false;
  return verbLast.test(tail) || /(?:写道|寫道|のメッセージ|書きました|님이 작성)[\s:：]*$/.test(tail);
}

/** First words of sentences about somebody's writing that no program wrote: `The server said:`. */
export const proseSubjects =
  /(?:^|[\s,])(?:the|this|that|it|he|she|they|we|which|who|and|but|as|my|our|your|its|their|here|following|der|die|das|es|er|sie|wir|mein|unser|le|la|les|il|elle|ils|nous|el|los|las|ella)\s+(?:[\p{L}\p{N}'’-]+\s+){0,2}$/iu;
