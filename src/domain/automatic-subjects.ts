// Subjects that only machines write: out-of-office notices, read receipts, calendar replies, challenges, complaints.
// A client may write about such things too ("Out of office replies do not work"), so the phrase must stand at the
// start and be followed by what these programs put there.

import { rememberLast } from '../text/remember-last.ts';

/** Phrases of out-of-office notices and automatic replies, lower case, by language; each may also stand in brackets. */
const vacationPhrases = [
  // Automatic reply: Hello   AutoReply: …   Auto Response   Out of Office AutoReply: …   Vacation response
  'auto(?:matic(?:ally)?|mated)?(?: generated)?[- ]?(?:reply|replies|response|responder|respond|answer|message|acknowledge?ment)(?: from [^:]{1,60})?',
  'yahoo! auto response',
  '(?:i.?a?m |i will be |we are )?(?:currently |temporarily )?(?:away|out)[- ]of(?:[- ]the)?[- ]office',
  // Ann Lee is out of the office. (returning 03/04/2024)   AUTO: Ann Lee ist außer Haus (Rückkehr am 03.04.2024)   (Notes)
  "(?:auto: )?[\\p{L}\\p{M}.'/ -]{2,60} (?:is|ist) (?:currently |derzeit )?(?:out of (?:the )?office|on (?:vacation|holidays?|(?:parental |maternity |sick |annual )?leave)|außer haus|nicht im (?:büro|haus)|im urlaub)",
  'out[- ]?of[- ]?(?:the[- ]?)?office|ooo|(?:i.?m |i am )?away from (?:my |the )?(?:desk|office|mail|e-?mail)|not in (?:the )?office',
  '(?:vacation|holiday|absence) (?:auto-?)?(?:reply|response|notice|message|notification)|(?:i.m|i am|we are) (?:currently )?on (?:vacation|holidays?|(?:parental |maternity |sick |annual )?leave)',
  '(?:i.?m|i am) (?:currently )?(?:away|out|absent|travell?ing|unavailable)',
  // Automatische Antwort: …   Abwesenheitsnotiz: …   Nicht im Büro
  'auto(?:matische|m\\.)? ?-?(?:e-?mail-?)?(?:rückmeldung|antwort(?: auf ihre (?:e-?mail|mail|nachricht|anfrage))?|rückantwort|mail|nachricht|benachrichtigung)|automatisches antwortschreiben|(?:urlaubs|automatische )?abwesenheit(?:snotiz|smeldung|sassistent|sbenachrichtigung|snachricht|shinweis|sagent)?|(?:ich )?(?:bin |werde )?(?:derzeit |zur ?zeit |momentan )?(?:(?:bis|ab|vom|von)(?: zum)? [^:]{1,40} )?(?:nicht im (?:büro|haus)|außer haus|abwesend|im urlaub)(?: sein)?|urlaubs(?:notiz|meldung|benachrichtigung)|eingangsbestätigung(?: (?:ihrer|deiner|zu ihrer) (?:e-?mail|nachricht|anfrage))?',
  // Réponse automatique : …   Absence du bureau   Message d'absence
  '(?:auto-?)?r[ée]ponse (?:automatique(?: d.absence)?|auto|d.absence)|auto-?réponse|répondeur automatique|message (?:automatique|d.absence)|absence du bureau|(?:je suis )?absente? du bureau|(?:je suis )?(?:actuellement )?(?:absent|en congés?|en vacances)|notification d.absence|hors du bureau|accus[ée] de réception automatique',
  // Respuesta automática: …   Fuera de la oficina   Ausencia
  '(?:respuesta|resp\\.|contestación) autom[áa]tica|auto-?respuesta|respuesta de ausencia|mensaje de ausencia|(?:estoy )?fuera de (?:la )?oficina|mensaje automático|(?:estoy )?(?:de vacaciones|ausente)|ausencia de la oficina',
  // Risposta automatica: …   Fuori ufficio   Assente
  'risposta automatica|rispost[ae] automatic[ah]e?|risponditore automatico|(?:sono )?fuori (?:ufficio|sede)|(?:sono )?(?:assente|in ferie)|assen(?:za|te) dall.ufficio|messaggio automatico|notifica di assenza',
  // Resposta automática: …   Fora do escritório   Ausência temporária
  'resposta autom[áa]tica(?: de ausência)?|auto-?resposta|(?:estou )?(?:ausente|fora) d[eo] (?:escritório|escritorio|gabinete)|mensagem automática|ausência (?:do escritório|temporária)|ausente|(?:estou )?(?:de|em) f[ée]rias|fora da oficina|resposta automàtica|fora de l.oficina',
  // Automatisch antwoord: …   Afwezig   Niet aanwezig
  'automati(?:sch|sche) (?:antwoord|beantwoording|bericht|reactie|reply|e-?mail)|(?:ik ben )?afwezig(?:heid)?(?:sbericht|smelding|sassistent)?|(?:ik ben )?niet (?:op kantoor|aanwezig)|ik ben (?:op|met) vakantie|buiten kantoor|ontvangstbevestiging',
  // Autosvar: …   Automatiskt svar: …   Frånvaro   Automatisk svar   Fraværende   Ikke på kontoret   Poissaoloilmoitus
  'auto-?svar|automati(?:sk|skt) (?:svar|besvarelse|meddelande|besked)(?: (?:fra|från) [^:]{1,60})?|frånvaro(?:meddelande|besked)?|frånvarande|ej på kontoret|inte på kontoret|fravær(?:sassistent|smelding|sbesked|ende|svar)?|ikke (?:på kontoret|til stede|til stede)|(?:jeg er |jag är )?på (?:ferie|semester)|(?:olen )?lomalla|(?:jeg er )?ute av kontoret|automaattivastaus|automaattinen (?:vastaus|poissaoloviesti)|poissaolo(?:ilmoitus|viesti)?|poissa(?: toimisto(?:lta|sta))?|automaatvastus|kontorist väljas|sjálfvirkt svar|automātisk[aā] atbilde|automatinis atsakymas',
  // Automatyczna odpowiedź   Poza biurem   Automatická odpověď   Mimo kancelář   Samodejni odgovor   Automatski odgovor
  '(?:automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|autoresponder|poza biurem|nieobecność(?: w biurze)?|(?:jestem )?nieobecn[ya]|(?:jestem )?na urlopie)|automatick[áa] odpov[ěe]ď|mimo kancel[áa][řr](?:i[uae]?|ie)?|(?:jsem |som )?na dovolen(?:é|ej|ke)|nepřítomnost(?: v kanceláři)?|nepr[íi]tomnos[ťt]|samodejni odgovor|automatski odgovor|automatsk[ai] odgovor|odsut(?:an|na|nost)|van ureda',
  // Автоматический ответ: …   Ответ автоматически   Вне офиса   Автоматична відповідь   Автоматичен отговор
  'авто(?:матический |-)?ответ(?:чик)?|ответ автоматически|автоматическ(?:ий|и|ое) (?:ответ|сообщение|уведомление)|вне офиса|отсутств(?:ую|ие|ует)(?: на рабочем месте| в офисе)?|(?:я )?в отпуске|(?:меня )?нет (?:на (?:рабочем )?месте|в офисе)|(?:я )?у відпустці|автоматична відповідь|автовідповідь|поза офісом|автоматичен отговор|аутоматски одговор|автоматски одговор|аўтаматычны адказ|извън офиса',
  // Automatikus válasz   Házon kívül   Răspuns automat   Otomatik yanıt   Αυτόματη απάντηση   Εκτός γραφείου
  'automatikus (?:válasz|üzenet)|házon kívül|(?:irodán|munkahelyen) kívül|szabadságon(?: vagyok)?|nem vagyok az irodában|(?:sunt )?în concediu|i̇?zindeyim|r[ăa]spuns automat|în afara biroului|plecat din birou|absent(?:ă)? de la birou|otomatik (?:yanıt|cevap|yanit)|ofis d[ıi]şında|(?:ofiste|iş yerinde) değil|i̇?ş ?yeri dışında|avtomatik cavab|αυτόματη απάντηση|εκτός γραφείου|απουσία(?: από το γραφείο)?|përgjigje automatike|erantzun automatikoa|mensaxe automática',
  // 自动回复: …   自動回覆   自動返信   不在通知   자동 회신   부재중   מענה אוטומטי   رد تلقائي
  '(?:您好，?)?自[动動][回答][复覆復]|自動(?:応答|返信|回信|送信)(?:メール)?|不在(?:の(?:お知らせ|連絡|ご連絡|通知)|通知|連絡|届|中)?|休暇(?:中(?:です)?|のお知らせ)|外出中|外出(?:时的?)?(?:自[动動])?回[复覆]|不在(?:办公室|辦公室)|假期自[动動]回[复覆]|休假[自]?[动動]?[回]?[复覆]?|자동 ?(?:회신|응답|답장)|부재 ?중(?: 자동 ?(?:회신|응답))?|외출 중|תשובה אוטומטית|מענה אוטומטי|מחוץ למשרד|לא במשרד|(?:ال)?رد (?:ال)?تلقائي|خارج المكتب|پاسخ خودکار|trả lời tự động|thư trả lời tự động|ngoài văn phòng|(?:การ)?ตอบกลับอัตโนมัติ|ตอบ(?:รับ)?อัตโนมัติ|ไม่อยู่ที่สำนักงาน|balas(?:an)? (?:otomatis|automatik)|jawapan automatik|awtomatikong tugon|outomatiese antwoord|di luar kantor|स्वचालित (?:उत्तर|जवाब)|স্বয়ংক্রিয় উত্তর',
];
// Words that clients use as well: only with the colon, the end in brackets or the date that programs put after them.
const vacationWords =
  'vacation|absence|absente?|away|відпустка|外出|(?:met|op) vakantie|semester(?= till)|ferie(?= til)|on (?:vacation|holidays?|(?:annual |sick )?leave)|(?:parental|maternity|sick|annual) leave|urlaub|congés|vacaciones|ausencia|ausência|f[ée]rias|assenza|urlop|dovolená|отпуск|szabadság|休暇|休假';

// What these programs put after the phrase: "AutoReply", the end, punctuation, a date, "until", the subject answered.
const noun =
  '(?: (?:auto-?(?:reply|response)|automatic (?:reply|response)|reply|replies|response|message|notice|notification|assistant|e-?mail))?';
const mark =
  '\\s?(?:\\([a-z]{2}\\))?\\s?(?:$|[:：;!|–—\\])}】」]|-\\s|\\.{1,3}(?:\\s|$)|\\([^)]{1,40}\\)$|[([]\\s?(?:re|was|aw|fw|fwd|returning|rückkehr|until|bis)\\b)';
const day =
  '(?:\\d|mon|tue|wed|thu|fri|sat|sun|today|tomorrow|the \\d|jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|lundi|mardi|lunes|lunedì|le \\d|el \\d|il \\d)';
// Words that clients put behind such a phrase too want a day: "absent du 3 au 5 avril", but "absent du planning".
const date = `\\s+(?:(?:re|aw|sv|antw|fw|until|till|thru|through|today|this|next|bis|ab dem|jusqu|hasta|fino|até|tot|vanaf|till|til|до|\\d{1,4})(?![\\p{L}\\p{N}])|(?:from|since|starting|beginning|as of|vom|du|depuis|del|desde|dal|van|från|fra|od|do|с|по) ${day})`;
const start = '^[\\s*[({<"\'【「=-]{0,6}';
const anyPhrase = new RegExp(`${start}(?:${vacationPhrases.join('|')})${noun}(?:${mark}|${date})`, 'u');
const anyWord = new RegExp(`${start}(?:${vacationWords})(?:\\s?[:：\\])】]|${date})`, 'u');
// Auto: Re: Hello (Dovecot Pigeonhole's vacation); "Auto: Mietwagen" is a German client's car.
const prefixed = /^auto ?: ?(?:(?:re|aw|sv|antw|fwd?) ?:|\[|out of (?:the )?office)/;
// Re: Hello [Auto-Reply]   Hello (out of office)
const bracketed =
  /[[(【](?:auto(?:matic)?[- ]?(?:reply|response|generated)|out of (?:the )?office|ooo|vacation|autosvar|automatische antwort|réponse automatique|respuesta automática|自动回复|自動返信)[\])】]/;
// Re: Hello - Out of Office   Bank Holiday Auto Response
const atTheEnd = / - (?:out of (?:the )?office|auto(?:matic)?[- ]?(?:reply|response))$|\bauto[- ]?respon(?:se|der)$/;
// Thank you for your email.   Thank you for contacting Example   Danke für Ihre Nachricht   お問い合わせありがとうございます
const thanks =
  /^(?:【[^】]{1,20}】\s?)?(?:(?:thank you|thanks) for (?:your (?:e-?mail|message|inquiry|enquiry|submission)|contacting|e-?mailing)|(?:vielen dank|danke) für ihre (?:nachricht|e-?mail|anfrage)|merci (?:pour|de) votre (?:message|e-?mail|mail)|gracias por (?:(?:su|tu) (?:mensaje|correo|e-?mail)|contactar)|grazie per averci|obrigad[oa] p(?:or|el[oa]) (?:seu|sua|entrar em) (?:contato|e-?mail|mensagem)|bedankt voor (?:uw|je) (?:bericht|e-?mail)|tack för ditt (?:mail|mejl|meddelande)|ta(?:k|kk) for din (?:henvendelse|mail|e-?post)|dziękujemy za (?:wiadomość|kontakt|zgłoszenie)|спасибо за (?:ваше )?(?:обращение|письмо|сообщение)|お問い合わせ(?:いただき|頂き)?ありがとう|感谢您的(?:来信|邮件|咨询)|문의해 주셔서 감사)/;
// We have received your message   Your request has been received   Ihre Anfrage ist bei uns eingegangen   Request received: …
const received =
  /^(?:we(?:'ve| have) received your (?:e-?mail|message|request|inquiry|enquiry)$|your (?:e-?mail|message|request|inquiry|enquiry|ticket) (?:has been|was) (?:received|registered|logged)|(?:request|ticket|case) (?:received|created|opened): |ihre (?:nachricht|e-?mail|anfrage) ist (?:bei uns )?eingegangen|wir haben ihre (?:nachricht|e-?mail|anfrage) erhalten|votre (?:message|demande|e-?mail) a bien été (?:reçue?|enregistrée?)|hemos recibido su (?:mensaje|correo|solicitud)|abbiamo ricevuto la (?:tua|sua) (?:richiesta|e-?mail)|recebemos (?:a )?sua (?:mensagem|solicitação)|wij hebben uw (?:bericht|e-?mail|aanvraag) ontvangen|ваше (?:обращение|письмо|сообщение) (?:получено|зарегистрировано|принято)|お問い合わせを受け付け|您的邮件(?:我们)?已(?:经)?收到)/;

// [EXTERNAL] Automatic reply: …   EXT: Out of office: …   (a gateway's mark for mail from outside)
const outsideMark =
  /^(?:[[{(*<]{1,3} ?(?:external|extern[eo]?|ext|caution)(?: (?:e-?mail|sender|mail))?:? ?[\]})*>]{1,3}|ext(?:ern(?:al)?)?:) ?/;

/** Lower case, one form of letters, spaces and quotation marks; at most 300 characters. */
export const normaliseSubject = rememberLast((subject: string): string =>
  subject
    .slice(0, 300)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s\u00a0]+/g, ' ')
    .replace(/[’‘´`]/g, "'")
    .trim()
    .replace(outsideMark, ''),
);

// On vacation   On maternity leave
const onLeave = /^on (?:vacation|holidays?|(?:(?:parental|maternity|paternity|sick|annual) )?leave)$/;

const certain = [anyPhrase, prefixed, bracketed, atTheEnd];
// People write them as well, of themselves or in thanks.
const likely = [anyWord, onLeave, thanks, received];

/** An out-of-office notice or another automatic reply, by its subject alone. */
export const isVacationSubject = rememberLast((subject: string): boolean => {
  const words = normaliseSubject(subject);
  return certain.some((pattern) => pattern.test(words)) || likely.some((pattern) => pattern.test(words));
});

// I am away next week   Ich bin im Urlaub   Estoy de vacaciones
const firstPerson = /^(?:i.?a?m|i will be|we are|ich bin|je suis|estoy|sono|estou|ik ben|jeg er|jag är|olen|jestem|я) /;
/** A subject of an automatic reply that people write as well: the text decides whether they ask for something. */
export function isPersonsSubjectToo(subject: string): boolean {
  const words = normaliseSubject(subject);
  return firstPerson.test(words) || !certain.some((pattern) => pattern.test(words));
}

// Subjects that clients write as well: Absence   On leave   Holiday closure   Urlaub   休暇
const absence =
  /\b(?:absen[ct]|away|leave|vacation|holiday|closed (?:for|until|from|over|on)|closure|(?:un|not )available)|urlaub|abwesen|betriebsferien|congé|vacances|ausen|vacacion|férias|\bferie|assen[zt]|afwezig|vakantie|semester|frånvar|fravær|\bloma|urlop|nieobecn|dovolen|nepřítom|szabadság|concediu|отпуск|отсутств|відпустк|\bizin|άδεια|休暇|不在|休假|부재|휴가/;
/** A subject that speaks of an absence; the text must sound like a program's answer as well (automatic-texts.ts). */
export const mentionsAbsence = (subject: string): boolean => absence.test(normaliseSubject(subject));

// Accepted: Meeting   Zugesagt: …   Accepté : …   Aceptado: …   Accettato: …   承諾: …
const calendarReply =
  /^(?:accepted|declined|tentative(?:ly accepted)?|new time proposed|zugesagt|abgelehnt|mit vorbehalt(?: zugesagt)?|angenommen|abgesagt|vorläufig|accept[ée]e?|refus[ée]e?|provisoire|aceptad[ao]|rechazad[ao]|provisional|accettat[ao]|rifiutat[ao]|provvisorio|aceite|aceito|recusad[ao]|provisório|geaccepteerd|geweigerd|afgewezen|voorlopig|accepterat|avböjt|accepteret|afvist|akseptert|avslått|hyväksytty|hylätty|zaakceptowano|odrzucono|przijato|přijato|odmítnuto|принято|отклонено|elfogadva|elutasítva|kabul edildi|reddedildi|承諾|承認|辞退|已接受|已谢绝|已拒絕|수락|거절) ?[:：]/;
/** The answer to an invitation, as calendars write it. */
export const isCalendarReplySubject = (subject: string): boolean => calendarReply.test(normaliseSubject(subject));

// Acknowledgement of receipt   Automatische Empfangsbestätigung   Accusé de réception   Acuse de recibo
const receipt =
  /^(?:(?:automatic |auto )?(?:acknowledge?ment|confirmation) of receipt|(?:automatische )?empfangsbestätigung|accusé de réception|acuse de recibo|conferma di (?:ricezione|ricevimento)|confirmação de (?:recebimento|receção|recepção)|ontvangstbevestiging|kvittering|mottagningsbekräftelse|potwierdzenie (?:otrzymania|odbioru)|подтверждение получения)/;
/** Says that a mail came in; the text must say so too, for clients ask for such receipts. */
export const isAcknowledgementSubject = (subject: string): boolean => receipt.test(normaliseSubject(subject));

// Read: Hello   Not read: …   Gelesen: …   Lu : …   Leído: …   Letto: …   開封済み: …   Return Receipt (displayed) - Hello
const readReceipt =
  /^(?:(?:not )?read ?:|(?:un)?gelesen ?:|(?:nicht )?gelesen ?:|read receipt|return receipt|disposition notification|lesebestätigung|empfangsbestätigung|(?:non )?lu ?:|accusé de (?:lecture|réception)|confirmation de lecture|(?:no )?leído ?:|confirmación de lectura|acuse de recibo|letto ?:|conferma di lettura|ricevuta di ritorno|lid[ao] ?:|confirmação de leitura|recibo de leitura|gelezen ?:|leesbevestiging|läst ?:|läskvitto|læst ?:|lest ?:|luettu ?:|przeczytano ?:|potwierdzenie|přečteno ?:|проч(?:ита|те)но ?:|уведомление о прочтении|отчет о прочтении|olvasva ?:|okundu ?:|開封|已读|已讀|읽음)/;
/** A read receipt by its subject; the text must say so too, for "Read: the manual" is a client's subject as well. */
export const isReadReceiptSubject = (subject: string): boolean => readReceipt.test(normaliseSubject(subject));

// complaint about message from 192.0.2.1   Email Feedback Report for IP 192.0.2.1   Report Domain: … Submitter: …
// Not "Abuse report" and "Spam complaint": clients of a provider write those.
const complaint =
  /^(?:fwd?: ?)?(?:complaint about message from|e-?mail feedback report|feedback loop (?:report|notification|complaint)|fbl[: ]|(?:\[[^\]]{1,40}\] ?)?report domain: )/;
/** A report of a feedback loop (spam complaint) or a DMARC aggregate report. */
export const isComplaintSubject = (subject: string): boolean => complaint.test(normaliseSubject(subject));

// Please confirm that you sent …   Your email to ann@client.test requires verification verify#…   Re: Hello [SpamArrest]
const challenge =
  /^(?:(?:re|aw): ?)?(?:please (?:confirm|verify|authenticate) (?:that )?(?:you sent|your (?:e-?mail|message|mail)(?: to |$))|your (?:e-?mail|message|mail)\b.{0,80}\b(?:requires (?:confirmation|verification|approval|authori[sz]ation)|is being held|is awaiting|was quarantined)|sender (?:verification|confirmation|authori[sz]ation)(?: (?:required|request(?:ed)?|needed|for)|:|$)|message confirmation (?:required|request)|.{0,120}\bverify#|.{0,120}\[(?:spam ?arrest|boxbe|tmda|qurb|spamblocker)|action required to deliver your|spamarrest|.{0,120}\bboxbe\b)/;
/** A sender-verification challenge. */
export const isChallengeSubject = (subject: string): boolean => challenge.test(normaliseSubject(subject));
