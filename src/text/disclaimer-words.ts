// The words of disclaimers, virus scanners' notes and the particulars of firms, which servers put below mails.

import { anyOf } from './any-of.ts';

// "This email and any attachments are confidential…", "Diese E-Mail enthält vertrauliche…": two cues in a paragraph tell.
export const disclaimerCues: readonly RegExp[] = [
  /confidential|confidentiality|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk|konfidenti|fortrolig|luottamuksell|poufn|důvěrn|dôvern|конфиденциальн|конфіденційн|bizalmas|gizli|confidenţial|confidențial|εμπιστευτικ|機密|机密|保密|기밀|秘密/i,
  /intended (?:solely|only|recipient|for)|addressee|named recipient|use of the individual|adressat|empfänger bestimmt|richtige adressat|destinataire|destinatari|beoogde|geadresseerde|avsedd|tiltenkt|tiltænkt|vastaanottaja|adresat|адресат|címzett|alıcı|παραλήπτη|収件|收件人|宛先|수신인/i,
  /(?:received|receive) (?:this|it|the) .{0,30}(?:in error|by mistake)|in error|irrtümlich|par erreur|por error|por engano|per errore|ten onrechte|av misstag|ved en feil|ved en fejl|omyłk|omylem|по ошибке|помилков|tévedés|yanlışlıkla|誤って|误|错收|錯收|误收/i,
  /privileged|legally|unauthori[sz]ed|prohibited|disclos|disseminat|copying|distribution|untersagt|nicht gestattet|interdit|prohibid|vietat|verboden|otillåt|forbudt|zabronion|zakázán|запрещ|заборон|tilos|yasak/i,
  /(?:notify|inform|contact) (?:the )?(?:sender|us|system manager)|delete (?:this|it|the)|destroy|verständigen|informieren sie|prévenir|avisar|notificar|avvisare|verwijder|meddela|powiadom|уведом|повідом|删除|刪除|削除|삭제/i,
  /virus|malware|swept|scanned|mailscanner|avast|messagelabs|websense|mimecast|mcafee|sophos|antivirus/i,
  /(?:do not|not) necessarily (?:those|represent|reflect)|views or opinions|opinions expressed|any opinions|liability|haftung|responsab|aansprakelijk/i,
  /registered (?:in|office|number)|company (?:number|registration)|handelsregister|amtsgericht|geschäftsführer|ust-id|siret|capital social|kvk|btw/i,
  /(?:think|consider) .{0,20}(?:environment|before (?:you )?print)|before printing|vor dem ausdruck|imprimer|denken sie an die umwelt|pensez à l'environnement/i,
  /published|communications? .{0,40}(?:monitored|recorded)|may be (?:monitored|recorded|intercepted)|secure means/i,
];

/** One of them: most paragraphs have none. */
export const anyCue = anyOf(disclaimerCues);

/** A paragraph that begins so is a disclaimer whatever follows. */
export const disclaimerBeginnings =
  /^[\s*_>#=-]*(?:(?:important|notice|note|attention|warning|n\.?b\.?)\s?[:–-]\s)?(?:disclaimer|confidentiality|confidentiality notice|confidential notice|privacy notice|legal notice|important notice|privileged (?:and|&|\/) confidential|haftungsausschluss|rechtlicher hinweis|wichtiger hinweis|avis de confidentialité|avertissement|aviso legal|aviso de confidencialidad|aviso de confidencialidade|avvertenze|informativa privacy|ai sensi del|klauzula|this (?:e-?mail|message|communication|electronic mail)(?:,? (?:and|including|with|or) (?:any|all|its))?.{0,80}(?:confidential|intended|privileged)|the (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message).{0,120}(?:confidential|intended|privileged)|virus-free|.{2,60} is (?:a company |a limited company )?registered in (?:england|scotland|wales|ireland|germany|the netherlands)|registered (?:office|in england|company)\b|this (?:e-?mail|message) has been (?:checked|scanned)|diese e-?mail wurde (?:von avast|auf viren)|avast logo|this footnote (?:also )?confirms|(?:internet|e-?mail) (?:communications?|transmissions?) (?:are|is|can) ?not\b)/i;

// "Dit bericht is uitsluitend bestemd voor…": the beginning of a disclaimer, and of "Dit bericht krijg ik steeds": one cue more tells.
export const messageBeginnings =
  /^[\s*_>#=-]*(?:(?:der inhalt )?diese[rs]? e-?mail|ce (?:message|courriel|mail|courrier électronique)|este (?:mensaje|correo|e-?mail)|esta mensagem|questo messaggio|questa e-?mail|dit (?:e-?mail)?bericht|deze e-?mail|de informatie verzonden|detta (?:e-post)?meddelande|denne (?:e-?mail|e-post|melding)|tämä (?:viesti|sähköposti)|ta wiadomość|niniejsza wiadomość|tato zpráva|tento e-?mail|данное (?:сообщение|письмо)|это (?:сообщение|письмо)|настоящее (?:сообщение|письмо)|本邮件|本郵件|此邮件|このメール|本メール|본 메일|이 메일|이 이메일|aquest (?:missatge|correu)|acest (?:mesaj|e-?mail)|ez az (?:e-?mail|üzenet)|bu (?:e-posta|mesaj|ileti)|това (?:писмо|съобщение)|ova poruka|το παρόν μήνυμα|the (?:information|contents?) |this (?:e-?mail|message))/i;

// P Please consider the environment before printing this e-mail   Think before you print!   Antes de imprimir, piense en el medio ambiente.
export const environment =
  /^[\s*_>#=-]*(?:p |♻ ?)?(?:(?:please )?(?:consider|think (?:of|about)|save|protect|respect) (?:the|our) environment\b.{0,30}\b(?:before|unless|only|don.t|do not|avoid|need to)\b.{0,30}\bprint|(?:please )?think before (?:you print|printing)|(?:please )?save (?:a tree|trees|paper)\b.{0,30}\bprint|(?:bitte )?denken sie an die umwelt|(?:bitte )?(?:prüfen|überlegen) sie.{0,40}(?:umwelt|ausdruck|drucken)|(?:merci de )?pense[rz] à l.environnement|avant d.imprimer|antes de imprimir|prima di stampare|pensa all.ambiente|denk (?:a\.?u\.?b\.? )?aan het milieu|tänk på miljön|tenk på miljøet|tænk på miljøet|pomyśl o środowisku|подумайте об окружающей)/i;

// The original of this email was scanned for viruses by …   E-mails … may be subject to recording and/or monitoring …
// Nothing in this email shall be construed …   No virus found in this message. Checked by AVG
/** Nobody says so in a mail of their own; one of them tells. */
export const disclaimerPhrases = anyOf([
  /this (?:e-?mail|message|mail)\b.{0,40}\bscanned\b.{0,90}\b(?:government secure intranet|gsi|messagelabs|symantec|mimecast|mail ?marshal|mailscanner|websense|sophos|mcafee|kaspersky|barracuda|bitdefender|trend micro|f-secure|clamav|mailcontrol)\b|e-?mail was certified virus free|message was received from the internet|call your organisational it help ?desk/i,
  /no virus(?:es)? (?:was |were )?found in this (?:incoming |outgoing )?(?:message|e-?mail)\.|checked by avg\b|_ information from eset|message was checked by eset|viruses can be transmitted (?:via|by) e-?mail|carry out your own (?:anti-?)?virus checks|although this e-?mail has been scanned/i,
  /(?:e-?mails?|communications?|messages?)\b.{0,80}(?:logged, monitored|monitored and\/or recorded|subject to (?:recording|monitoring))|reserves? the right to monitor/i,
  /(?:views|opinions)(?: or (?:views|opinions))? (?:expressed|presented|contained|stated) in this (?:e-?mail|message|communication)/i,
  /(?:emails?|e-mails?|messages?) .{0,60}subject to the freedom of information/i,
  /this (?:e-?mail|mail|message).{0,60}(?:not constitute|construed as|legally binding|form a contract)|this (?:e-?mail|mail|message) (?:is|are) (?:governed by|subject to) .{0,60}(?:terms|conditions)/i,
  /(?:accepts? no|not accept (?:any )?(?:legal )?) ?(?:liability|responsibility) (?:for|whatsoever).{0,80}(?:e-?mail|message|virus|attachment)/i,
  /(?:e-?mails?|messages?|communications?|transmissions?|attachments?)(?: may|,? and any .{0,40}may) (?:also )?contain (?:\S+ ){0,2}(?:confidential|privileged)|for (?:the )?addressee\(?s?\)? only|(?:if|unless) you(?:'re| are) (?:not )?the (?:intended (?:recipient|addressee)|named addressee)/i,
  /^(?:click here to|to) report this (?:e-?mail|message) as spam|^scanned by mail ?marshal/i,
  /ausschließlich für den (?:bezeichneten )?adressaten|nicht der (?:vorgesehene|richtige|beabsichtigte) (?:adressat|empfänger)|rechtsgeschäftliche erklärungen|^informationen (?:zum datenschutz|gemäß art)|^(?:hinweise zum datenschutz|datenschutzhinweise?)\b/i,
  /n.imprimer (?:cet|ce) (?:e-?mail|courriel|message) que|n.imprimez (?:cet|ce)/i,
]);

/** A disclaimer speaks of the mail that it stands in; "The log may contain confidential data, please delete it" does not. */
export const mailWords =
  /e-?mails?\b|\bmail|message|communication|transmission|nachricht|correo|mensaje|mensagem|courri|messaggi|bericht|meddelande|melding|meddelelse|viesti|sähköposti|wiadomo|zpráv|správ|сообщени|письм|повідомлен|лист|邮件|郵件|メール|메일|üzenet|levél|mesaj|e-posta|ileti|missatge|μήνυμα|הודעה|رسالة/iu;

/** "I", "my", "why": the author speaks. */
export const firstPersonWords = /(?<!\p{L})(?:I|I'm|my|why|ich|mein\p{L}*|warum|je|mon|ma|pourquoi|yo)(?!\p{L})/u;

// Example GmbH, Sitz: Berlin, Amtsgericht Charlottenburg HRB 12345, Geschäftsführer: Hans Müller
/** Of a firm: where it is registered, and who leads it or where it sits. A sentence about that has words that these lines lack. */
export const register =
  /amtsgericht|handelsregister|registergericht|\bHR[AB] ?\d|registered number|company no|\bsiret\b|\bkvk\b|p\.? ?iva\b/i;
export const management =
  /geschäftsführ|\bsitz\b|vorstand|aufsichtsrat|registered office|ust-?id|\bvat\b|capital social|au capital|\bbtw\b|sede legale/i;
export const sentenceWords =
  /(?<!\p{L})(?:we|our|you|your|I|please|is|are|has|wir|unser\p{L}*|sie|ihre?|ich|bitte|ist|sind|hat|nous|notre|vous|est|sont)(?!\p{L})/iu;
