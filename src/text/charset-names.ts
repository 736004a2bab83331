// Names of charsets, as mail writes them, and what is meant by each.

import iconv from 'iconv-lite';

import { stateful } from './charset-stateful.ts';

// What a label is taken for: the superset that senders really use (WHATWG Encoding §4.2, and names seen in mail).
const aliases = new Map<string, string>([
  ['gb2312', 'gb18030'],
  ['gb231280', 'gb18030'],
  ['gbk', 'gb18030'],
  ['cp936', 'gb18030'],
  ['chinese', 'gb18030'],
  ['euccn', 'gb18030'],
  ['iso58gb231280', 'gb18030'],
  ['ksc56011987', 'cp949'],
  ['ksc5601', 'cp949'],
  ['ksc56011989', 'cp949'],
  ['korean', 'cp949'],
  ['euckr', 'cp949'],
  ['uhc', 'cp949'],
  ['windows949', 'cp949'],
  ['iso88591', 'windows1252'],
  ['iso8859115', 'iso885915'],
  ['iso885915euro', 'iso885915'],
  ['latin1', 'windows1252'],
  ['l1', 'windows1252'],
  ['cp819', 'windows1252'],
  ['isoir100', 'windows1252'],
  ['iso646us', 'windows1252'],
  ['us', 'windows1252'],
  ['usascii', 'windows1252'],
  ['ascii', 'windows1252'],
  ['ansix341968', 'windows1252'],
  ['ansi', 'windows1252'],
  ['iso88599', 'windows1254'],
  ['latin5', 'windows1254'],
  ['iso885911', 'windows874'],
  ['tis620', 'windows874'],
  ['tis6202533', 'windows874'],
  ['big5', 'big5hkscs'],
  ['xxbig5', 'big5hkscs'],
  ['cnbig5', 'big5hkscs'],
  ['xbig5', 'big5hkscs'],
  ['big5eten', 'big5hkscs'],
  ['shiftjis', 'cp932'],
  ['sjis', 'cp932'],
  ['xsjis', 'cp932'],
  ['mskanji', 'cp932'],
  ['windows31j', 'cp932'],
  ['mscp932', 'cp932'],
  ['euc', 'eucjp'],
  ['ujis', 'eucjp'],
  ['iso88598i', 'iso88598'],
  ['iso88598e', 'iso88598'],
  ['macintosh', 'macroman'],
  ['macce', 'maccenteuro'],
  ['maccentraleurope', 'maccenteuro'],
  ['macjapanese', 'cp932'],
  ['macchinesesimp', 'gb18030'],
  ['macchinesetrad', 'big5hkscs'],
  ['mackorean', 'cp949'],
  ['unicode11utf8', 'utf8'],
  ['xunknown', ''],
  ['unknown8bit', ''],
  ['default', ''],
  ['8bit', ''],
  ['binary', ''],
  ['none', ''],
  // Codecs of the library that are no charsets.
  ['base64', ''],
  ['hex', ''],
  ['utf7imap', ''],
]);

/** `ISO-8859-1*en`, `"utf-8"`, `charset=utf8` and the like to one spelling, then to the charset that is meant; '' for none. */
export function canonicalCharset(label: string): string {
  let name = known.get(label);
  if (name === undefined) {
    name = lookUp(label);
    // Mail has a few dozen labels; one that makes them up does not fill the memory.
    if (known.size >= 500) known.clear();
    known.set(label, name);
  }
  return name;
}

/** Labels that were looked up: that takes longer than all else that is done with most headers. */
const known = new Map<string, string>();

function lookUp(label: string): string {
  const name = spell(label);
  if (aliases.has(name) || stateful.has(name) || iconv.encodingExists(name)) return aliases.get(name) ?? name;
  const standard = spell(standardName(label));
  return aliases.get(standard) ?? standard;
}

/** The name that browsers know a label by (WHATWG Encoding §4.2): csISOLatin2, logical, iso-ir-144; itself for any other. */
function standardName(label: string): string {
  try {
    return new TextDecoder(label.slice(0, 100)).encoding;
  } catch {
    return label;
  }
}

function spell(label: string): string {
  return (
    label
      .slice(0, 100)
      .toLowerCase()
      .replace(/^charset=/, '')
      // The locale of a computer: ru_RU.CP1251
      .replace(/^[a-z]{2}_[a-z]{2}[.-]/, '')
      .replace(/\*.*$/, '')
      .replace(/[^a-z0-9]/g, '')
      .replace(/^cs(?=iso|ks|windows)/, '')
      .replace(/^x(?=windows|cp\d|gb|euc|iso|mac|ms)/, '')
      .replace(/^(?:dos|ibm)(?=\d)/, 'cp')
      .replace(/^utf8mb\d$/, 'utf8')
      .replace(/^(?:cp|win|microsoftcp)(125\d)$/, 'windows$1')
      .replace(/^unicode(?=utf)/, '')
  );
}
