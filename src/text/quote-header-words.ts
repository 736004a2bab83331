// The labels that mail programs write before From, To, Date and Subject when they quote or forward a mail, by kind.
// One line a language or family; a label that is also an everyday word needs company to count (see quote-headers.ts).

export type HeaderKind = 'from' | 'to' | 'cc' | 'date' | 'subject' | 'reply-to' | 'other';

const words: Record<HeaderKind, string> = {
  from: `from|sender
    von|absender|van|afzender|fra|från|avsändare|afsender|avsender|frá|lähettäjä|saatja|kellelt
    de|expéditeur|de la part de|da|mittente|remitente|remetente|expeditor|expeditorul|de la
    od|nadawca|odesílatel|odosielateľ|pošiljatelj|pošiljalac|šalje|nuo|от|от кого|отправитель|від|від кого|відправник|подател|од
    feladó|kimden|gönderen|από|αποστολέας|מאת|من|المرسل|از|dari|no|từ|người gửi|จาก
    发件人|发信人|寄件者|寄件人|差出人|送信者|送信元|보낸 사람|보낸사람|보낸이|보내는 사람|발신
    daripada|nork|frá|пошиљалац|шаље|از|فرستنده|प्रेषक|द्वारा|pošiljatelj|siuntėjas|sūtītājs|nga|dërguesi|از طرف`,
  to: `to
    an|empfänger|aan|ontvanger|til|till|mottagare|modtager|mottaker|vastaanottaja|saaja|kellele
    à|a|pour|destinataire|para|per a|destinatario|destinatário|destinatari|către|catre|destinatar|destinatarul|al
    do|adresat|komu|adresát|príjemca|příjemce|za|prima|primatelj|kam|кому|получатель|до|на|за
    címzett|kime|alıcı|προς|παραλήπτης|אל|إلى|به|kepada|đến|người nhận|ถึง
    收件人|收件者|收信人|宛先|送信先|받는 사람|받는사람|받는이|수신
    untuk|tới|adressaat|prejemnik|līdz|iki|gavėjas|saņēmējs|nori|коме|прималац|प्रति|për`,
  cc: `cc|c.c.|bcc|cco|cci|ccn
    kopie|kopie (cc)|kopi|kopia|kopio|kópia|copie|copie à|cópia|copia|còpia|dw|do wiadomości|udw
    копия|копія|másolat|másolatot kap|bilgi|κοιν|κοινοποίηση|העתק|עותק|نسخة|tembusan|đồng gửi|สำเนา
    抄送|副本|参照|참조|숨은 참조|kopija|kopija (cc)|koopia|a/c|afrit|копија|رونوشت|κοιν.|สำเนาถึง|kp|副本抄送`,
  date: `date|sent|sent on|received|date/time
    datum|gesendet|gesendet am|verzonden|verzonden op|dato|sendt|skickat|skickades|päivämäärä|päiväys|pvm|lähetetty|kuupäev|saadetud
    date d'envoi|envoyé|envoyé le|message du|fecha|enviado|enviado el|enviat|data|enviado em|enviada em|enviada|data/hora|inviato|inviato il
    dată|trimis|trimis la|trimisă|wysłano|wysłane|data wysłania|odesláno|odoslané|odoslaný|dátum|elküldve|küldve|küldés
    дата|отправлено|дата отправки|надіслано|відправлено|изпратено|датум|poslano|poslato|išsiųsta|nosūtīts
    tarih|gönderildi|gönderme tarihi|gönderilme|gönderilme tarihi|gönderim tarihi|ημερομηνία|στάλθηκε|תאריך|נשלח|تاريخ|التاريخ|تم الإرسال|dikirim|tanggal|ngày|đã gửi|วันที่|ส่ง
    日期|时间|時間|发送时间|發送時間|发送日期|寄件日期|傳送日期|已发送|已傳送|日付|日時|送信日時|날짜|일시|보낸 날짜|보낸날짜|보냄
    傳送時間|寄件時間|ngày gửi|gửi lúc|được gửi|ส่งเมื่อ|terkirim|dihantar|tarikh|bidaltze-data|bidalia|послато|датум слања|enviat el|αποστολή|ارسال شده|فرستاده شده|تاریخ|भेजा गया|दिनांक|dagsetning|datums|dërguar`,
  subject: `subject|re-subject
    betreff|betr|thema|onderwerp|emne|ämne|ärende|aihe|teema|efni
    objet|sujet|asunto|assunto|assumpte|oggetto|subiect|subiectul
    temat|předmět|predmet|тема|предмет|относно|naslov|zadeva|tema|temats
    tárgy|konu|θέμα|נושא|الموضوع|موضوع|perihal|subjek|chủ đề|เรื่อง
    主题|主題|主旨|标题|標題|件名|題名|제목
    tēma|gaia|наслов|tiêu đề|หัวเรื่อง|ชื่อเรื่อง|موضوع|विषय|subjekt|pokok`,
  'reply-to': `reply-to|reply to|reply|resent-from|resent-to|resent-date|antwort an|antworten an|antwoord aan|svar til|svara till|vastaus
    répondre à|responder a|responder para|respuesta a|rispondi a|răspunde la
    odpowiedź do|odpowiedz do|odpověď|odpovědět|odpovedať|ответить|кому ответить|відповісти
    válaszcím|yanıt adresi|απάντηση προς|回复|回覆|返信先|회신`,
  other: `importance|priority|attachments|organization|user-agent|x-mailer|message-id|newsgroups|mailed-by|signed-by|list-id
    wichtigkeit|priorität|anlagen|belang|bijlagen|urgentie|importance|pièces jointes|importancia|importância|anexos|datos adjuntos
    importanza|allegati|priorità|ważność|załączniki|důležitost|přílohy|prioritet|bifogade filer|vedhæftede filer|vedlegg|liitteet
    важность|вложения|fontosság|önem|ekler|重要性|附件|添付ファイル|중요도|첨부`,
};

/** Label in lower case → kind. */
export const headerKinds: ReadonlyMap<string, HeaderKind> = new Map(
  (Object.entries(words) as Array<[HeaderKind, string]>).flatMap(([kind, text]) =>
    text
      .split(/[|\n]/)
      .map((word) => word.trim())
      .filter((word) => word !== '')
      .map((word): [string, HeaderKind] => [word.toLowerCase(), kind]),
  ),
);

/** Date labels that are no everyday word for a day: a programme wrote them, so "From: London, To: Paris, Date: …" is no mail. */
export const plainDateLabels: ReadonlySet<string> = new Set(
  'date datum data fecha dato dátum дата датум tarih dată 日期 时间 時間 日付 日時 날짜 일시 ημερομηνία תאריך تاريخ tarikh datums dagsetning tanggal ngày วันที่ تاریخ दिनांक kuupäev päivämäärä'.split(
    ' ',
  ),
);

const labelLengths = [...headerKinds.keys()].map((label) => label.length);
export const longestLabel = Math.max(...labelLengths);
