// Status codes of delivery reports: RFC 3463 codes as they stand in text, and codes derived from what an SMTP server
// said where none stands there.

import { squeezeBlanks } from '../text/squeeze.ts';

// 550 5.1.1 …   550-5.1.1 …   (#5.1.1)   [#4.1.9]   <421 4.4.2 …>   Status: 5.7.26
// Not: 5.5.2653.12 (a version), 192.0.2.5, mxl_mta-5.5.0-3, Exim 4.90.1 (RFC 3463 has no subject above 7).
const enhancedCode = /(?:^|[\s(#[<{:;,"'=]|[245]\d\d-)([245]\.[0-7]\.\d{1,3})(?![\w-]|\.\d)/g;

/**
 * How much a code says of the cause: x.0.0 only "failed" or "delayed" (RFC 3463 §3.1), x.y.0 "other", and x.4.7 that
 * time ran out, behind which the cause may stand: 554 4.4.7 Message expired.<421 4.4.2 Connection timed out>
 */
export function statusDetail(status: string): number {
  if (status.endsWith('.0.0')) return 0;
  return status.endsWith('.0') || status.endsWith('.4.7') ? 1 : 2;
}

/** The RFC 3463 code of a text that says most of the cause; the first one of several. Null when there is none. */
export function findStatus(text: string): string | null {
  let best: string | null = null;
  for (const match of text.matchAll(enhancedCode)) {
    const status = match[1] ?? '';
    if (best === null || statusDetail(status) > statusDetail(best)) best = status;
  }
  return best;
}

// 550 user unknown   said: 554 …   (reason: 452 …   <<< 421 …   550-REJECTED
const smtpReply = /(?:^|[\s(<"':[])([45][0-5]\d)(?=[\s:,-]|$)(?!-\d\d)/;
// Of the codes that RFC 5321 §4.2.3 and its kin define, so that a size or a year is not taken for one.
const replyCodes = new Set(
  '421 422 426 431 432 441 442 446 447 449 450 451 452 453 454 455 500 501 502 503 504 510 511 512 513 515 517 521 522 523 525 530 531 533 534 535 538 540 541 542 543 544 545 546 547 550 551 552 553 554 555 556 557'.split(
    ' ',
  ),
);

/** The first SMTP reply code (RFC 5321 §4.2) of a text that tells of a failure, or null. */
export function findReplyCode(text: string): string | null {
  for (const line of text.split('\n')) {
    const code = smtpReply.exec(line)?.[1];
    if (code !== undefined && replyCodes.has(code)) return code;
  }
  return null;
}

type Digit = '4' | '5';

/** What servers say, and the subject and detail of RFC 3463 §3 that it means. `as` where the class is in the words. */
const wordings: Array<{ pattern: RegExp; detail: string; as?: Digit }> = [
  // Message expired: unable to deliver in 840 minutes   retry timeout exceeded   has been in the queue too long
  {
    pattern:
      /queue too long|retry time(?:out)? (?:not reached|exceeded)|message (?:has )?expired|delivery time expired|maximum-time-expired|could not deliver for the last|not (?:be )?delivered (?:with)?in \d|cannot send message for \d|was aborted after|giving up on this message|retries? exhausted|delivery failed \d{1,3} attempts|too old/,
    detail: '4.7',
    as: '4',
  },
  // Sorry, this message is over quota   mailbox full   Storage quota exceeded   over disk quota   Quota violation
  {
    pattern:
      /quota|mailbox (?:size )?exceeds|mail ?box (?:is |has )?(?:been )?(?:full|over)|mailbox (?:of|for) .{1,80} is full|mailbox size limit|storage (?:is )?full|full mailbox|exceed\w{0,5} .{0,40}(?:storage|disk space|local limit)|insufficient (?:system )?storage|(?:boîte|casilla|buzón|casella|caixa|postfach).{0,40}(?:pleine|llen[ao]|pien[ao]|cheia|voll)/,
    detail: '2.2',
  },
  // 552 message size exceeds fixed maximum message size   Mail size limit exceeded
  {
    pattern:
      /message (?:is )?too (?:large|big|long)|size (?:limit )?exceed|exceeds? .{0,40}(?:message|maximum|allowable).{0,12} size|message size|too much mail data/,
    detail: '3.4',
  },
  // Too many hops 26 (25 max)   Message looping (received 6 times)   Mail Loop Detected
  { pattern: /too many hops|loop(?:ing)?\b|hop count exceeded|routing loop/, detail: '4.6' },
  // relaying denied   Relay access denied   that domain isn't in my list of allowed rcpthosts
  {
    pattern: /relay(?:ing)? (?:access )?(?:denied|not permitted|prohibited)|not permitted to relay|allowed rcpthosts/,
    detail: '7.1',
  },
  // This account has been disabled or discontinued   is a deactivated mailbox   account is inactive
  {
    pattern:
      /(?:account|mailbox|address|user)\b.{0,40}\b(?:disabled|discontinued|deactivated|suspended|inactive|not active|locked)|deactivated mailbox|(?:disabled|inactive) (?:account|mailbox|user|recipient)/,
    detail: '2.1',
  },
  // Host unknown (Authoritative answer from name server)   Name service error for …   couldn't find any host named
  {
    pattern:
      /(?:host|domain)(?: name)? (?:is )?(?:unknown|not found|does not exist)|unknown (?:host|domain|mail host)|name service error|nameserver|nxdomain|no such (?:host|domain)|(?:couldn't|could not) find (?:any |a )?(?:host|mail exchanger|gateway)|no mx|unable to (?:route|resolve)|host lookup|invalid domain|unrouteable mail domain|(?:host|domain) \S{1,100} (?:was )?not found|destination computer was not found/,
    detail: '1.2',
  },
  // unknown user   no such user here   recipient name is not recognized   not listed in Domino Directory
  {
    pattern:
      /(?:user|recipient|addressee|account|mailbox|address)(?: is| was)?(?: currently)? ?(?:unknown|unavailable|not found|not known|invalid|not listed|not exist(?:s|ing|ent)?)|(?:unknown|invalid|illegal|bad|nonexistent|no such|no valid)(?: or illegal)?(?: local| destination| final delivery)? (?:e-?mail )?(?:user|userid|recipient|addressee|address|account|mailbox|person)|no (?:mail ?box|such mail drop|such address|account|inbox)|(?:does not|doesn't|did not|don't|no longer) (?:exist|have an?\b|have any\b)|name (?:is|was) not (?:recognized|found)|not (?:a valid|listed in|our customer|local|known here)|unrout(?:e)?able address|user .{0,60}not listed|no longer (?:valid|on server|works|employed|with)|rejected: access denied|(?:empfänger|destinataire|destinatario|destinatário|użytkownik).{0,40}(?:unbekannt|inconnu|desconocido|inesistente|sconosciuto|invalide|desconhecido)/,
    detail: '1.1',
  },
  // spam, blocked, blacklisted, policy: the server will not have it from us
  {
    pattern:
      /spam|block(?:ed|list)|black-?list|banned|reputation|dmarc|\bspf\b|policy|polic(?:y|ies)|access denied|not authori[sz]ed|authori[sz]ation|authenticat|prohibited|not (?:a )?member|not allowed|permission|virus|unsolicited|content rejected|reverse dns|\brdns\b|\bptr\b/,
    detail: '7.1',
  },
  // Connection timed out   did not respond   Connection refused   no answer from host
  {
    pattern:
      /timed? ?out|did not respond|no answer|connection (?:refused|reset|failed|lost|dropped|closed)|not (?:responding|reachable)|unreachable|network is unreachable|no route to host|unable to connect|can't connect|temporarily unavailable|try again later|(?:greylist|graylist)/,
    detail: '4.1',
    as: '4',
  },
];

/**
 * An RFC 3463 code for a text that holds none: detail from the wording, class from the SMTP reply code, or from
 * `temporary` when it is known. Null when the text says neither why nor with which code.
 */
export function deriveStatus(text: string, temporary: boolean): string | null {
  const words = squeezeBlanks(text.toLowerCase());
  const code = findReplyCode(text);
  const wording = wordings.find(({ pattern }) => pattern.test(words));
  const digit = temporary ? '4' : (code?.[0] ?? wording?.as ?? '5');
  if (wording !== undefined) return `${digit}.${wording.detail}`;
  return code === null ? null : `${digit}.0.0`;
}
