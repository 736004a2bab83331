import { expect, test } from 'vitest';

import { trimReply } from '../../src/text/trim.ts';

const words = 'The printer is broken again.\nPlease help.';

const signatures: ReadonlyArray<readonly [name: string, text: string]> = [
  ['rfc', '-- \nAnn Example\nIT\n+49 30 123456'],
  ['no space', '--\nAnn Example'],
  ['em dash', '—\nAnn Example'],
  ['en', 'Regards,\nAnn Example\nHead of IT\nExample Ltd.\nTel: +49 30 123456\nwww.example.com'],
  ['en2', 'Kind regards\n\nAnn'],
  ['de', 'Mit freundlichen Grüßen\nAnn Beispiel\nBeispiel GmbH\nMusterstr. 1\n12345 Berlin'],
  ['de2', 'Mit freundlichen Grüßen / Best regards\n\nAnn Beispiel'],
  ['mfg', 'MfG\nAnn'],
  ['lg', 'LG Ann'],
  ['fr', 'Cordialement,\n\nAnne Exemple\n06 12 34 56 78'],
  ['fr2', 'Bien cordialement,\nAnne Exemple\nResponsable informatique'],
  ['es', 'Un saludo,\nAna Ejemplo'],
  ['pt', 'Atenciosamente,\n\nAna Exemplo'],
  ['it', 'Cordiali saluti\nAnna Esempio'],
  ['nl', 'Met vriendelijke groet,\n\nAnna Voorbeeld\nICT'],
  ['sv', 'Med vänliga hälsningar\nAnna Exempel'],
  ['pl', 'Pozdrawiam\nAnna Przykład'],
  ['ru', 'С уважением,\nАнна Примерова'],
  ['cs', 'S pozdravem\nAnna Příkladová'],
  ['hu', 'Üdvözlettel,\nPélda Anna'],
  ['tr', 'Saygılarımla,\nAyşe Örnek'],
  ['fi', 'Ystävällisin terveisin\nAnna Esimerkki'],
  ['ja', 'よろしくお願いいたします。\n山田太郎'],
  ['zh', '谢谢\n王伟'],
  ['iphone', 'Sent from my iPhone'],
  ['outlook ios', 'Get Outlook for iOS<https://aka.ms/o0ukef>'],
  ['outlook ios 2', 'Get Outlook for Android'],
  ['outlook line', '________________________________\nSent from Outlook for iOS'],
  ['yahoo', 'Sent from Yahoo Mail on Android'],
  ['yahoo2', 'Sent from Yahoo Mail for iPhone\n\n\n'],
  ['samsung', 'Sent from my Galaxy'],
  ['samsung de', 'Von meinem Samsung Galaxy Smartphone gesendet.'],
  ['de iphone', 'Von meinem iPhone gesendet'],
  ['de gesendet', 'Gesendet von Mail für Windows'],
  ['de outlook', 'Holen Sie sich Outlook für iOS'],
  ['gmx', 'Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.'],
  ['fr iphone', 'Envoyé de mon iPhone'],
  ['fr orange', 'Envoyé à partir d’Outlook pour Android'],
  ['fr telechargez', 'Télécharger Outlook pour iOS'],
  ['es', 'Enviado desde mi iPhone'],
  ['es2', 'Obtener Outlook para iOS'],
  ['pt', 'Enviado do meu iPhone'],
  ['pt2', 'Obter o Outlook para iOS'],
  ['it', 'Inviato da iPhone'],
  ['it2', 'Inviato dal mio dispositivo Android'],
  ['nl', 'Verstuurd vanaf mijn iPhone'],
  ['nl2', 'Verzonden vanuit Mail voor Windows'],
  ['sv', 'Skickat från min iPhone'],
  ['da', 'Sendt fra min iPhone'],
  ['fi', 'Lähetetty iPhonesta'],
  ['pl', "Wysłane z iPhone'a"],
  ['pl2', 'Wysłano z telefonu Samsung'],
  ['ru', 'Отправлено с iPhone'],
  ['ru2', 'Отправлено из мобильной Почты Mail.ru'],
  ['uk', 'Надіслано з iPhone'],
  ['cs', 'Odesláno z iPhonu'],
  ['hu', 'Az iPhone-omról küldve'],
  ['hu2', 'iPhone-ról küldve'],
  ['tr', 'iPhone’umdan gönderildi'],
  ['ro', 'Trimis de pe iPhone-ul meu'],
  ['el', 'Στάλθηκε από το iPhone μου'],
  ['ja', 'iPhoneから送信'],
  ['zh', '发自我的iPhone'],
  ['zh2', '從我的 iPhone 傳送'],
  ['ko', '나의 iPhone에서 보냄'],
  ['he', 'נשלח מה-iPhone שלי'],
  ['ar', 'أُرسلت من الـ iPhone'],
  ['proton', 'Sent with Proton Mail secure email.'],
  ['proton2', 'Sent with ProtonMail Secure Email.'],
  ['spark', 'Sent via Superhuman <https://sprh.mn/?vip=x@example.com>'],
  ['bb', 'Sent from my BlackBerry 10 smartphone.'],
  ['bb2', 'Sent via BlackBerry by AT&T'],
  ['mail win', 'Sent from Mail for Windows'],
  ['k9', '--\nSent from my Android device with K-9 Mail. Please excuse my brevity.'],
  ['k9 no', 'Sent from my Android device with K-9 Mail. Please excuse my brevity.'],
  [
    'disclaimer',
    'This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it.',
  ],
  [
    'disclaimer caps',
    'CONFIDENTIALITY NOTICE: The contents of this email message are intended solely for the addressee(s).',
  ],
  [
    'disclaimer de',
    'Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie bitte den Absender und vernichten Sie diese Mail.',
  ],
  [
    'disclaimer fr',
    "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses destinataires.",
  ],
  [
    'disclaimer es',
    'AVISO LEGAL: Este mensaje es confidencial y va dirigido exclusivamente a su destinatario. Si lo ha recibido por error, notifíquelo y bórrelo.',
  ],
  [
    'regards+disc',
    'Regards,\nAnn\n\n________________________________\nThis email is confidential. If you are not the intended recipient, delete it.',
  ],
  ['avast', 'Virus-free. www.avast.com <https://www.avast.com/sig-email>'],
  ['avast2', 'This email has been checked for viruses by Avast antivirus software.\nwww.avast.com'],
  [
    'google group',
    '-- \nYou received this message because you are subscribed to the Google Groups "x" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to x+unsubscribe@googlegroups.com.',
  ],
  [
    'mailman',
    '_______________________________________________\nusers mailing list\nusers@lists.example.com\nhttps://lists.example.com/mailman/listinfo/users',
  ],
  [
    'mailman3',
    '_______________________________________________\nusers mailing list -- users@lists.example.com\nTo unsubscribe send an email to users-leave@lists.example.com',
  ],
  ['underscore card', '_____________________\nAnn Example\nHead of IT\nTel: +49 30 123456'],
  ['dashes card', '-----------------------\nAnn Example\nann@example.com'],
  ['cheers', 'Cheers,\n\nann'],
  ['thanks name title', 'Thanks!\nAnn Example | IT Manager | Example Inc.\nM: 555-123-4567'],
  ['dash name', '-Ann'],
  ['em name', '— Ann'],
  [
    'thank you',
    'Thank you,\n\n*Ann Example*\n*Sales Director*\nExample Inc.\n1 Main Street, Springfield\n(555) 123-4567 | ann@example.com',
  ],
  ['logo', 'Best regards,\nAnn Example\n\n[cid:image001.png@01D9]\n\nExample Ltd, 1 Road, London'],
  ['a place', 'Liebe Grüße aus Berlin\nAnn'],
  ['two closings', 'Vielen Dank und freundliche Grüße\nAnn Example'],
  ['a dotted capital', 'İyi çalışmalar,\nAli'],
  ['BlueMail', 'Get BlueMail for Android'],
  ['praise of the program', 'Sent from Mailspring, the best free email app for work'],
  ['trees', 'P Please consider the environment before printing this e-mail.'],
  ['a card of nobody known', 'Ann Example | Head of IT\nPhone: +49 30 1234567\nann@example.com | www.example.com'],
  [
    'a card in two parts',
    'Ann Example\nHead of IT\n\nExample Ltd.\n1 Main Street\nT +44 20 7946 0000\nwww.example.com',
  ],
  [
    'Chinese disclaimer',
    '本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。如果您错收了本邮件，请删除本邮件！',
  ],
  [
    'Japanese disclaimer',
    'このメールには機密情報が含まれている場合があります。誤って受信された場合は削除してください。',
  ],
  ['Dutch disclaimer', 'Dit bericht is vertrouwelijk en alleen voor de ontvanger.'],
  ['paper', 'Think before you print!'],
  ['paper, Spanish', 'Antes de imprimir este mensaje, piense en el medio ambiente.'],
  ['a firm', 'Example GmbH, Sitz: Berlin, Amtsgericht Charlottenburg HRB 12345, Geschäftsführer: Hans Müller'],
  [
    'a sweeper',
    '**********\nThis footnote also confirms that this email message has been swept for viruses.\n**********',
  ],
  ['a card between stars', '**********\n山田 太郎\n株式会社サンプル\nTEL: 03-1234-5678\n**********'],
  ['a closing above a dash', 'Cheers,\n- Ann'],
  ['signed for another', 'Mit freundlichen Grüßen\n\ni.A. Hans Müller\nVertrieb'],
  ['excuses, Spanish', 'Enviado desde mi iPhone\nDisculpe los errores'],
  [
    'a council',
    'Communications via the GSi may be automatically logged, monitored and/or recorded for legal purposes.',
  ],
  ['views', '**********\n\nAny views expressed in this e-mail are those of the individual sender.\n\n**********'],
  ['AVG', 'No virus found in this message.\nChecked by AVG - www.avg.com\nVersion: 2013.0.2904'],
  [
    'ESET',
    '__________ Information from ESET NOD32 Antivirus, version 8123 __________\n\nThe message was checked by ESET NOD32 Antivirus.\n\nhttp://www.eset.com',
  ],
  ['data protection', 'Informationen zum Datenschutz finden Sie unter https://example.com/datenschutz'],
  ['a phone of a maker', 'Sent from my Redmi Note 9'],
  ['a phone, Lithuanian', 'Išsiųsta iš mano iPhone'],
  ['a phone, Basque', 'Nire iPhonetik bidalia'],
  ['a phone, Vietnamese', 'Gửi từ iPhone của tôi'],
  ['Outlook, Turkish', "iOS için Outlook'u edinin"],
  ['Outlook, Chinese', '取得 iOS 版 Outlook'],
  ['Outlook, Slovak', 'Získať Outlook pre iOS'],
  ['a program and its address', 'Sent from eM Client | www.emclient.com'],
  ['env', 'Best regards,\nAnn\n\nPlease consider the environment before printing this email.'],
];

test.each(signatures)('%s is the signature', (_name, signature) => {
  const trimmed = trimReply(`${words}\n\n${signature}`);
  expect(trimmed.visible).toBe(words);
  expect(trimmed.signature).toBe(signature.trimEnd());
});

const kept: ReadonlyArray<readonly [name: string, text: string]> = [
  ['markdown rule', 'First part.\n\n---\n\nSecond part is this one, with a sentence.\n\n---\n\nThird part.'],
  ['yaml', 'My config:\n\n---\nname: foo\nport: 80\n\nDoes not start.'],
  ['thanks inside', 'Thanks,\nI got it.\n\nOne question: how do I log in?'],
  ['closing then question', 'It works.\n\nThanks\nCan you also check the printer?'],
  ['PS', 'It works.\n\nRegards,\nAnn\n\nPS: please also check the printer, it is broken.'],
  ['list of items dash', 'I need:\n- Paper\n- Toner\n- Ink'],
  ['list of names', 'Please add:\n\n- Ann\n- Bob'],
  ['contact details asked', 'My details are:\nPhone: +49 30 1234567\nMail: ann@example.com'],
  ['sent from office', 'The parcel was\nSent from our warehouse in Berlin on Monday and never arrived.'],
  ['sent via', 'The invoice was\nsent by the courier on Monday'],
  ['confidential words', 'The confidential folder is open to everybody. Please close it.\n\nIt holds the payroll.'],
  [
    'virus question',
    'I got a virus warning, and the mail was scanned. Please delete the file, it may be malware. Contact us when done.',
  ],
  ['dash words', 'Hello,\n\nI need three things --\nfirst, the key\n-- second, the lock.'],
  ['unsubscribe question', 'How do I change it?\nTo unsubscribe I clicked the link, nothing happened.'],
  ['to unsubscribe alone', 'Please help.\n\nTo unsubscribe from the newsletter I need a password?'],
  ['sql comment', 'Run\n-- drop the table\nDROP TABLE x;\n-- and make it again\nCREATE TABLE x (a int);'],
  ['best alone', 'Which is\nbest\nfor us'],
  ['best word end', 'Which printer is\nbest'],
  ['answer name', 'Who has the key?\nThanks\n\nthe one with the blue tag I mean'],
  ['question then name', 'What is the name of the printer?\n\nHP LaserJet'],
  ['desk', 'Here is another email\n\nSent from my desk, is much easier then my mobile phone.'],
  ['excuse delay', 'Got it.\n\nPlease excuse the delay in my reply, the mail server was down.'],
  ['chef', 'Problem:\n\nDiese E-Mail wurde von meinem Chef nicht gelesen.'],
  ['envoye par mail', "J'ai tout\nenvoyé par mail hier"],
  ['sent from text', 'Sent from my perspective, this looks fine.'],
  ['a phone that fails', 'Hello,\n\nFrom my phone I cannot open your website.'],
  [
    'a disclaimer asked about',
    'The contract says: "This is confidential and intended solely for the addressee." May I show it to the landlord?',
  ],
  ['an invoice without paper', 'Hi,\n\nPlease consider the environment and send the invoice by mail instead of paper.'],
  ['the reason for a mail', 'Hi,\n\nYou received this message because I am desperate.'],
  ['a closing that is shown', 'Please write into the letter:\n\nSincerely,\nAnn Lee\n\nand not "Yours".'],
  ["somebody else's card", 'Please call my colleague:\n\nBob Miller\nPhone: +49 30 1234567\nbob@example.com'],
  ['a log with secrets', 'Hello,\n\nThe attached log may contain confidential data, please delete it afterwards.'],
  ['a scanner that held a mail', 'Hello,\n\nThe letter was scanned by Mimecast and never released. Please find it.'],
  ['spam to be reported', 'Hello,\n\nPlease report this email as spam to the provider.'],
  ['a link at the end', 'Hello,\n\nThis page is down:\n\nhttps://example.com/page'],
  ['calls that are recorded', 'Hello,\n\nOur phone lines are subject to monitoring. Please keep calls short.'],
  ['a message that appears', 'Este mensaje de error aparece cada vez que abro el programa de facturas.'],
  [
    'a message that appears, Dutch',
    'Hallo,\n\nDit bericht krijg ik steeds als ik de printer aanzet. Wat nu?\nGraag hulp.',
  ],
  [
    'a mail that did not come',
    'Hallo,\n\nDiese E-Mail ist nie bei mir angekommen, bitte schicken Sie sie noch einmal.',
  ],
  [
    'a firm that changed',
    'Hallo,\n\nunsere USt-ID ist jetzt DE123 und Geschäftsführer ist Hans Müller, Amtsgericht bleibt Berlin.',
  ],
  ['lines to sign on', 'Please sign here:\n\n____________________\nAnn Lee\n\n____________________\nBob Fischer'],
  ['options between rules', 'Options:\n\n1) this\n--\n2) that\n--\n3) nothing at all'],
  ['Outlook at the end', 'Which program?\n\nIt happens in Outlook for iOS'],
  ['a button', 'Get Outlook for iOS says the button, but it does nothing.'],
  ['a letter that is cited', 'Please write it so:\n\n"Dear customer,\nwe are closed.\n\nRegards,\nExample Ltd"'],
  ['a title below a rule', '# Steps\n\n* one\n* two\n\n---\n\nEnd of it'],
  ['one word below a rule', 'One\n\n──────────\n\nThree'],
  ['Outlook crash', 'When I open the mail\nSent from Outlook it crashes.'],
];

test('a mail that is only a signature is shown', () => {
  const text = '-- \nAnn Example -- www.example.com\n+49 30 1234567';
  expect(trimReply(text, { author: 'Ann Example' })).toEqual({ visible: text, signature: null, cut: false });
});

test('a question below a bare -- is no signature', () => {
  const text = `${words}\n\n--\nAnd can you also look at the scanner?`;
  expect(trimReply(text).visible).toBe(text);
});

test.each(kept)('text that only looks like a signature stays: %s', (_name, text) => {
  expect(trimReply(text)).toEqual({ visible: text, signature: null, cut: false });
});

test("a contact block without a closing is the signature when it opens with the author's name", () => {
  const text = `${words}\n\nAnn Example\nHead of IT\n+49 30 1234567`;
  expect(trimReply(text, { author: 'Ann Example' })).toEqual({
    visible: words,
    signature: 'Ann Example\nHead of IT\n+49 30 1234567',
    cut: false,
  });
  expect(trimReply(text, { author: 'Bob Other' }).visible).toBe(text);
});

test('a signature above the history is found, and one below it', () => {
  const history = 'On Mon, Apr 2, 2024 at 6:26 PM Ann <ann@example.com> wrote:\n> Hi';
  const above = trimReply(`${words}\n\nSent from my iPhone\n\n${history}`);
  expect(above).toEqual({ visible: words, signature: 'Sent from my iPhone', cut: true });
  const below = trimReply(`${words}\n\n${history}\n\n-- \nBob`);
  expect(below).toEqual({ visible: words, signature: '-- \nBob', cut: true });
});
