// The words signatures are known by: closings, the footers of mobile programs, contact labels.

const closingWords = `regards|best regards|kind regards|kindest regards|warm regards|warmest regards|with regards|with best regards|with kind regards|many regards|best|all the best|best wishes|with best wishes|kind wishes|warmly|cheers|sincerely|yours sincerely|sincerely yours|yours faithfully|yours truly|very truly yours|respectfully|respectfully yours|cordially|yours|thanks|many thanks|thanks again|thanks in advance|thank you|thank you very much|thank you in advance|thanks so much|thanks a lot|thank you and regards|thanks and regards|thanks & regards|thanks and best regards|thanks & best regards|thanks/regards|with thanks|thanking you|thx|br|rgds|tia|take care|have a nice day|have a great day|love|xoxo|ta
  mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß|mit freundlichem gruss|freundliche grüße|freundliche grüsse|mit besten grüßen|mit besten grüssen|mit herzlichen grüßen|mit lieben grüßen|mit vielen grüßen|mit kollegialen grüßen|beste grüße|beste grüsse|besten gruß|viele grüße|viele grüsse|liebe grüße|liebe grüsse|lieben gruß|herzliche grüße|herzliche grüsse|schöne grüße|schönen gruß|gruß|gruss|grüße|grüsse|mfg|vg|lg|bg|hg|hochachtungsvoll|danke|danke schön|vielen dank|besten dank|herzlichen dank|vielen dank im voraus|danke und gruß|vielen dank und viele grüße|danke und viele grüße|beste grüße aus
  cordialement|bien cordialement|très cordialement|bien à vous|bien à toi|salutations|salutations distinguées|sincères salutations|meilleures salutations|cordiales salutations|amicalement|respectueusement|sincèrement|merci|merci d'avance|merci d’avance|merci beaucoup|avec mes remerciements|bonne journée|bonne réception|cdlt|cdt|bàv|bien cordialement et merci
  saludos|un saludo|un cordial saludo|saludos cordiales|cordiales saludos|atentos saludos|reciba un cordial saludo|atentamente|cordialmente|atte|gracias|muchas gracias|gracias de antemano|gracias y saludos|un abrazo|abrazos|salutacions|atentament|gràcies|moltes gràcies
  atenciosamente|att|cumprimentos|melhores cumprimentos|com os melhores cumprimentos|os melhores cumprimentos|respeitosamente|obrigado|obrigada|muito obrigado|muito obrigada|desde já obrigado|grato|grata|abraço|abraços|saudações
  cordiali saluti|distinti saluti|cari saluti|saluti|un saluto|un caro saluto|i migliori saluti|grazie|grazie mille|molte grazie|grazie e saluti|buona giornata|in fede
  met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|met hartelijke groet|hartelijke groet|hartelijke groeten|groet|groeten|groetjes|mvg|hoogachtend|dank|bedankt|dank je|dank u|alvast bedankt|alvast dank|fijne dag
  med vänliga hälsningar|med vänlig hälsning|vänliga hälsningar|vänligen|hälsningar|bästa hälsningar|mvh|tack|tack på förhand|tack så mycket
  med venlig hilsen|med venlige hilsner|venlig hilsen|de bedste hilsner|bedste hilsner|mange hilsner|hilsen|hilsner|vh|kh|tak|mange tak|på forhånd tak|med vennlig hilsen|vennlig hilsen|beste hilsen|takk|mange takk|på forhånd takk|kveðja|bestu kveðjur
  ystävällisin terveisin|parhain terveisin|terveisin|terveiset|ystävällisesti|kunnioittavasti|yt|t|kiitos|kiitos etukäteen|kiitoksia|lugupidamisega|tervitades|aitäh
  pozdrawiam|pozdrawiam serdecznie|serdecznie pozdrawiam|z poważaniem|łączę pozdrowienia|pozdrowienia|z pozdrowieniami|dziękuję|dziękuję z góry|z góry dziękuję|dzięki|pozdr
  s pozdravem|s pozdravom|s přátelským pozdravem|s úctou|zdravím|děkuji|děkuji předem|díky|předem děkuji|ďakujem|vopred ďakujem|lep pozdrav|lijep pozdrav|lijepi pozdrav|srdačan pozdrav|s poštovanjem|s spoštovanjem|lp|pozdrav|hvala|unaprijed hvala|najlepša hvala|поздрав|с поштовањем
  с уважением|с наилучшими пожеланиями|с наилучшими|всего доброго|всего наилучшего|спасибо|заранее спасибо|большое спасибо|благодарю|з повагою|з найкращими побажаннями|дякую|дякую наперед|щиро дякую|поздрави|с уважение|благодаря|предварително благодаря
  üdvözlettel|tisztelettel|köszönettel|köszönöm|előre is köszönöm|üdv|szép napot
  saygılarımla|saygılar|saygılarımızla|iyi çalışmalar|iyi günler|teşekkürler|teşekkür ederim|şimdiden teşekkürler|selamlar|sevgiler|sevgilerimle
  cu stimă|cu respect|cu drag|mulțumesc|multumesc|mulțumesc anticipat|toate cele bune|o zi bună
  με εκτίμηση|φιλικά|ευχαριστώ|ευχαριστώ πολύ|ευχαριστώ εκ των προτέρων|pagarbiai|su pagarba|ačiū|ar cieņu|paldies|salam|hormat saya|terima kasih|trân trọng|cảm ơn|ขอบคุณ|ขอแสดงความนับถือ
  בברכה|תודה|תודה רבה|بارك الله فيك|مع التحية|مع أطيب التحيات|شكرا|شكراً|مع الشكر|تحياتي|با تشکر|با احترام
  谢谢|謝謝|此致|祝好|敬礼|敬上|顺祝商祺|以上|敬具|よろしくお願いします|よろしくお願いいたします|宜しくお願いします|宜しくお願い致します|宜しくお願いいたします|よろしくお願い致します|ありがとうございます|감사합니다|고맙습니다|감사드립니다`;

export const closings: ReadonlySet<string> = new Set(closingWords.split(/[|\n]/).map((word) => word.trim()));

/** The first letters of a text in lower case, behind what marks it as bold: `*mit freundlichen …` gives `mit`. */
export const firstWord = (text: string): string => /^[*_~-]*([\p{L}\p{M}]*)/u.exec(text)?.[1] ?? '';

/** The first word of each closing: a line that begins otherwise is none. */
export const closingBeginnings: ReadonlySet<string> = new Set([...closings].map(firstWord));

// What a program on a phone, or one that wants to be known, puts below a mail: the beginning of the line tells.
// "Sent from my iPhone", "Envoyé de mon iPhone", "Von meinem iPhone gesendet", "Enviado desde mi Samsung", "発信元 iPhone".
export const footerBeginnings =
  /^(?:sent (?:from|via|with|using|by) |sent wirelessly |sent on the |sent securely |get \S{2,30}(?: \S{2,20})? for (?:ios|android|iphone|ipad|windows|mac|mobile)|download outlook |from my (?:iphone|ipad|mobile|phone|android|blackberry|samsung|galaxy)|typed on |written on my |composed on |dictated |gesendet (?:von|mit|aus|über|via) |gesendet vom |von (?:meinem|unterwegs) |diese (?:nachricht|e-?mail|mail) wurde .{2,60}(?:gesendet|versendet|verschickt|geschrieben|verfasst)|mit .{2,40} gesendet|envoy[ée]e? (?:de|depuis|avec|à partir|sans fil|via|par) |envoy[ée]e? d['’]|obtenez outlook|télécharger outlook|provenance ?: |enviad[oa] (?:desde|do|da|de|con|a partir|pelo|pela|através|via|mediante) |enviat (?:des|amb) |obtener outlook|obtenga outlook|obter o outlook|inviat[oa] (?:da|dal|dallo|con|tramite) |scarica outlook|ottieni outlook|verzonden (?:vanaf|vanuit|met|via|door|van) |verstuurd (?:vanaf|vanuit|met|via|door) |outlook voor |download outlook|skickat (?:från|med|via) |hämta outlook|sendt (?:fra|med|via) |hent outlook|lähetetty |hanki outlook|wysłan[eoay] (?:z|ze|za|przez|przy|via) |pobierz (?:program )?outlook|odesláno (?:z|ze|pomocí) |poslané? (?:z|zo|ze) |odoslané (?:z|zo|pomocou) |poslano (?:z|s|iz|sa) |отправлен[оа] (?:с|из|со|через) |надіслано (?:з|із|через) |відправлено (?:з|із) |изпратено (?:от|с) |послато |k[üu]ldve |elküldve |発信元 ?[:：]? ?|trimis (?:de pe|din|cu|prin) |obțineți outlook|στάλθηκε (?:από|με) |išsiųsta iš |nosūtīts no |saadetud |dikirim dari |được gửi từ |đã gửi từ |ส่งจาก|נשלח מ|أُ?رسلت من|تم الإرسال من|مرسل من|发自|发送自|發自|从我的|從我的|来自我的|來自我的|獲取適用於|获取适用于|gửi từ |poslato (?:sa|iz|s) |išsiųsta |sent frá |enviat |فرستاده شده از |от (?:моего|мого) |나의 .{1,30}에서|내 .{1,30}에서|iphoneから|ipadから)/iu;

// The same told by the end of the line: "iPhone'umdan gönderildi", "iPhoneから送信", "Von meinem iPhone gesendet".
export const footerEndings =
  /(?:gesendet|gönderildi|küldve|から送信|より送信|から送信されました|에서 보냄|에서 보낸 메일|bidalia|भेजा गया|发送|傳送|发出|送信元)[.!。]?$/iu;

/** "Please excuse my brevity", "Pardon typos": what people add to such a footer. */
export const excuse =
  /(?:excuse|pardon|forgive|sorry for|apologi[sz]e for|apologies for|blame|ignore).{0,24}(?:typo|brevity|spelling|error|mistake|auto-?correct|short|terse)|brevity|typos|entschuldig.{0,30}(?:tippfehler|kürze)|excuse[rz].{0,30}(?:brièveté|fautes)|disculp.{0,30}(?:error|brevedad|faltas)|desculp.{0,30}(?:erros|brevidade)|scus.{0,30}(?:errori|brevità)|excuseer.{0,30}(?:typefout|beknopt)|ursäkta.{0,30}(?:stavfel|kortfatt)|przepraszam za (?:błędy|zwięzł)|извините за (?:опечатки|краткость)/iu;

export const deviceWords =
  /iphone|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|oneplus|nokia|motorola|pixel|htc|lg |sony|xperia|blackberry|windows|surface|outlook|gmail|yahoo|webmail|hotmail|mail (?:for|für|pour|para|per|voor|för|til|dla|для)|proton|airmail|mobil|mobile|phone|telefon|téléphone|smartphone|handy|tablet|teléfono|celular|móvil|cellulare|telefono|gsm|cell|device|appareil|gerät|toestel|enhet|телефон|смартфон|планшет|мобильн|почт|thunderbird|k-9|tutanota|tuta|spark|polymail|mailbird|aqua|typeapp|bluemail|superhuman|fastmail|zoho|gmx|web\.de|yandex|яндекс|qq|163|网易|foxmail|手机|スマートフォン|휴대|메일|mailbox|acompli|roundcube|wireless|telekom|mailspring|redmi|unterwegs|em client|mailtrack|workspace one|boîte mail|laposte|\bapp\b/iu;

// Footers of lists and groups: "You received this message because you are subscribed to…", "To unsubscribe from this group…".
export const listFooters =
  /^(?:you (?:received|are receiving) this (?:(?:message|email|e-mail) )?(?:because (?:you|your|this|it)\b|as you)|to unsubscribe(?:,|:| from (?:this|these|all)| send| click here| reply| visit| go to)|to (?:post to this group|view this discussion|stop receiving these)|unsubscribe(?: here)?[:<\s]*(?:https?:|$)|for more options, visit|.{1,60} mailing list(?: -- \S+)?$|https?:\/\/\S*(?:mailman|listinfo|unsubscribe|groups\.google)\S*$|<?\S+@(?:lists?|googlegroups|groups|mailman)\.\S+>?$|\S+-(?:request|unsubscribe|users|devel)@\S+$)/i;

// "Tel: +49 …", "M +44 …", "www.example.com", "ann@example.com", "Fax", a number of eight digits or more.
export const contactCue =
  /(?:^|[\s|·•,])(?:tel|telephone|phone|ph|mobile|mob|cell|fax|direct|office|handy|telefon|mobil|tél|téléphone|portable|teléfono|móvil|telefono|cellulare|telefone|celular|telefoon|mobiel|puh|gsm|тел|моб|факс|電話|电话|手机|전화|e-?mail|mail|web|website|skype|linkedin|twitter|m|t|p|e|w|f|d)\s?[.:)]|https?:\/\/|www\.|\S@\S+\.\S|\+?\(?\d[\d\s().\-/]{7,}\d/iu;

// "Holen Sie sich Outlook für iOS", "iOS için Outlook'u edinin", "取得 iOS 版 Outlook": program, system, and a word for getting it.
const getWords =
  /(?<!\p{L})(?:get|télécharger|téléchargez|obtene[zr]|obtenga|obtén|obter|obtenha|baixar|baixe|descargar|descarga|holen sie sich|herunterladen|laden sie|ottieni|scarica|downloade?n?|haal|hämta|hent|skaff|hanki|lataa|pobierz|stáhn(?:out|ěte)|získa(?:t|ť|jte)|stiahnu[tť]|beszerzése|letöltése|descărcați|obțineți|получит[ье]|скача(?:ть|йте)|загрузить|отримат[иь]|завантаж(?:ити|те)|изтеглете|вземете|λήψη|αποκτήστε|edinin|alın|indirin|קבל|השג|احصل|تنزيل|tải xuống|tải|nhận|รับ|ดาวน์โหลด|dapatkan|unduh|preuzmite|nabavite|prenesite|gaukite|atsisiųsti|iegūstiet|lejupielādēt|hankige|obteniu)(?!\p{L})|入手|获取|下载|取得|下載|다운로드|받기|獲取/iu;

/** A line that offers Outlook for a phone: few words, and one of them says to get it. */
export function isOutlookPromotion(words: string): boolean {
  if (words.length > 60 || !/outlook/i.test(words) || !/ios|android|mac\b|iphone/i.test(words)) return false;
  return words.split(/\s+/).length <= 8 && getWords.test(words);
}

// Yahoo Mail: Search, Organize, Conquer   Yahoo!メール - 無料アプリ   <https://www.avast.com/sig-email?…>   <#DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2>
export const promotions =
  /^yahoo mail: search, organi[sz]e, conquer|^yahoo!メール\s?-|^https?:\/\/www\.aqua-mail\.com\/?$|^<?https?:\/\/www\.avast\.com\/sig-email\S*$|^virus-free\.|^<?#[0-9a-f-]{30,40}>?$/i;

/** Greetings that stand before the name on one line: "LG Ann", "MfG, Max Muster", "Cheers Bob". */
export const closingBeforeName =
  /^(?:lg|vg|bg|mfg|mvh|gruß|gruss|grüße|grüsse|viele grüße|liebe grüße|beste grüße|regards|best regards|kind regards|cheers|groet|groeten|groetjes|hälsningar|hilsen|cordialement|saludos|saluti|pozdrawiam|с уважением|thanks,|thank you,|best,|merci,|danke,|gracias,|grazie,)\s*[,.!]?\s+(?=\S)/i;
