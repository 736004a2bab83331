// What automatic replies say in their first lines. Clients report such texts too ("I always get: this is an automatic
// reply"), so only the beginning of a line counts, and nothing below a quotation or in a forward.

import { isForwardSubject } from './forward-subject.ts';
import type { InboundMessage } from './message.ts';

const maxLines = 25;
// Below the greeting and what follows it, a text is likely one that a client shows.
const mostParagraphs = 3;

/** The first lines that the sender wrote, one paragraph a string, lower case. */
function openingOf(message: InboundMessage): string[] {
  if (isForwardSubject(message.subject)) return [];
  const lines: string[] = [];
  for (const line of (message.text ?? '').slice(0, 4_000).split('\n', maxLines)) {
    // A quotation, a header block or a rule: the words below are somebody else's.
    if (/^\s{0,3}(?:>|-{3,}|_{3,}|\*?[\p{L} ]{2,20}:\*? .*@)/u.test(line)) break;
    lines.push(line.trim());
  }
  return lines
    .join('\n')
    .toLowerCase()
    .replace(/[’`´]/g, "'")
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' '));
}

// This is an automatic reply.   This is an automated response from …   *** This is an automatically generated e-mail ***
const declares =
  /^[\s*[(!#-]{0,8}(?:(?:please note:? )?this is an? (?:auto(?:matic(?:ally)?|mated)?[- ]?(?:generated )?)(?:reply|response|message|e-?mail|notification|acknowledge?ment|answer)|dies ist eine (?:automatische|automatisch (?:erzeugte|generierte)) (?:antwort|nachricht|e-?mail|mail)|ceci est (?:une réponse|un message|un courriel|un e-?mail) (?:automatique|généré automatiquement)|esta es una respuesta automática|este es un mensaje automático|questo è un messaggio automatico|questa è una risposta automatica|esta é uma (?:resposta|mensagem) automática|dit is een automatisch (?:antwoord|bericht|gegenereerd)|detta är ett automatiskt|dette er et automatisk|to jest automatyczna|это автоматический ответ|данное письмо сгенерировано автоматически|本邮件(?:为|由)系统自动|这是一封自动回复|このメールは自動)/;

// I am out of the office   I will be on annual leave   Ich bin bis 3. April im Urlaub   Je suis absent du bureau
const absent =
  /(?:^|[.!,:;] |\n)(?:(?:i am|i'm|i will be|we are) (?:currently )?(?:out of (?:the )?office|away|on (?:\w{1,12} )?(?:leave|vacation|holidays?)|not in the office|closed|not available|unavailable)|(?:our|the) office (?:is|will be) closed)|ich bin .{0,60}(?:nicht im (?:büro|haus)|im urlaub|abwesend|nicht erreichbar|außer haus)|je suis .{0,40}(?:absent|en congés?|en vacances)|estoy (?:ausente|de vacaciones|fuera)|(?:sono|sarò) (?:assente|in ferie|fuori)|(?:estou|estarei) (?:ausente|de férias|em férias|fora)|ik ben .{0,40}(?:afwezig|niet aanwezig|niet op kantoor|met vakantie)|jag är .{0,30}(?:semester|ledig|borta|frånvarande)|jeg (?:er|har) .{0,30}(?:ferie|fraværende|bortrejst)|olen .{0,20}lomalla|jestem .{0,20}(?:nieobecn|na urlopie)|jsem .{0,20}(?:mimo kancelář|na dovolené)|(?:я|нахожусь) .{0,20}(?:в отпуске|отсутствую)|休暇を(?:いただ|取)|不在にして|休假/;
// I will reply on my return   limited access to e-mail   In urgent cases …   wird nicht weitergeleitet
const promises =
  /(?:on|upon|after|when i) (?:my )?return|returning|(?:limited|no) access to|(?:for|in|with|of) (?:any )?(?:urgent|immediate|emergency) (?:matters?|cases?|issues?|assistance|enquir|inquir|request)|will (?:be back|get back to you|reply|respond)|if (?:it is|your .{1,30} is) urgent|(?:in|bei) dringenden|dringende (?:fälle|angelegenheiten|anfragen)|wieder (?:erreichbar|im büro|für sie)|nicht weitergeleitet|en cas d'urgence|(?:à mon|de) retour|en caso de urgencia|asuntos urgentes|a mi regreso|in caso di urgenza|per urgenze|al mio rientro|em caso de urgência|assuntos urgentes|no meu regresso|bij (?:dringende|spoed)|weer (?:bereikbaar|terug|aanwezig)|vid brådskande|tillbaka|tilbage|tilbake|palaan|w pilnych|wracam|v naléhav|zpět|(?:по|в) срочн|вернусь|戻り|お急ぎ|紧急/;

/** The text declares itself an automatic message, in words; null when it does not. */
export function findDeclaration(message: InboundMessage): string | null {
  const opening = openingOf(message).filter((paragraph) => paragraph.trim() !== '');
  const line = opening.slice(0, mostParagraphs).find((paragraph) => declares.test(paragraph));
  return line === undefined ? null : line.slice(0, 80);
}

// Programs ask for nothing: Could you send it before?   Ich brauche vorher eine Antwort.
const asks = /[?？]|\b(?:i need|please send|brauche|bitte (?:senden|schicken)|je (?:voudrais|souhaite)|necesito)\b/;

/** The text tells of the sender's absence and of what to do until then, as vacation programs' texts do. */
export function tellsOfAbsence(message: InboundMessage): boolean {
  const text = openingOf(message).join(' ').slice(0, 2_000);
  return absent.test(text) && promises.test(text) && !asks.test(text);
}
