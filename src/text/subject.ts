// What a subject says beyond its words: reply prefixes, and numbers of tickets.
// Only the first 1,000 characters are read (RELIABILITY §3 row 16).

const maxSubject = 1_000;

// Re: RE[2]: Re(3): Re^2: AW: Antw.: SV: VS: Odp: Ynt: Fwd: FW: WG: TR: RV: Enc: I: R: 回复： 答复: 转发: 返信: 回覆: Отв: На: Пересл:
// German, Dutch, Nordic, Polish, Turkish, Spanish, French, Italian, Portuguese, Romanian, Hungarian, Czech, Greek, Hebrew, Chinese, Japanese, Korean…
const replyPrefix =
  /^(?:re|aw|antw|antwort|sv|svar|vs|vast|odp|ynt|yan|resp|rif|res|ref|bls|atb|ats|att|re-|r|ad|απ|σχετ|הש|תשובה|رد|回复|回覆|答复|答覆|返信|回信|답장|회신|отв|ответ|відп|fwd?|forw|forward|wg|tr|rv|enc|encaminhado|i|vb|doorst|vl|vedr|videresend|pd|ilt|πρθ|továbbítás|tovabb|přep|転送|转发|轉寄|전달|пересл|fyi)(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})?\.?\s{0,3}[:：]\s{0,10}/iu;

// [EXTERNAL] [EXT] *** SPAM ***: put in front by mail systems.
const gatewayTag =
  /^(?:\[(?:external|ext|extern|externe?|caution|spam|suspected spam)\]|\*{2,6}\s{0,3}spam\s{0,3}\*{2,6})\s{0,5}:?\s{0,10}/i;

/** The subject without what replying and forwarding put before it, however often; '' when nothing else was there. */
export function stripReplyPrefixes(subject: string): string {
  let rest = subject.trim();
  for (let round = 0; round < 50; round += 1) {
    const shorter = rest.replace(gatewayTag, '').replace(replyPrefix, '');
    if (shorter === rest) break;
    rest = shorter;
  }
  return rest;
}

/** A ticket number as it stands in a subject: `[TKT-2026-00042]` is year 2026, seq 42. */
export interface TicketNumber {
  /** In capitals. */
  prefix: string;
  year: number;
  seq: number;
}

// Not inside a longer word or number: TKT-2026-00042-7 and TKT-12026-1 are none.
const ticketNumber = /(?<![\p{L}\p{N}-])([A-Z][A-Z0-9]{0,15})-(\d{4})-(\d{1,9})(?![\p{L}\p{N}]|-\d)/giu;

/**
 * What in a subject has the form of a ticket number, in order, without doubles. Case does not count. Whether there is such a
 * ticket with that prefix is for the store to say: those of years ago keep the prefix that they were given with.
 */
export function findTicketNumbers(subject: string): TicketNumber[] {
  const found = new Map<string, TicketNumber>();
  for (const [, prefix = '', year, seq] of subject.slice(0, maxSubject).matchAll(ticketNumber)) {
    const number = { prefix: prefix.toUpperCase(), year: Number(year), seq: Number(seq) };
    if (number.seq > 0) found.set(`${number.prefix}-${number.year}-${number.seq}`, number);
  }
  return [...found.values()];
}
