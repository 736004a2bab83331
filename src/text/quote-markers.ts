// Marker lines: "-----Original Message-----", "---------- Forwarded message ----------", "Reply above this line".

import { readable } from './quote-line.ts';

export type Marker = 'original' | 'forward' | 'reply-above';

// Stems, for they are declined: weitergeleitete Nachricht, Vidarebefordrat meddelande, Treść przekazanej wiadomości.
const forwardStems =
  /forward|fwd|weitergeleitet|transf[ée]r|réexpédi|reenvi|reencaminh|encaminh|inoltrat|doorgestuurd|przekaz[ay]|przesłan|пересыла|переслан|пересила|перенаправл|переадрес|препратен|прослеђен|vidarebefordra|videresend|áframsend|välitetty|välitetyn|edelleenläh|edasisaad|edasi saad|ohjattu|pārsūt|persių|továbbít|[iİ]letil|yönlendir|redirec[țţt]ion|retrimis|přeposl|přeposíl|prepos|proslijeđ|posredovan|προωθ|转发|轉寄|轉發|転送|전달|הועבר|מועבר|מעובר|معاد توجيه|diteruskan|chuyển tiếp|ส่งต่อ/i;

const originalStems =
  /original|ursprünglich|origin[ea]l|origineel|oorspronkelijk|ursprung|oprindelig|opprinnelig|upprunaleg|alkuperäi|algne|oryginaln|pierwotn|původní|pôvodn|исходн|оригинальн|первоначальн|вихідн|оригінальн|първоначалн|eredeti|orijinal|özgün|αρχικ|מקורי|الأصلي|izvirn|izvorn|d'origine|d’origine|originair|reply message|quoted message|previous message|回复的原邮件|原始|原邮件|原郵件|元のメッセージ|オリジナル|원본|원래/i;

// "##- Please type your reply above this line -##", "--- Bitte oberhalb dieser Zeile antworten ---".
const replyAboveStems =
  /(?:reply|respond|answer|write|type) (?:your reply )?above (?:this|the) line|above this line|oberhalb dieser (?:linie|zeile)|über dieser (?:linie|zeile)|au-dessus de cette ligne|encima de esta línea|por encima de esta línea|acima desta linha|sopra questa (?:linea|riga)|boven deze (?:regel|lijn)|ovanför denna rad|over denne linje|выше этой (?:линии|строки)|powyżej tej linii/i;

// Dashes of every kind are one to us: ProtonMail once wrote ‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐ with U+2010.
const dash = /[-‐-―−─━_=*#~]/;

/** What a line marks, if it is a marker; `rest` is what stands behind it on the same line (Yahoo writes the header there). */
export function readMarker(line: string): { marker: Marker; rest: string } | null {
  const text = readable(line).trim();
  if (text.length < 6 || text.length > 900 || !dash.test(text[0] ?? '')) return null;
  const inner = text.replace(/^[-‐-―−─━_=*#~\s>]{2,}/, '');
  const head = text.length - inner.length;
  if (head < 2 || inner === '') return null;
  const close = inner.search(/[-‐-―−─━_=*#~]{2,}/);
  const title = (close < 0 ? inner : inner.slice(0, close)).trim();
  if (title === '' || title.length > 120) return null;
  if (replyAboveStems.test(title)) return { marker: 'reply-above', rest: '' };
  // "--- original text" without a closing rule may be anybody's words; "---- Forwarded message from Ann -----" has one.
  if (close < 0 && head < 4) return null;
  const rest = close < 0 ? '' : inner.slice(close).replace(/^[-‐-―−─━_=*#~\s]+/, '');
  if (title.length <= 80 && forwardStems.test(title)) return { marker: 'forward', rest };
  const dashes = text.slice(0, head).replace(/[\s>]/g, '').length;
  const words = dashes <= 3 ? 2 : 6;
  if (title.length <= 60 && wordCount(title) <= words && originalStems.test(title)) return { marker: 'original', rest };
  return null;
}

/** `-------- Конец пересылаемого сообщения --------`, `----- End forwarded message -----`. */
export function isEndMarker(line: string): boolean {
  const isEnd =
    /^[\s>]{0,4}[-=]{2,}\s*(?:end|ende|fin|fine|fim|einde|slut|slutt|loppu|koniec|konec|kraj|конец|кінець|край|vége|sfârșit|son)(?!\p{L})/iu;
  return isEnd.test(line.slice(0, 80)) && readMarker(line)?.marker === 'forward';
}

/** `Begin forwarded message:`, `Anfang der weitergeleiteten Nachricht:`, `Forwarded message:`; a header block must follow. */
export function isForwardIntroduction(line: string): boolean {
  const text = readable(line).trim();
  return text.length <= 70 && /[:：]$/.test(text) && wordCount(text) <= 7 && forwardStems.test(text);
}

/** The same in a language not known here: a few words and a colon. Only in a quote, above a header block, is it one. */
export function mayIntroduceForward(line: string): boolean {
  const text = readable(line).trim();
  return text.length <= 70 && /[:：]$/.test(text) && wordCount(text) <= 8 && !/[\p{Nd}@]/u.test(text);
}

function wordCount(text: string): number {
  return text.split(/\s+/).length;
}
