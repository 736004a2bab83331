// Words of delivery failure, in the languages that servers write them in: for subjects and for the first lines of a
// notice. They are looked for in text in lower case. They never decide alone (see bounce-evidence.ts).

import { anyOf } from '../text/any-of.ts';
import { squeezeBlanks } from '../text/squeeze.ts';

// [Postmaster] Email Delivery Failure   [***SPAM***] Message could not be delivered   **Message you sent blocked by our bulk email filter**
const normalise = (subject: string): string =>
  subject
    .slice(0, 300)
    .toLowerCase()
    .replace(/^[\s*[\]()<>!"'-]+/, '')
    .replace(/^(?:postmaster|\W{0,5}spam\W{0,5}|external|ext)[\]*]+\s*/, '');

/** Subjects that a mail server writes; at the start of the subject, so that a person's "Re: …" does not match. */
const failureSubjects = anyOf([
  // Undelivered Mail Returned to Sender   Undeliverable: Hello   failure notice   Returned mail: see transcript
  /^(?:un-?deliver|nondeliver|non[- ]?delivery|not delivered|failure (?:notice|delivery)|failed (?:mail|message|delivery)|returned (?:e?-?mail|message|to sender)|return(?:ing)? (?:mail|message))/,
  // Mail delivery failed: returning message to sender   Delivery Status Notification (Failure)   Delivery Report
  /^(?:(?:e?-?mail|message|automatic|smtp|permanent|temporary)[ :]+)?(?:delivery|deliver|transport|system) (?:status |to .{1,100} )?(?:notification|notice|fail|error|problem|warning|report|delay|has (?:failed|been delayed)|incomplete|attempt|subsystem|system|unsuccessful|expired)/,
  // Mail failed, returning to sender   Mail not delivered   Message could not be delivered   Email rejected
  /^(?:your |the )?(?:e?-?mail|message)s?[ :]+(?:you (?:have )?sent )?(?:to .{1,100} )?(?:system error|blocked|failed|failure|not (?:be )?deliver|could ?n[o']t|cannot|can't|undeliver|un-?deliver|returned|rejected|bounced|delivery|was (?:not|blocked|rejected|returned|refused)|has (?:not|been (?:blocked|rejected|returned|delayed))|is delayed|delayed|status|transport|quarantine fail)/,
  // Warning: could not send message for past 4 hours   Warning: message 1abc delayed 24 hours   Delayed Mail
  /^(?:warning|notice|error|failure|problem)[ .:-]+.{0,120}(?:could not (?:be )?(?:send|sent|deliver)|delay|not (?:yet )?been delivered|undeliver|user unknown|unknown user|returned|delivery|failed)/,
  /^(?:delayed|rejected|bounced|blocked|refused) (?:mail|message|e-?mail)|^bounce(?:d)?\b|^delivery\b.{0,40}\b(?:failed|failure|delayed|impossible|error)|^(?:could not|cannot|unable to|can't) (?:send|deliver)/,
  /^(?:user|recipient|mailbox|address|host) (?:unknown|not found|rejected|full|is full|over quota)|^(?:unknown|no such|invalid) (?:user|recipient|address)|^automatically rejected mail|^message status - undeliverable/,
  /^there was an error sending|^sorry, your message could not|^undelivery|^mail undelivery|^cc:mail .{0,40}undeliver/,
  /^problems? (?:delivering|sending) (?:your )?(?:mail|message)|^(?:error|trouble) (?:sending|delivering)|^nonexistent/,
  // NDN: Hello (FirstClass)   Rejected: Hello (Dovecot)   Hard bounce: Hello
  /^(?:ndn|rejected|(?:hard|soft) bounce): /,
  // Delivered: Hello   Relayed: Hello (Exchange, of what arrived)
  /^(?:delivered|relayed|expanded): /,
  // German, Dutch, Scandinavian, Finnish
  /^(?:unzustellbar|nicht zustellbar|nicht zugestellt|zustellung|zustell(?:ungs)?(?:fehler|benachrichtigung|bericht)|fehler (?:bei der|beim) (?:zustell|versand)|übermittlungsfehler|rückläufer|mail ?-?zustellung|ihre (?:nachricht|e-?mail) konnte nicht|die (?:nachricht|e-?mail) konnte nicht)/,
  /^(?:onbestelbaar|niet (?:afgeleverd|bezorgd|bestelbaar)|aflevering|bezorging|kan (?:bericht|e-?mail) niet)/,
  /^(?:(?:det )?går inte att leverera|ei voi(?:da)? toimittaa|gick inte att leverera|kunde inte leverera|ej levererat|olevererbar|leveransfel|kan ikke leveres|ikke leveret|ikke levert|uleveret|leveringsfeil|leveringsfejl|toimitus epäonnistui|ei voitu toimittaa|toimittamaton|toimittamat)/,
  // French, Spanish, Italian, Portuguese, Romanian
  /^(?:non (?:remis|distribu|délivr)|[ée]chec (?:de |d')|notification d.état de|message non (?:remis|distribu|délivr)|retour à l.exp|mail non (?:remis|distribu|délivr)|courrier non)/,
  /^(?:no se (?:ha )?pud|no se puede entregar|no (?:se )?(?:ha sido )?entregado|sin entregar|error (?:de|en la) entrega|fallo (?:de|en la) entrega|mensaje (?:no entregado|devuelto)|correo (?:no entregado|devuelto)|notificación (?:del? )?(?:estado|no entrega|fallo)|devuelto|devolución)/,
  /^(?:impossibile (?:recapitare|consegnare)|non recapitabile|mancat[ao] (?:recapito|consegna)|recapito non|messaggio non (?:recapitat|consegnat)|errore di (?:consegna|recapito)|notifica (?:sullo|di|dello) stato|avviso di mancata consegna|notifica (?:di )?mancat)/,
  /^(?:não (?:é possível|foi possível|pôde|entregue|entregável)|falha (?:na|de|no) (?:entrega|envio)|mensagem não|erro (?:de|na) entrega|devolvid|e-?mail (?:não|devolvid)|notificação d[eo] (?:status|estado)|nelivrat|livrare eșuată|mesaj(?:ul)? ne(?:livrat|transmis)|mesaj(?:ul)? nu a putut)/,
  // Slavic, Hungarian, Greek, Turkish
  /^(?:недостав|не ?доставлен|не уда[её]тся доставить|не удалось доставить|невозможно доставить|сбой доставки|ошибка доставки|ваше сообщение не|сообщение не (?:было )?доставлен|письмо не|не вдалося|неможливо доставити|не доставлено)/,
  /^(?:niedostarcz|nie (?:można|udało się|dostarczono)|zwrot (?:wiadomości|poczty|nadanej)|nedoručiteln|nedoručen|nelze doručit|zprávu nelze|nepodařilo se doručit|nedoručiteľn|kézbesít|sikertelen kézbesítés|nem kézbesíthető|αποτυχία|δεν (?:ήταν δυνατή|παραδόθηκε)|μη παραδο|teslim edile|iletileme|gönderileme|neisporučen|neuručen|не може да бъде доставен)/,
  // Japanese, Chinese, Korean
  /^.{0,20}(?:配信不能|配信でき|配信失敗|配信に失敗|送信に失敗|配信エラー|送信でき|送信失敗|送信エラー|配達不能|配達でき|エラーメール|不達|宛先不明|退信|退件|无法投递|無法投遞|無法傳遞|无法传递|投递失败|投遞失敗|无法送达|無法送達|传输失败|傳輸失敗|傳送失敗|信件退回|发送失败|寄送失敗|未送达|未能送达|未传递|未能傳遞|(?:배달|전송|전달|발송)되지|(?:배달|전송|전달|발송) ?실패|반송)/,
]);

// Undelivered Mail Returned to Sender   failure notice   Returned mail: User unknown   Undeliverable: Hello
// Mail delivery failed: returning message to sender   Delivery Status Notification (Failure)   DELIVERY FAILURE: User …
const serverSubject =
  /^(?:undelivered mail returned to sender\s*(?:$|[:([])|undeliverable(?: mail| message)?(?::|$)|failure notice$|failure delivery$|returned mail:|mail delivery (?:failed|failure|error|warning|system)(?![a-z])|mail failed, returning|delivery status notification|delivery failure:|delivery notification:|permanent delivery failure|non[- ]?deliver(?:y|able)(?: report| notification)?:|message delivery has failed|mail system error|nondeliverable mail|there was an error sending your mail|unzustellbar:|onbestelbaar:|non remis ?:|non recapitabile:|no entregado:|não entregue:|メール(?:送信|配信)エラー)/;

/** A subject that hardly anybody but a mail server gives to a mail. */
export const isServerSubject = (subject: string): boolean => serverSubject.test(normalise(subject));

// You ann@example.com are not member (example ML)   NOT MEMBER article from ann@example.com   reject mail :…
const listRefusal =
  /^(?:you .{1,200} are not (?:a )?member|not member article from|reject mail\b|fml system error|loop (?:alert|back warning)|your (?:message|post) to .{1,100} (?:was |has been )?(?:rejected|refused))/;
/** A mailing list program's refusal of a post. */
export const isListRefusal = (subject: string): boolean => listRefusal.test(normalise(subject));

/** What notices say in their first lines. */
const failureWords = anyOf([
  /(?:could|can|was|were|has|have|is|did|will)(?: ?not|n't|n.t) (?:been |be )?(?:delivered|deliver|reach|able to deliver|receive a copy|sent|accept(?:ed)?)/,
  /(?:not able|unable) to (?:deliver|be delivered|send|process your (?:mail|message)|complete delivery)|undeliver(?:able|ed)|delivery (?:to|of|attempt).{0,160}(?:fail|delay|abort|postpone|impossible|suspend|unsuccessful)|delivery (?:has )?failed|(?:del[ie]very|mail) (?:failure|errors?|problems?)/,
  /permanent(?: fatal)? (?:delivery )?errors?|returned (?:to (?:the )?sender|below|mail)|failed (?:recipient|address)(?:es|s)?\b|(?:address|recipient)(?:es|s|\(e?s\))?.{0,60}(?:failed|rejected|had .{0,20}(?:errors?|problems?))|(?:has|have|been|was|were) (?:been )?(?:delayed|postponed|rejected|bounced|refused|blocked)|failure reasons?|following error|error (?:was detected|occurred|delivering|sending|during|message below)/,
  /(?:user|recipient|mailbox|address|account|userid|host|domain)(?: name)?(?: is| was)? (?:unknown|not found|unavailable|not recogni[sz]ed|disabled|full|invalid|does not exist)|(?:unknown|no such|invalid|not a valid|illegal)(?: final delivery)? (?:user|recipient|host|address|mailbox)|mailbox is full|over quota|quota exceeded|does(?:n't| not) (?:have an?|exist)|not (?:a )?members? of this|no valid recipients|no mailbox here by that name|\bdeferred: /,
  /(?:will (?:be retried|continue to (?:try|attempt)|keep trying)|warning message only|still being (?:retried|attempted)|giving up|given up|did not like our|may not exist|undeliverable to|stopped delivery of|(?:message|mail) to \S{1,100} bounced)/,
  /(?:unzustellbar|nicht (?:zugestellt|zustellbar|ausgeliefert|übermittelt)|zustellung.{0,60}(?:fehlgeschlagen|verzögert|nicht möglich)|kon(?:den)? niet|niet (?:worden )?(?:afgeleverd|bezorgd)|onbestelbaar|kunde inte|kan inte levereras|leverans misslyckades|levering .{0,60}mislykke[dt]es|toimitus .{0,80}epäonnistui|kan ikke leveres|kunne ikke leveres|ei voitu|ei voida toimittaa)/,
  /(?:n.a pas pu|n.ont pas pu|n.a pu être|n.a pas été (?:remis|distribué|délivré|livré)|impossible de (?:remettre|livrer|distribuer)|non (?:remis|distribué|délivré)|échec (?:de la )?(?:remise|distribution|livraison)|no (?:se )?(?:pudo|ha podido|puede|pudieron|fue posible) (?:ser )?entrega|no (?:pudo|ha podido) ser entregado|non (?:è stato possibile|ha potuto|può essere) (?:recapit|consegn)|impossibile (?:recapitare|consegnare)|não (?:foi possível|pôde|pode) (?:ser )?(?:entreg|envia)|nao p[uo]de ser|nu a putut fi)/,
  /(?:не (?:может|могло|было|удалось|был) (?:быть )?доставл|не доставлен|невозможно доставить|не удалось доставить|не уда[её]тся доставить|сбой доставки|nie (?:można|mogła|udało się|została).{0,30}(?:dostarcz)|nelze doručit|nebyla? doruč|nem (?:sikerült )?kézbesít|kézbesíthetetlen|δεν (?:ήταν δυνατή|μπόρεσε|παραδόθηκε)|ενδέχεται να μην υπάρχει|teslim edileme|iletileme|gönderileme)/,
  /(?:送信でき|配信でき|配達でき|送信に失敗|配信に失敗|届きません|送信エラー|エラーのため|存在しません|エラーメッセージ|无法(?:被?发送|投递|送达|传递)|無法(?:發送|投遞|送達|傳遞|傳送|寄達|寄送)|投递失败|传递失败|传输失败|退信|退回|(?:배달|전송|전달|발송)되지|전송하지 못|배달하지 못|보내지 못)/,
]);

/** A subject that a mail server gives to a delivery report. */
export function isFailureSubject(subject: string): boolean {
  return failureSubjects.test(normalise(subject));
}

/** Whether a text speaks of a mail that did not arrive. */
export function hasFailureWords(text: string): boolean {
  return failureWords.test(squeezeBlanks(text.slice(0, 6_000).toLowerCase()));
}

const delayWords =
  /has (?:not yet been|been) (?:delayed|delivered because|postponed)|not yet been delivered|(?:delivery|message|mail)\b.{0,80}\b(?:delayed|postponed|deferred)|is delayed|warning message only|just a warning|advisory-only|will (?:continue|keep) (?:to )?(?:try|trying|attempt)|will be (?:retried|attempted again)|still (?:trying|being)|delivery attempts will continue|no action is required|do(?:es)? not need to (?:take any action|resend)|could not (?:be sent|send(?: message)?) (?:for|in) (?:the )?past|temporarily (?:undeliverable|unable)|verzögert|retardé|différé|retrasad|ritardo|atrasad|vertraagd|försenad|forsinke|opóźni|задерж|отложен|遅延|再送|延迟|延遲|지연/;
const givenUpWords =
  /giv(?:en|ing) up|permanent(?:ly)? (?:fatal )?(?:error|fail)|permanent error|too long|expired|will not be retried|no further (?:attempts|delivery)|was aborted|not going to try again|cannot send message for|returned to sender|undelivered mail returned/;

/** Whether a notice says that delivery is late rather than failed: more attempts will follow. */
export function isDelay(subject: string, notice: string): boolean {
  const words = squeezeBlanks(`${subject.slice(0, 300)} ${notice.slice(0, 3_000)}`.toLowerCase());
  return delayWords.test(words) && !givenUpWords.test(words);
}

const successWords =
  /(?:successful(?:ly)?|was|been|were) (?:mail )?(?:delivered|delivery|relayed)|delivery to these recipients or groups is complete|delivery status notification \((?:success|relay)/;

/** Whether a notice says that the mail arrived, or went on to a server that reports no more. */
export function isSuccess(subject: string, notice: string): boolean {
  const words = squeezeBlanks(`${subject.slice(0, 300)} ${notice.slice(0, 1_000)}`.toLowerCase());
  return (
    successWords.test(words) && !/not (?:be |been )?(?:successfully )?delivered|fail|undeliver|unable|error/.test(words)
  );
}
