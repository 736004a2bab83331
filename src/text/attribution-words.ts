// What people's mail programs say when they name whom they quote, in the languages they speak: "wrote", "schrieb", "a écrit".

const verbs = `wrote|writes|spake|has written|said|says|sent|replied|responded
  schrieb|schrieben|schreibt|geschrieben|schreef|schrijft|geschreven|het volgende geschreven
  skrev|skriver|skrev følgende|skrivit|följande|følgende|skrifaði|kirjoitti|kirjoittaa|kirjutas
  a écrit|à écrit|ecrit|écrit|a ecrit|écrivait|a répondu|escribió|escribio|escribe|escribieron|ha escrito|va escriure|ha escrit
  escreveu|escreve|escreveram|a scris|scrie|ha scritto|scrive|scrisse
  pisze|napisał|napisała|napisał(a)|napisał/a|napisali|użytkownik|napsal|napsala|napsal(a)|napsal/a|píše
  napísal|napísala|napísal(a)|používateľ|uživatel|je napisao|je napisala|napisao|napisala|napisao/la|je napisal|piše|написао
  пишет|писал|писала|написал|написала|написал(а)|написав|написала|написав(ла)|написав(-ла)|пише|написа
  írta|írt|ezt írta|a következőt írta|yazdı|yazmış|şunu yazdı|şunları yazdı|tarihinde|έγραψε|έγραψαν|rašė|parašė|rakstīja
  כתב|כתבה|כתב/ה|כתב(ה)|מאת|كتب|كتبت|كتب/ت|بواسطة|نوشت|đã viết|viết|menulis|wrote this|เขียนว่า|เขียน
  写道|寫道|写到|寫到|写了|來信|のメッセージ|のメール|書きました|書き込みました|が書いた|は書きました|さんは書きました|さんが作成|님이 작성|님이 작성한|작성|님이 쓴 글|쓴 글|썼습니다|작성했습니다|님의 말`;

const alternatives = [...new Set(verbs.split(/[|\n]/).map((word) => word.trim()))]
  .sort((a, b) => b.length - a.length)
  .map((word) => word.replace(/[()/]/g, (character) => `\\${character}`))
  .join('|');

/** A verb of writing as a word of its own; CJK verbs follow the name without a blank. */
const verbAnywhere = new RegExp(`(?:^|[^\\p{L}])(?:${alternatives})(?![\\p{L}])`, 'iu');
const cjkVerb =
  /(?:写道|寫道|写到|寫到|のメッセージ|のメール|書きました|書き込みました|書いた|が作成|님이 작성|님이 쓴|쓴 글|썼습니다|작성했습니다|님의 말)/;
const verbLast = new RegExp(`(?:^|[^\\p{L}])(?:${alternatives})[\\s:：,.…]*$`, 'iu');

export function hasVerb(text: string): boolean {
  return verbAnywhere.test(text) || cjkVerb.test(text);
}

export function endsWithVerb(text: string): boolean {
  const tail = text.slice(-60);
  return verbLast.test(tail) || /(?:写道|寫道|のメッセージ|書きました|님이 작성)[\s:：]*$/.test(tail);
}

// Month names, nominative and genitive, long and short, of the languages above; digits stand beside them.
const months = `january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
  januar februar märz mai juni juli oktober dezember mär okt dez janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr avr juil déc
  enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene abr ago dic janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev mai set out
  gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug ott januari februari maart mei augustus mrt
  stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia sty lut kwi maj cze lip sie wrz paź lis gru
  января февраля марта апреля мая июня июля августа сентября октября ноября декабря янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек
  січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня січ лют бер квіт трав черв лип серп вер жовт лист груд
  ledna února března dubna května června července srpna září října listopadu prosince januára februára apríla mája júna júla augusta septembra októbra novembra decembra máj
  augusti desember des tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
  tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu
  január február március április május június július augusztus szeptember október febr márc ápr jún júl szept
  ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık oca şub nis haz tem ağu eyl eki kas ara
  ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie ian iun iul
  ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου ιαν φεβ μαρ απρ μαΐ ιουν ιουλ αυγ σεπ οκτ νοε δεκ
  януари февруари март април май юни юли август септември октомври ноември декември
  siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca avgust avg decembar
  sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio
  janvāris februāris aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris jaanuar veebruar märts aprill juuni juuli detsember
  gener febrer març maig juny juliol setembre octubre desembre agustus maret agu בינו פבר מרץ אפר מאי יוני יולי אוג ספט אוק נוב דצמ ינואר פברואר אפריל אוגוסט ספטמבר אוקטובר נובמבר דצמבר
  يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر`;

export const monthWords: ReadonlySet<string> = new Set(months.split(/\s+/));

/** First words of sentences about somebody's writing that no program wrote: `The server said:`. */
export const proseSubjects =
  /(?:^|[\s,])(?:the|this|that|it|he|she|they|we|which|who|and|but|as|my|our|your|its|their|here|following|der|die|das|es|er|sie|wir|mein|unser|le|la|les|il|elle|ils|nous|el|los|las|ella)\s+(?:[\p{L}'’-]+\s+){0,2}$/iu;
