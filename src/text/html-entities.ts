// Character references of HTML, decoded: all of HTML 4, the few of HTML 5 that mail uses, and numbers as browsers read them.

// In the order of their code points, so that no number needs writing.
const fromNbsp =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
const fromAlpha =
  'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega - - - - - - - alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega';
const others =
  'quot=" amp=& lt=< gt=> apos=\' OElig=Œ oelig=œ Scaron=Š scaron=š Yuml=Ÿ fnof=ƒ circ=ˆ tilde=˜ thetasym=ϑ upsih=ϒ piv=ϖ ensp=\u2002 emsp=\u2003 thinsp=\u2009 zwnj=\u200c zwj=\u200d lrm=\u200e rlm=\u200f ndash=– mdash=— lsquo=‘ rsquo=’ sbquo=‚ ldquo=“ rdquo=” bdquo=„ dagger=† Dagger=‡ bull=• hellip=… permil=‰ prime=′ Prime=″ lsaquo=‹ rsaquo=› oline=‾ frasl=⁄ euro=€ image=ℑ weierp=℘ real=ℜ trade=™ alefsym=ℵ larr=← uarr=↑ rarr=→ darr=↓ harr=↔ crarr=↵ lArr=⇐ uArr=⇑ rArr=⇒ dArr=⇓ hArr=⇔ forall=∀ part=∂ exist=∃ empty=∅ nabla=∇ isin=∈ notin=∉ ni=∋ prod=∏ sum=∑ minus=− lowast=∗ radic=√ prop=∝ infin=∞ ang=∠ and=∧ or=∨ cap=∩ cup=∪ int=∫ there4=∴ sim=∼ cong=≅ asymp=≈ ne=≠ equiv=≡ le=≤ ge=≥ sub=⊂ sup=⊃ nsub=⊄ sube=⊆ supe=⊇ oplus=⊕ otimes=⊗ perp=⊥ sdot=⋅ lceil=⌈ rceil=⌉ lfloor=⌊ rfloor=⌋ lang=⟨ rang=⟩ loz=◊ spades=♠ clubs=♣ hearts=♥ diams=♦ check=✓ star=☆ phone=☎ commat=@ period=. comma=, colon=: semi=; excl=! quest=? num=# dollar=$ percnt=% lpar=( rpar=) ast=* plus=+ equals== sol=/ bsol=\\ lowbar=_ hyphen=‐ dash=‐ lbrack=[ rbrack=] lsqb=[ rsqb=] lcub={ rcub=} verbar=| grave=` Tab=\t NewLine=\n Scedil=Ş scedil=ş Gbreve=Ğ gbreve=ğ Idot=İ imath=ı Ccaron=Č ccaron=č Zcaron=Ž zcaron=ž Aogon=Ą aogon=ą Eogon=Ę eogon=ę Lstrok=Ł lstrok=ł Nacute=Ń nacute=ń Sacute=Ś sacute=ś Zdot=Ż zdot=ż Zacute=Ź zacute=ź';

const named = new Map<string, string>();
for (const [index, name] of fromNbsp.split(' ').entries()) named.set(name, String.fromCharCode(0xa0 + index));
for (const [index, name] of fromAlpha.split(' ').entries()) named.set(name, String.fromCharCode(0x391 + index));
// Split at spaces that no value is: the wide spaces among the values are written as escapes and are no U+0020.
for (const pair of others.split(' ')) named.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));

// &#128; to &#159; mean windows-1252 in every browser.
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function fromCodePoint(code: number): string {
  if (code >= 0x80 && code < 0xa0) return windows1252[code - 0x80] ?? '\ufffd';
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : '\ufffd';
}

// &amp; &AMP; &nbsp (no semicolon, as in `&nbsp&nbsp`) &#8211; &#x2013;
const reference = /&(?:#(\d{1,8});?|#[xX]([0-9a-fA-F]{1,8});?|([a-zA-Z][a-zA-Z0-9]{1,9})(;?))/g;

// Those that browsers know without a semicolon too are the Latin-1 ones.
const withoutSemicolon = new Set([...fromNbsp.split(' '), 'amp', 'lt', 'gt', 'quot']);

/** Text with its character references decoded; what is none (`AT&T`, `?a=1&copy=2` in a link) stays. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(reference, (whole, decimal, hex, name, semicolon, offset: number) => {
    if (decimal !== undefined) return fromCodePoint(Number.parseInt(decimal, 10));
    if (hex !== undefined) return fromCodePoint(Number.parseInt(hex, 16));
    if (semicolon === '' && (!withoutSemicolon.has(name) || text[offset + whole.length] === '=')) return whole;
    const value = named.get(name) ?? named.get(name.toLowerCase());
    return value ?? whole;
  });
}
