// Marker lines: "-----Original Message-----", "---------- Forwarded message ----------", "Reply above this line".

import { readable } from './quote-line.ts';

export type Marker = 'original' | 'forward' | 'reply-above';

// Stems, for they are declined: weitergeleitete Nachricht, Vidarebefordrat meddelande, Treść przekazanej wiadomości.
const forwardStems =
  /forward|fwd|weitergeleitet|transf[ée]r|transmis|înaintat|[iİ]leti başlangıcı|réexpédi|reenvi|reencaminh|encaminh|inoltrat|doorgestuurd|przekaz[ay]|przesłan|пересыла|переслан|пересила|перенаправл|переадрес|препратен|прослеђен|vidarebefordra|videresend|áframsend|välitetty|välitetyn|edelleenläh|edasisaad|edasi saad|ohjattu|pārsūt|persių|továbbít|[iİ]letil|yönlendir|redirec[țţt]ion|retrimis|přeposl|přeposíl|prepos|proslijeđ|posredovan|προωθ|转发|轉寄|轉發|転送|전달|הועבר|מועבר|מעובר|معاد توجيه|diteruskan|terusan|dimajukan|dikirim semula|hantar semula|edastatud|persiunč|posredova|prosleđ|áframsen|birbidali|अग्रेषित|توجيه|هدایت شده|بازارسال|فوروارد|chuyển tiếp|ส่งต่อ/iu;

const originalStems =
  /original|ursprünglich|origin[ea]l|origineel|oorspronkelijk|ursprung|oprindelig|opprinnelig|upprunaleg|alkuperäi|algne|oryginaln|pierwotn|původní|pôvodn|исходн|оригинальн|первоначальн|вихідн|оригінальн|първоначалн|eredeti|orijinal|özgün|αρχικ|מקורי|الأصلي|izvirn|izvorn|d'origine|d’origine|originair|originaal|begin (?:\p{L}+ )?message|repl(?:y|ied) message|quoted message|previous message|回复的原邮件|原始|原邮件|邮件原件|郵件原件|原郵件|元のメッセージ|オリジナル|원본|원래|oriģināl|sākotnēj|pradinis|izvirn|изворн|оригинал|початков|pesan asli|mesej asal|thư gốc|tin nhắn gốc|thư ban đầu|ต้นฉบับ|ข้อความเดิม|asıl|inițial|jatorriz|رسالة أصلية|رسالة الأصلية|پیام اصلی|मूल संदेश/iu;

// "##- Please type your reply above this line -##", "--- Bitte oberhalb dieser Zeile antworten ---".
const replyAboveStems =
  /(?:reply|respond|answer|write|type) (?:your reply )?above (?:this|the) line|above this line|(?:do not|don't) (?:reply|write|edit|type|change|modify|delete|remove) (?:anything )?(?:below|beneath|under) this line|ovanför den här raden|yläpuolelle|над этой (?:строкой|линией|чертой)|вище цієї лінії|над цією лінією|nad (?:tento řádek|tímto řádkem|túto čiaru|tento riadok|tę linię|tą linią)|satırın üzerine|e sor fölé|deasupra acestei linii|iznad (?:ove|te) (?:crte|linije)|この行の上|この行より上|在此行上方|在此行以上|此行上方|이 줄 위|trên dòng này|เหนือบรรทัดนี้|di atas baris ini|oberhalb dieser (?:linie|zeile)|über dieser (?:linie|zeile)|au-dessus de cette ligne|encima de esta línea|por encima de esta línea|acima desta linha|sopra questa (?:linea|riga)|boven deze (?:regel|lijn)|ovanför denna rad|over denne linje|выше этой (?:линии|строки)|powyżej tej linii/iu;

// >>> Please reply above this line <<<   Reply above this line.   [Please type your reply above this line]
const replyAboveAlone =
  /^[\s>|<[({#*_=—–-]{0,20}(?:please |bitte )?(?:do not |don't )?(?:reply|respond|answer|write|edit|type|enter|antworten|répondez|responda|rispondi)\b[^?]{0,60}$/i;

// GroupWise: >>> Ann Lee <ann@example.com> 3/14/2024 9:26 AM >>>   >>> "Ann Lee" <ann@example.com> 14.03.24 09:26 >>>
/** The line that GroupWise puts above what it quotes; its `>>>` are no quote marks. */
export function isGroupWiseRule(line: string): boolean {
  const text = line.length <= 300 ? line.trimEnd() : '';
  if (!text.startsWith('>>> ') || !text.endsWith(' >>>')) return false;
  return /\d{1,4}[./-]\d{1,2}[./-]\d{1,4}/.test(text) && /\d[:.]\d{2}/.test(text);
}

// Lotus Notes begins with the first words of what it quotes: Ann Lee ---14/03/2024 09:26:11---Hello Bob, have you
const lotusSummary = /^.{2,80} ?---\d{1,4}[./-]\d{1,2}[./-]\d{1,4} \d{1,2}[:.]\d{2}.{0,9}---\S/;

// Lotus Notes frames its header block: |------------+---------------------------->   |------------>
const lotusFrame = /^\|-{6,60}(?:\+-{6,80})?>$/;

// Dashes of every kind are one to us: ProtonMail once wrote ‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐ with U+2010.
const dash = /[-‐-―−─━═_=*#~]/;

/** What a line marks, if it is a marker; `rest` is what stands behind it on the same line (Yahoo writes the header there). */
export function readMarker(line: string): { marker: Marker; rest: string } | null {
  const text = readable(line).trim();
  if (text.length < 6 || text.length > 900) return null;
  if (text.length <= 100 && replyAboveAlone.test(text) && replyAboveStems.test(text))
    return { marker: 'reply-above', rest: '' };
  if (
    (text.startsWith('|-') && lotusFrame.test(text)) ||
    (text.includes('---') && lotusSummary.test(text.slice(0, 140)))
  )
    return { marker: 'original', rest: '' };
  if (!dash.test(text[0] ?? '')) return null;
  // Zendesk, whatever the language: ##- … -##
  if (text.startsWith('##- ') && text.endsWith(' -##')) return { marker: 'reply-above', rest: '' };
  const inner = text.replace(/^[-‐-―−─━═_=*#~\s>]{2,}/, '');
  const head = text.length - inner.length;
  if (head < 2 || inner === '') return null;
  const close = inner.search(/[-‐-―−─━═_=*#~]{2,}/);
  const title = (close < 0 ? inner : inner.slice(0, close)).trim();
  if (title === '' || title.length > 120) return null;
  if (replyAboveStems.test(title)) return { marker: 'reply-above', rest: '' };
  // "--- original text" without a closing rule may be anybody's words; "---- Forwarded message from Ann -----" has one.
  if (close < 0 && head < 4) return null;
  const rest = close < 0 ? '' : inner.slice(close).replace(/^[-‐-―−─━═_=*#~\s]+/, '');
  if (title.length <= 80 && forwardStems.test(title)) return { marker: 'forward', rest };
  const dashes = text.slice(0, head).replace(/[\s>]/g, '').length;
  const words = dashes <= 3 ? 2 : 6;
  if (title.length <= 60 && wordCount(title) <= words && originalStems.test(title)) return { marker: 'original', rest };
  return null;
}

/** `Original Message`, `[Original Message]`, `Original message:` without dashes; a header block must follow. */
export function isBareOriginal(line: string): boolean {
  const text = readable(line).trim();
  return text.length <= 40 && wordCount(text) <= 3 && /^[[*_]{0,3}\p{L}/u.test(text) && originalStems.test(text);
}

/** `-------- Конец пересылаемого сообщения --------`, `----- End forwarded message -----`. */
export function isEndMarker(line: string): boolean {
  if (/^={3,}8<=+\s*end /i.test(line.slice(0, 80))) return true;
  const isEnd =
    /^[\s>]{0,4}[-=]{2,}\s*(?:end|ende|fin|fine|fim|einde|slut|slutt|loppu|koniec|konec|kraj|конец|кінець|край|vége|sfârșit|son)(?!\p{L})/iu;
  return isEnd.test(line.slice(0, 80)) && readMarker(line)?.marker === 'forward';
}

// The Bat!: This is a forwarded message   Это пересланное письмо   Dies ist eine weitergeleitete Nachricht
const isA = /^(?:this is a|это|dies ist eine|ceci est un|este es un|questo è un)\s/iu;

/** `Begin forwarded message:`, `Anfang der weitergeleiteten Nachricht:`, `Forwarded message:`; a header block must follow. */
export function isForwardIntroduction(line: string): boolean {
  const text = readable(line).trim();
  if (text.length > 70) return false;
  if (text.length <= 50 && isA.test(text) && wordCount(text) <= 6) return forwardStems.test(text);
  return endsInColon(text) && wordCount(text) <= 7 && forwardStems.test(text);
}

/** The same in a language not known here: a few words and a colon. Only in a quote, above a header block, is it one. */
export function mayIntroduceForward(line: string): boolean {
  const text = readable(line).trim();
  return text.length <= 70 && endsInColon(text) && wordCount(text) <= 8 && !/[\p{Nd}@]/u.test(text);
}

const endsInColon = (text: string): boolean => text.endsWith(':') || text.endsWith('：');

function wordCount(text: string): number {
  return text.split(/\s+/).length;
}
