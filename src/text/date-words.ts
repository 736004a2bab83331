// The words of dates as mail programs write them in attribution lines: months, days of the week, and what stands between.

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
  tammik helmik maalisk huhtik toukok kesäk heinäk elok syysk lokak marrask jouluk tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu
  január február március április május június július augusztus szeptember október febr márc ápr jún júl szept
  ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık oca şub nis haz tem ağu eyl eki kas ara
  ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie ian iun iul
  ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου ιαν φεβ μαρ απρ μαΐ ιουν ιουλ αυγ σεπ οκτ νοε δεκ
  януари февруари март април май юни юли август септември октомври ноември декември
  siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca avgust avg decembar
  sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio
  janvāris februāris aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris jaanuar veebruar märts aprill juuni juuli detsember
  gener febrer març maig juny juliol setembre octubre desembre agustus maret agu בינו פבר מרץ אפר מאי יוני יולי אוג ספט אוק נוב דצמ ינואר פברואר אפריל אוגוסט ספטמבר אוקטובר נובמבר דצמבר
  mac mei ogos juni julai ogo disember thg tháng janar shkurt prill qershor korrik gusht shtator tetor nëntor dhjetor sij ožu ožuj velj tra trav svi svib lis lip kol ruj list stu pro kvě zář říj úno led bře dub čvn čvc srp
  ม.ค ก.พ มี.ค เม.ย พ.ค มิ.ย ก.ค ส.ค ก.ย ต.ค พ.ย ธ.ค มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม
  जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر
  јануар фебруар март април мај јун јул август септембар октобар новембар децембар јан феб апр авг окт нов дец
  يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر`;

export const monthWords: ReadonlySet<string> = new Set(months.split(/\s+/));

// Days of the week, long and short.
const weekdays = `monday tuesday wednesday thursday friday saturday sunday mon tue tues wed weds thu thur thurs fri sat sun
  montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
  lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta feira seg ter qua qui sex luns venres dl dt dc dj dv ds dg
  lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo
  måndag tisdag onsdag torsdag fredag lördag söndag mån tis ons tors tor fre lör sön mandag tirsdag lørdag søndag man tir lør søn maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai ti ke to pe la su
  poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz pondělí úterý středa čtvrtek pátek neděle po út st čt pá ne pondelok utorok štvrtok piatok nedeľa ut št pi
  hétfő kedd szerda csütörtök péntek szombat vasárnap luni marți miercuri joi vineri sâmbătă duminică joi vin sâm ponedjeljak utorak srijeda četvrtak petak subota nedjelja uto sri čet pet sub ned ponedeljek torek sreda sre ponedeljak
  понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс понеділок вівторок середа четвер пʼятниця п'ятниця субота неділя нд понеделник вторник сряда четвъртък петък събота неделя пон уто сре чет пет суб нед
  δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή δευ τρί τετ πέμ παρ σάβ κυρ pazartesi salı çarşamba perşembe cuma cumartesi pazar pzt sal çar per cum cmt paz
  pr an tr kt pn št sk pirmd otrd trešd ceturtd piektd sestd svētd esmaspäev teisipäev kolmapäev neljapäev reede laupäev pühapäev senin selasa rabu kamis jumat sabtu minggu sen sel rab kam jum isn
  יום ראשון שני שלישי רביעי חמישי שישי שבת الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد الإثنين الاثنين، دوشنبه mán þri mið fim fös lau sun सोम मंगल बुध गुरु शुक्र शनि रवि`;

/** Words that open an attribution before its date; with one of them at its head it is complete. */
const openers = `on at am le el il op em den d dne dňa dnia w dana v u na на в у στις at pada tanggal vào ngày no a la pe în in i giorno data missatge kuupäev o ο ás às en ב בתאריך في در تاریخ ในวันที่ เมื่อ þann 在 于 於 dia noong письме dniu`;

// What stands between and behind: klo 9.26, um 09:26 Uhr, a las 9:26 a. m., г. в, alle ore, o godz.
const between = `kl klo kello klockan um uhr om at às à à(s a las les alle ore h m p p.m a.m am pm de del des do dem mrt г р о о. в у годз godz godzinie ob de. ч lúc kell pukul jam und vào sa ch ч. ό το στις πμ μμ π.μ μ.μ utc gmt cet cest est edt pst pdt cst bst mez mesz msk eet brt wib sati g plkst godine ص م الساعة בשעה ב को بجے बजे เวลา be น th th. dnia dia keltezéssel időpontban dátummal пользователь користувач użytkownik użytkownika uživatel používateľ odesílatel oseba lietotājs χρήστης sur je ne hat heeft folgendes följande igorleak erabiltzaileak e ko o'clock dem le saatinde przez napisana wiadomość het volgende ga idatzi hau zuen`;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));
const weekdayWords = words(weekdays);
const openerWords = words(openers);
const betweenWords = words(between);

// 4  04.  2024,  9:26:50  04/03/2024  2024-03-04  +0100  4th  ٤  2024年3月4日  9h26
const numberOfDate =
  /^[[(]?[+-]?\p{Nd}{1,4}(?:st|nd|rd|th|er|º|\.º|年|月|日|时|時|分|點|點|년|월|일)?(?:[.:/年月h時时-]\p{Nd}{1,4}(?:日|月|分|am|pm)?){0,4}[\])]?$/iu;

function bareWord(word: string): string {
  return word.toLowerCase().replace(/^[("'«[]+|[.,;:)"'»\]،、،+-]+$/g, '');
}

/** A number, month, day of the week, or a word that stands between those. */
export function isDateWord(word: string): boolean {
  const bare = bareWord(word);
  return (
    bare === '' ||
    numberOfDate.test(bare) ||
    monthWords.has(bare) ||
    weekdayWords.has(bare) ||
    openerWords.has(bare) ||
    betweenWords.has(bare)
  );
}

/** `On`, `Am`, `Le`: the first word is one that opens a date. */
export function beginsWithOpener(text: string): boolean {
  return openerWords.has(bareWord(text.trimStart().split(/\s/, 1)[0] ?? ''));
}

export function hasWeekday(text: string): boolean {
  return text.split(/[\s,،、]+/, 12).some((word) => weekdayWords.has(bareWord(word)));
}
