// What the prefix of a subject says: forwarded, answered, or neither.

// FW: Fwd: WG: (de) TR: (fr) RV: (es) ENC: RES: (pt) I: (it) VB: VS: Videresend: (sv, da, no) VL: (fi) PD: (pl) İLT: (tr) 转发: 転送:
const forwardPrefix =
  /^(?:fwd?|forw|forward(?:ed)?|wg|weitergeleitet|tr|trans|rv|reenv|enc|encaminhado|i|vb|vs|videresend|videresendt|vl|pd|przek|doorst|doorgest|ilt|i̇lt|İlt|İLT|fs|redirec[tț]ionat|továbbítás|tovabbitas|tov|přeposl|preposlať|пересл|пересылка|перенапр|перес|прд|πρθ|προώθ|הועבר|转发|轉寄|轉發|転送|전달|전달받음|yml|vedr)(?:\[\d{1,3}\]|\(\d{1,3}\))?\.?\s{0,3}[:：]/iu;

const replyPrefix =
  /^(?:re|aw|antw|antwort|sv|svar|odp|ynt|yan|resp|rif|res|ref|r|vast|atb|ats|απ|σχετ|הש|תשובה|رد|回复|回覆|答复|答覆|返信|回信|답장|회신|отв|ответ|відп|vs)(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})?\.?\s{0,3}[:：]/iu;

// Gateways put their tag before it: `[EXTERNAL] Fwd: …`, and tkt its own `[TKT-2026-00042] Fwd: …`.
const tag = /^(?:\[[^\]]{1,60}\]|\*{2,6}[^*]{1,30}\*{2,6})\s{0,5}/;

function head(subject: string): string {
  let rest = subject.slice(0, 300).trim().normalize('NFC');
  for (let round = 0; round < 5 && tag.test(rest); round++) rest = rest.replace(tag, '');
  return rest;
}

/** The first prefix is one of forwarding: `Fwd: Re: Printer` is a forward. */
export function isForwardSubject(subject: string): boolean {
  return forwardPrefix.test(head(subject));
}

/** The first prefix is one of answering. Finnish `VS:` answers, Danish and Norwegian `VS:` forwards: it is both. */
export function isReplySubject(subject: string): boolean {
  return replyPrefix.test(head(subject));
}
