// What automatic replies say in their first lines. Clients report such texts too ("I always get: this is an automatic
// reply"), so only the beginning of a sentence counts, and nothing below a quotation or in a forward.

import { htmlToText } from '../text/html.ts';
import { squeezeBlanks } from '../text/squeeze.ts';
import { isAcknowledgementSubject } from './automatic-subjects.ts';
import { isForwardSubject } from './forward-subject.ts';
import type { InboundMessage } from './message.ts';

const maxLines = 25;
const maxHtml = 20_000;
// Below the greeting and what follows it, a text is likely one that a client shows.
const mostParagraphs = 3;

/** A quotation, a rule or a header block: the words below are somebody else's. */
const isElses = (line: string): boolean =>
  /^\s{0,3}(?:>|--\s?$|-{3,}|_{3,})/.test(line) ||
  (line.includes('@') && /^\s{0,3}\*?[\p{L} ]{2,20}:\*? .*@/u.test(line));

/** The first lines that the sender wrote, a paragraph a string, in lower case; `[]` for a forward. */
export function readOpening(message: InboundMessage): string[] {
  if (isForwardSubject(message.subject)) return [];
  const { text, html } = message;
  const start = (text ?? '').trim() === '' ? htmlToText((html ?? '').slice(0, maxHtml)) : (text ?? '');
  const lines: string[] = [];
  for (const line of start.trimStart().slice(0, 4_000).split('\n', maxLines)) {
    if (isElses(line)) break;
    lines.push(line.trim());
  }
  return lines
    .join('\n')
    .toLowerCase()
    .replace(/[’`´]/g, "'")
    .split(/\n\s*\n/)
    .map(squeezeBlanks)
    .filter((paragraph) => paragraph.trim() !== '');
}

// This is an automatic reply.   This is an automated response from …   *** This is an automatically generated e-mail ***
// I apologize for this automatic reply to your email.   Diese E-Mail wurde automatisch erstellt.
const declares =
  /^[\s*[(!#※■（【-]{0,8}(?:(?:please note:? )?this is an? (?:auto(?:matic(?:ally)?|mated)?[- ]?(?:generated )?)(?:reply|response|message|mail|e-?mail|notification|acknowledge?ment|answer)|i apologi[sz]e for this automatic reply|(?:dies|das) ist eine (?:automatische|automatisch (?:erzeugte|generierte)) (?:antwort|nachricht|e-?mail|mail)|ceci est (?:une réponse|un message|un courriel|un e-?mail) (?:automatique|généré automatiquement)|est[ea] (?:es una? )?(?:respuesta|mensaje|correo)(?: es)? (?:autom[áa]tic[ao]|generad[ao] automáticamente)|questo è un messaggio automatico|questa è una risposta automatica|esta é uma (?:resposta|mensagem) automática|dit is een automatisch (?:antwoord|bericht|gegenereerd)|detta är ett automatiskt|(?:dette|det(?:te)? her) er et? automatisk|tämä on automaattinen|to jest (?:automatyczna|wiadomość (?:automatyczna|wygenerowana))|toto je automatick|это автоматический ответ|данное (?:письмо|сообщение) (?:сгенерировано|отправлено|создано) автоматически|bu (?:otomatik|mesaj otomatik|e-?posta otomatik)|本邮件(?:为|由)系统自动|这是一封自动|自[动動]回[复覆]|此(?:邮件|郵件|信)(?:为|為|由)系[统統]自[动動]|このメールは.{0,10}自動|이 (?:메일|메시지)(?:은|는) 자동)/;
// This message was generated automatically   Diese Nachricht wurde automatisch erzeugt, not that of a form on a site:
// behind that stands a client.
const generated =
  /^[\s*[(!#-]{0,8}(?:(?:please )?note:? )?(?:this (?:e-?mail|message|notification|reply|response) (?:was|is|has been) (?:auto(?:matically|-)?[- ]?(?:generated|sent|created)|(?:generated|sent|created) automatically)|diese (?:e-?mail|mail|nachricht|antwort) (?:wurde|ist|wird) (?:automatisch|maschinell) (?:erstellt|erzeugt|generiert|versandt|verschickt|versendet)|ce (?:message|mail|courriel|mél) (?:a été|est) (?:envoyé|généré) automatiquement|este (?:mensaje|correo) (?:ha sido|fue) (?:generado|enviado) automáticamente|questa (?:e-?mail|mail) è (?:stata )?generata automaticamente|esta mensagem foi (?:gerada|enviada) automaticamente)(?!.{0,80}form)/;
// Please do not reply to this message.   Bitte antworten Sie nicht auf diese E-Mail.   Merci de ne pas répondre à ce message
// Not: Please do not reply to this address but to …
const refusesReplies =
  /(?:^|[\s*[(!#-])(?:(?:please )?do not (?:reply|respond) (?:directly )?to this (?:automated |automatic |e-?mail |auto-?generated )?(?:e-?mail|message|mail|notification|reply)|bitte antworten sie nicht (?:direkt )?auf diese (?:e-?mail|mail|nachricht)|(?:merci de|veuillez|prière de) ne pas (?:y )?répondre(?: à ce (?:message|mail|courriel)| directement à ce (?:message|mail))?|(?:por favor,? )?no responda (?:a )?este (?:mensaje|correo)|(?:si prega di )?non rispondere a questa (?:e-?mail|mail)|(?:por favor,? )?não responda (?:a )?est[ea] (?:mensagem|e-?mail)|gelieve niet te antwoorden op dit bericht|prosimy nie odpowiadać na tę wiadomość|(?:пожалуйста, )?не отвечайте на это (?:письмо|сообщение)|(?:this|the) (?:mailbox|address|inbox|e-?mail address|account) is (?:not monitored|unmonitored|unattended)|请勿(?:直接)?回复(?:本|此)邮件|請勿(?:直接)?回覆|(?:この|本)メールに(?:は)?(?:返信|ご返信)(?:しない|でき|いただ|され))(?:\s?(?:[.!)*。]|$)| (?:as|because|since|-|–))/;

// Thank you for contacting us.   We have received your request   Vielen Dank für Ihre Anfrage
const thanks =
  /^(?:(?:hello|hi|dear|hallo|guten tag|bonjour|hola|buongiorno|olá|sehr)\b.{0,60}?[,!:;] ?)?(?:thank(?:s| you)(?: very much| so much)? for (?:your (?:e-?mail|mail|message|inquiry|enquiry|request|interest|submission|report|contact)|contacting|e-?mailing|getting in touch|reaching out|writing)|vielen dank für (?:ihre|deine) (?:nachricht|e-?mail|mail|anfrage|mitteilung|kontaktaufnahme)|merci (?:pour|de) (?:votre (?:message|mail|e-?mail|courriel|demande)|nous avoir contacté)|gracias por (?:contactar|su (?:mensaje|correo|consulta)|ponerse en contacto)|grazie per (?:averci contattat|il (?:tuo|suo) messaggio|la (?:tua|sua) (?:e-?mail|richiesta))|obrigad[oa] p(?:or|el[oa]) (?:entrar em contato|se[u] (?:contato|e-?mail)|sua mensagem)|bedankt voor (?:uw|je) (?:bericht|e-?mail|mail|aanvraag)|tack för (?:ditt|din) (?:mail|mejl|meddelande|e-?post)|ta(?:k|kk) for (?:din|deres) (?:henvendelse|mail|e-?post)|dziękujemy za (?:wiadomość|kontakt|przesłanie|zgłoszenie)|děkujeme za (?:váš|vaši|zprávu)|(?:спасибо|благодарим(?: вас)?) за (?:ваше )?(?:обращение|письмо|сообщение)|(?:この度は、?)?お問い合わせ(?:を)?(?:いただき|頂き|ありがとう)|感谢您的(?:来信|邮件|咨询|反馈))/;
// We have received your request   Your message has been received   Ihre Anfrage ist bei uns eingegangen
const received =
  /we(?:'ve| have) (?:created|opened|logged) (?:a (?:new )?)?(?:ticket|case|request)|we(?:'ve| have) (?:successfully )?received your (?:e-?mail|message|request|inquiry|enquiry|query|ticket|case|submission|support request)|your (?:e-?mail|message|request|inquiry|enquiry|query|ticket|case|incident|submission|support request)(?: \(?[#\w-]{1,20}\)?)? (?:has been|was|is) (?:successfully )?(?:received|registered|created|logged|opened|submitted)|(?:ticket|case|support request|request for support) (?:has been|was) (?:created|opened|logged)|wir haben ihre (?:nachricht|e-?mail|mail|anfrage) erhalten|ihre (?:nachricht|e-?mail|anfrage) (?:ist bei uns eingegangen|wurde (?:registriert|erfasst|empfangen))|nous accusons réception de votre|(?:nous avons bien reçu|avons bien reçu) votre|hemos recibido su (?:mensaje|correo|solicitud|consulta)|abbiamo ricevuto la (?:tua|sua) (?:e-?mail|richiesta)|recebemos (?:a )?sua (?:mensagem|solicitação)|(?:we|wij) hebben (?:uw|je) (?:bericht|e-?mail|aanvraag) ontvangen|vi har (?:tagit emot|mottagit|modtaget|mottatt) (?:ditt|din)|(?:ваше|ваш) (?:обращение|письмо|запрос|заявка) (?:получен|зарегистрирован|принят)|お問い合わせを受け付け|您的邮件(?:我们)?已(?:经)?收到/;
// Your ticket number is 4711   Ticket-Nr.: …   Ihre Vorgangsnummer lautet …
const numbers =
  /(?:(?:ticket|case|request|reference|tracking|incident|vorgangs|anfrage)[- ]?(?:number|no\b|nr\b|id\b|nummer|#)|numéro de (?:ticket|dossier|demande)|número de (?:ticket|caso|solicitud|protocolo)|номер (?:заявки|обращения|тикета)|受付番号|工单).{0,15}?[\d[]|(?:created and |been )assigned #\d/;
// A member of our team will respond   Your email will be answered by a human   We'll get back to you within two days
const assures =
  /an? (?:\w{1,20} )?(?:engineer|agent|specialist|representative|colleague) will|(?:a member of our|someone (?:from|on) our|our (?:support |customer )?(?:team|staff|agents?)|one of our \w{1,20})\b.{0,60}\bwill|(?:is|are) (?:currently )?being (?:reviewed|processed|handled)|will be (?:answered|processed|handled|dealt with|assigned)|we(?:'ll| will) (?:get back to you|be in touch|contact you|(?:respond|reply|answer)(?: to (?:you|your)| as soon| within| shortly))|we (?:aim|strive|try|endeavou?r) to (?:respond|reply|answer)|melden uns|(?:werden|wird) .{0,60}(?:bearbeite|beantworte|antworten|melden|in verbindung setzen)|schnellstmöglich|dans les (?:plus brefs|meilleurs) délais|lo antes posible|a la (?:mayor )?brevedad|(?:al più presto|il prima possibile)|o mais (?:breve|rápido) possível|assim que possível|zo (?:spoedig|snel) mogelijk|så snart som|snarest muligt|jak najszybciej|co nejdříve|в ближайшее время|折り返し|担当者より|尽快/;

// I am out of the office   I will be on annual leave   Ich bin bis 3. April im Urlaub   Je suis absent du bureau
const absent =
  /(?:^|[.!,:;] |\n)(?:(?:i am|i'm|i will be|i'll be|we are) (?:currently |presently |now )?(?:out sick|attending .{1,40}|in training|out of (?:the |my )?office|away|on (?:\w{1,12} )?(?:leave|vacation|holidays?)|not in the office|closed|not available|unavailable|travell?ing)|(?:our|the) office (?:is|will be) closed)|unser büro ist .{0,60}geschlossen|ich bin erst ab .{1,30} wieder (?:im (?:büro|haus)|erreichbar|da\b)|(?:e-?mails?|nachrichten?) (?:wird|werden) (?:automatisch )?nicht weitergeleitet|ich befinde mich .{0,60}im urlaub|wir haben .{0,40}(?:betriebsferien|geschlossen)|ich bin .{0,60}(?:nicht im (?:büro|haus)|im urlaub|abwesend|nicht erreichbar|außer haus)|(?:je suis|je serai) .{0,40}(?:absent|en congés?|en vacances|en déplacement)|actuellement (?:en congés?|absente?|en déplacement)|estoy (?:ausente|de vacaciones|fuera)|estaré (?:ausente|de vacaciones|fuera)|(?:sono|sarò) (?:assente|in ferie|fuori)|(?:estou|estarei) (?:ausente|de férias|em férias|fora)|ik ben .{0,40}(?:afwezig|niet aanwezig|niet op kantoor|met vakantie|op vakantie|met verlof)|jag (?:är|har) .{0,30}(?:semester|ledig|borta|frånvarande)|jeg (?:er|har|holder) .{0,30}(?:ferie|fraværende|bortrejst|ute av kontoret)|olen .{0,20}(?:lomalla|poissa)|(?:jestem|przebywam) .{0,20}(?:nieobecn|na urlopie)|(?:jsem|som) .{0,20}(?:mimo kancelář|na dovolen)|szabadságon vagyok|у відпустці|sunt în concediu|izindeyim|(?:я|нахожусь) .{0,20}(?:в отпуске|отсутствую)|(?:λείπω|απουσιάζω)|休暇を(?:いただ|取|頂)|不在に(?:して|いたし)|休業中|休業(?:いたし|とさせ)|休暇中|休假|出差|휴가 ?중|부재 ?중/;
// I will reply on my return   limited access to e-mail   In urgent cases …   wird nicht weitergeleitet
const promises =
  /(?:on|upon|after|when i) (?:my )?return|returning|in my absence|not be(?:ing)? forwarded|contact my (?:colleague|team)|(?:i )?will return|(?:limited|no) access to|(?:for|in|with|of) (?:any )?(?:urgent|immediate|emergency) (?:matters?|cases?|issues?|assistance|enquir|inquir|request)|will (?:be back|get back to you|reply|respond)|if (?:it is|your .{1,30} is) urgent|(?:in|bei) dringenden|dringende (?:fälle|angelegenheiten|anfragen)|wieder (?:erreichbar|im büro|für sie)|nicht weitergeleitet|nach meiner rückkehr|en cas d'urgence|(?:à mon|de) retour|en caso de urgencia|asuntos urgentes|a mi regreso|para cualquier urgencia|volveré|in caso di urgenza|per urgenze|al mio rientro|em caso de urgência|assuntos urgentes|no meu regresso|bij (?:dringende|spoed)|dringende (?:zaken|vragen|gevallen)|weer (?:bereikbaar|terug|aanwezig)|vid brådskande|tillbaka|tilbage|tilbake|palaan|kiireelli|w (?:sprawach )?pilnych|w sprawach pilnych|wracam|v naléhav|zpět|sürgős|urgențe|acil|επείγο|επιστρ|(?:по|в) срочн|вернусь|отвечу после|после возвращения|повернусь|戻り|お急ぎ|紧急|急事|급한/;

// If you are not the intended recipient, please do not reply to this e-mail.
const disclaims =
  /intended|addressee|\bif (?:you|this)\b|in error|nicht der (?:richtige|beabsichtigte)|irrtümlich|destinataire|par erreur|destinatario|por error/;

// ##- Please type your reply above this line -##   -- Bitte antworten Sie oberhalb dieser Linie --
const replyLine =
  /^[#=*_ -]{2,10}\s?(?:(?:please )?(?:type your reply|reply|write your reply|enter your reply) above this line|bitte (?:geben sie ihre antwort|antworten sie) (?:oberhalb|über) dieser (?:zeile|linie)|(?:veuillez )?(?:répondre|saisir votre réponse) au-dessus de cette ligne)/;

const endMark = /[.!?*。！？]\s*/g;
// Not behind the figure of a date: vom 3. bis 17. April
const endsSentence = /^(?:[^\d][.!?*]|.?[。！？])/s;

/** Sentences of a paragraph, each from its first word; at most `most` of them. */
function listSentences(paragraph: string, most = Number.POSITIVE_INFINITY): string[] {
  const sentences: string[] = [];
  let from = 0;
  const add = (to: number): void => {
    const sentence = paragraph.slice(from, to);
    if (sentence.trim() !== '') sentences.push(sentence);
  };
  for (const { index, 0: mark } of paragraph.matchAll(endMark)) {
    if (!endsSentence.test(paragraph.slice(Math.max(index - 1, 0), index + 1))) continue;
    add(index + 1);
    if (sentences.length >= most) return sentences;
    from = index + mark.length;
  }
  add(paragraph.length);
  return sentences;
}

/** The words by which a text declares itself an automatic message; null when it does not. */
export function findDeclaration(opening: readonly string[]): string | null {
  if (replyLine.test(opening[0] ?? '')) return 'a line above which to reply: the mail of another ticket system';
  const paragraphs = opening.map((paragraph) => listSentences(paragraph));
  const first = paragraphs
    .slice(0, mostParagraphs)
    .flat()
    .find((sentence) => declares.test(sentence));
  const declared =
    first ??
    paragraphs
      .flat()
      .find((sentence) => generated.test(sentence) || (refusesReplies.test(sentence) && !disclaims.test(sentence)));
  return declared === undefined ? null : declared.trim().slice(0, 80);
}

// Programs ask for nothing: Could you send it before?   Ich brauche vorher eine Antwort.
const asks =
  /\?(?=[\s"')\]]|$)|？|\b(?:i need|(?:please|kindly) (?:send|check|fix|help|let me|confirm|advise|provide|update|change|cancel|reset|tell|explain|look|make|remove|add|unlock|restore|deliver|ship|give|correct|move|propose|reschedule)|(?:send|tell|give|show|help) (?:me|us)\b|brauche|bitte (?:senden|schicken|prüfen|ändern|liefern|um|helfen)|je (?:voudrais|souhaite)|merci de (?:me|nous)|necesito|still (?:not|there|down|broken))\b|,? but |教えてください/;
// I have left Acme. Please contact bob@…   I am no longer with the company. Please direct your inquiry to …
const departed =
  /(?:^|[.!,:;] )i (?:have left|am no longer (?:with|at|employed|working|work)|no longer work) .{0,200}\bplease (?:contact|direct|forward|address) (?!me\b).{1,80}@/;
const longestNotice = 1_500;

/** The text asks the reader for something. */
export const asksForSomething = (opening: readonly string[]): boolean => asks.test(opening.join(' '));

/** The text tells of the sender's absence and of what to do until then, as vacation programs' texts do. */
export function tellsOfAbsence(opening: readonly string[]): boolean {
  const text = opening.join(' ').slice(0, 2_000);
  return absent.test(text) && promises.test(text) && !asks.test(text);
}

/** The same of a text that says nothing else: the absence in its first sentences, and no more than a few lines. */
export function isAbsenceNotice(opening: readonly string[]): boolean {
  const text = opening.join(' ');
  if (text.length > longestNotice) return false;
  const start = listSentences(text, 3).join(' ');
  const isAway = (absent.test(start) && promises.test(text)) || departed.test(text);
  return isAway && !asks.test(text);
}

/** A receipt, or thanks for a mail and what a ticket system says with it: two signs at least, and not a question. */
export function isAcknowledgement(subject: string, opening: readonly string[]): boolean {
  const text = opening.join(' ');
  if (text === '' || text.length > longestNotice) return false;
  const isReceipt = isAcknowledgementSubject(subject) && (received.test(text) || assures.test(text));
  return (isReceipt || tellsOfReceipt(text)) && !asks.test(text);
}

function tellsOfReceipt(text: string): boolean {
  const start = listSentences(text, 3);
  const isThanks = start.some((sentence) => thanks.test(sentence));
  if (!isThanks && !start.some((sentence) => received.test(sentence))) return false;
  const signs = [isThanks, received.test(text), numbers.test(text), assures.test(text)].filter(Boolean).length;
  return signs >= 2;
}

// I'm protecting myself from junk mail. Just this once, click the link below   Your message is being held
const holds =
  /protect(?:ing)? (?:my|him|her|our)?sel(?:f|ves) from (?:receiving )?(?:junk|spam|unwanted)|your (?:message|e-?mail|mail)\b.{0,80}\b(?:(?:is|has been|was) (?:being )?(?:held|waitlisted|quarantined)|is (?:pending|waiting|awaiting))|(?:prove|verify|confirm) (?:that )?you(?:'re| are) (?:a )?(?:real |human)|(?:my|our|his|her) (?:list of )?(?:approved|allowed|guest|white) ?(?:senders?|list)/;
const wantsClick =
  /(?<!\bi )\bclick (?:on )?(?:here|below|(?:the|this) (?:link|button))|(?:follow|use|visit) (?:the|this) link|(?:just |simply )?reply to this (?:message|e-?mail)|fill out/;

/** A mail that waits until its sender proves to be a person. */
export function isChallenge(opening: readonly string[]): boolean {
  const text = opening.join(' ');
  return text.length <= longestNotice && holds.test(text) && wantsClick.test(text) && !asks.test(text);
}

// Cron <root@web1> …   ** PROBLEM Service Alert: web1/HTTP is CRITICAL **   Logwatch for web1 (Linux)
const monitorSubject =
  /^(?:cron <[^<>@\s]{1,40}@[^<>\s]{1,100}>|\*\* (?:problem|recovery|acknowledge?ment|flapping\w{0,10}|downtime\w{0,10})\b.{0,200}\*\*$|logwatch for |anacron job |\[fail2ban\]|\[?monit alert)/i;
// ***** Nagios *****   Problem started at 10:00:00 on 2026.03.02   This message was generated by the smartd daemon
const monitorText =
  /^(?:\*{3,}\s?(?:nagios|icinga)|problem (?:started|has been resolved) at \d\d?:\d\d|apticron report|this message was generated by the smartd)/;

/** What cron and monitoring write. */
export function isMonitoring(subject: string, opening: readonly string[]): boolean {
  return monitorSubject.test(subject.trim()) || monitorText.test(opening[0] ?? '');
}
