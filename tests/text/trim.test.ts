import { expect, test } from 'vitest';

import { trimReply } from '../../src/text/trim.ts';
import { cpuTime, growth, linearGrowth } from '../support/cpu-time.ts';
import { attributionLines } from './attribution-lines.ts';

const own = 'It works now.\nThe new toner helped.';

test.each(attributionLines)('%s: what stands below it is history, quoted or not', (_name, lines) => {
  for (const below of ['\n\n> Old text\n> more of it', '\n> Old text', '\n\nOld text\nmore of it\n\nand more.'])
    for (const above of [`${own}\n\n`, `${own}\n`]) {
      expect(trimReply(above + lines + below)).toEqual({ visible: own, signature: null, cut: true });
    }
});

test.each(attributionLines)('%s: with CRLF line ends too', (_name, lines) => {
  expect(trimReply(`${own}\n\n${lines}\n\n> Old text`.replaceAll('\n', '\r\n')).visible).toBe(own);
});

const kept: ReadonlyArray<readonly [name: string, text: string]> = [
  ['sentence with From: To:', 'Please change the route.\nIt goes From: Berlin To: Munich now.\nThanks a lot for that.'],
  ['travel form', 'Please book:\nFrom: London\nTo: Paris\nDate: 3 May 2024 10:30\n\nWindow seat please.'],
  ['log said', 'On 3 May 2024 at 10:15 the server wrote:\nERROR disk full\nWARN retry\n\nWhat now?'],
  ['log said quoted', 'The server said:\n> ERROR disk full\n> WARN retry'],
  ['shell', 'I ran this:\n\n> npm install\n> npm test\n\nand it failed with code 1.'],
  ['shell end', 'I ran this:\n\n> npm install\n> npm test'],
  ['python', "In Python:\n>>> import os\n>>> os.getcwd()\n'/tmp'\n\nIs that right?"],
  ['diff', 'Patch:\n3c3\n< old line\n---\n> new line\n\nPlease apply.'],
  ['diff end', 'Patch:\n3c3\n< old line\n---\n> new line'],
  ['unified diff', 'Here:\n--- a/file.txt\n+++ b/file.txt\n@@ -1,2 +1,2 @@\n-old\n+new\n\nOk?'],
  ['markdown quote', 'As the manual says:\n\n> Do not open the case.\n\nBut I have to.'],
  ['markdown heads', '# Title\n\nText\n\n* * *\n\nMore text here follows.'],
  [
    'raw headers',
    'These are the headers of the spam:\n\nReturn-Path: <x@y.test>\nReceived: from a by b\nFrom: x@y.test\nTo: me@z.test\nSubject: Win\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nCan you block it?',
  ],
  ['On dates', 'On Monday, 3 May I tried again:\n\nit fails.\n\nOn Tuesday it worked.'],
  ['as john wrote', 'As you wrote on 3 May 2024:\nthe toner is empty. But it is not.'],
  ['I wrote to', 'On 3 May 2024 at 10:15 I wrote to bob@example.com:\nno answer so far. What can I do?'],
  ['colon with date', 'Backup of 2024-05-03 10:15:\nfailed\nBackup of 2024-05-04 10:15:\nok'],
  [
    'error log',
    '2024-05-03 10:15:22 user <ann@example.com>: login failed\n2024-05-03 10:15:24 user <ann@example.com>: login failed\nWhy?',
  ],
  [
    'error log 2',
    '2024-05-03 10:15 ann <ann@example.com>:\nlogin failed\n2024-05-03 10:16 ann <ann@example.com>:\nlogin failed\nWhy?',
  ],
  ['chat paste', 'The chat:\n[10:15] Ann: hello\n[10:16] Bob: hi\n\nThat is all.'],
  ['original message words', 'I did not keep the original message.\n--- original parts only ---\nplease send.'],
  ['subject line only', 'Subject: is not shown in the list.\nFrom: is shown.\nPlease fix.'],
  ['table', 'Name | Value\n-----|------\na    | 1\n\nPlease fix.'],
  ['box', '==========\nIMPORTANT\n==========\nThe door is open.'],
  ['single quoted line in the middle', 'Hello\n> press any key\nthat is what it shows'],
  ['xml', '<a>\n > b\n</a>\nis the file'],
  ['german date colon', 'Am 3. Mai 2024 um 10:15 habe ich Folgendes gesehen:\n\nFehler 17\n\nWas tun?'],
  ['french', "Le 3 mai 2024 à 10:15 j'ai vu ce message :\n\nErreur 17\n\nQue faire ?"],
  ['spanish', 'El 3 de mayo de 2024 a las 10:15 el sistema escribió:\n\nError 17\n\n¿Qué hago?'],
  ['german system', 'Am 3. Mai 2024 um 10:15 schrieb das System:\n\nFehler 17\n\nWas tun?'],
  ['address list', 'Please add these people:\nAnn Example <ann@example.com>\nBob Example <bob@example.com>'],
  ['code', 'Code:\n\n```\n-- \nselect 1;\nFrom: x@y.test\nTo: z@y.test\nSubject: foo\n> quoted\n```\n\nOk?'],
  ['http quote', 'See\n\n>> http://example.com <<\n\nfor more'],
  ['contact form', 'Name: Ann\nEmail: ann@example.com\nSubject: Printer\nMessage: It is broken.\nIt smokes.'],
  ['form From', 'From: Ann <ann@example.com>\nSubject: Printer\n\nIt is broken.'],
  [
    'appointment',
    'Invitation for an interview:\n\nDate: Wednesday 3, October 2011\nTime: 7 : 00am\nAddress: 130 Fox St\n\nPlease bring in your ID.',
  ],
  ['compare', 'The value must be\n> 5 and < 10'],
  [
    'inline red',
    'Hi,\nsee my answers below in red.\n\nFrom: Ann <ann@example.com>\nSent: Monday, 2 April 2024 18:26\nTo: Bob <bob@example.com>\nSubject: Printer\n\nDoes it work?\nYes it does.\nAnd the scanner?\nNo.',
  ],
  ['Re: note', 'Note to self:\nfrom: the manual\nto: the desk'],
  [
    'http header',
    'Request:\n\nGET / HTTP/1.1\nHost: example.com\nFrom: bot@example.com\nDate: Mon, 1 Jan 2024 10:00:00 GMT\n\nWhy 403?',
  ],
  ['smtp log', 'Log:\n\nMAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>\n550 no\n\nWhy?'],
  [
    'git log',
    'commit abc\nAuthor: Ann <ann@example.com>\nDate:   Mon Apr 2 18:26:36 2024 +0200\n\n    Fix\n\nThis one broke it.',
  ],
  [
    'git patch',
    'From abc Mon Sep 17 00:00:00 2001\nFrom: Ann <ann@example.com>\nDate: Mon, 2 Apr 2024\nSubject: [PATCH] Fix\n\n---\n a | 2 +-',
  ],
  ['letter', 'To: the board\nDate: 2 April 2024\nSubject: Printer\n\nWe need one.'],
  ['memo in mid', 'Please print this memo:\n\nTo: the board\nDate: 2 April 2024\nSubject: Printer\n\nWe need one.'],
  ['order', 'My order:\n\nDate: 2 April 2024\nFrom: shop@example.com\nItem: Toner\n\nNever came.'],
  ['stack', 'Error:\n  at foo (a.js:10:20)\n  at bar (b.js:1:2):\n> 1 | x\n    | ^\n\nHelp?'],
  ['prompt C', 'C:\\> dir\nC:\\> cd x\n\nfails'],
  ['start with shell', '> npm start\nError: EACCES\n\nWhat is that?'],
  ['thanks bob addressing', 'Thanks Bob!\n\nIt works.'],
  ['regard in last', 'Please send my regards,\nand the papers.'],
  [
    'what was sent on a day',
    'Hello,\n\nOn 14 March 2024 at 09:26 we sent you the following order:\n\n3 printers\n\nIt never came.',
  ],
  [
    'what a colleague wrote on a day',
    'Hallo,\n\nam 14.03.2024 um 09:26 schrieb mir Ihr Kollege, dass der Drucker kommt:\n\nNichts kam.',
  ],
  ['what somebody wrote', 'Hallo,\n\nHerr Müller schrieb am 14.03.2024:\n\nEr kommt am Montag.\n\nEr kam nicht.'],
  ['what a message says', 'Hi,\n\nThe message of 14 March 2024 at 9:26 says:\n\nPrinter offline.\n\nWhat now?'],
  [
    'an answer somebody got',
    'Hi,\n\nAnn Lee (ann@example.com) wrote to you on 14 March 2024 and got this answer:\n\nWe will call.\n\nNobody called.',
  ],
  ['what I wrote, Dutch', 'Hallo,\n\nOp 14 maart 2024 om 9:26 schreef ik het volgende:\n\nDe printer is stuk.'],
  [
    'a form with From and Subject',
    'Name: Ann Lee\nFrom: Berlin\nEmail: ann@example.com\nDate: 14.03.2024\nSubject: printer\n\nIt is broken, please call.',
  ],
  [
    'an invoice with From and Subject',
    'Invoice date: 02.04.2024\nFrom: Example Ltd\nTo: Ann Lee\nSubject: printer\nAmount: 50\n\nThis invoice is wrong.',
  ],
  ['a marker that is shown', 'The display shows:\n\n--- Original Message ---\n\nWhat does it mean?'],
  ['a marker inside a sentence', 'The screen shows\n----- Original -----\nand nothing else. What shall I do?'],
  ['what a standard says', 'As RFC 3676 says:\n\n> The delimiter is "-- "\n\nso your program is wrong.'],
  ['a day above a sentence about a letter', 'Monday\nAnn wrote to us that she comes.'],
  [
    'what the technician wrote, French',
    'Bonjour,\n\nLe 4 mars 2024 à 9h30, votre technicien a écrit que :\nla pièce est commandée.\n\nOù est-elle ?',
  ],
  [
    'what the technician wrote, Polish',
    'Dzień dobry,\n\nW dniu 4 marca 2024 o 9:30 serwisant napisał:\n"jutro". Nie przyszedł.',
  ],
  [
    'what the technician wrote, Swedish',
    'Hej,\n\nden 4 mars 2024 kl 9.30 skrev er tekniker:\n"i morgon". Han kom inte.',
  ],
  ['what the technician wrote, Chinese', '您好，\n\n2024年3月4日9:30你们的技术员写道：\n“明天来”。没有来。'],
  [
    'a parcel',
    'Tracking:\nFrom: Hamburg, DE\nTo: London, UK\nSent: 4 March 2024\nSubject: parcel 12345\n\nIt has not come.',
  ],
  ['settings', 'from: ann@example.com\nto: bob@example.com\nretries: 3\n\nIs this config right?'],
  ['dash list after closing', 'Thanks\n- paper\n- toner'],
];

test('Gmail once wrote its attribution without a verb and a colon, above a quote', () => {
  expect(trimReply('It does.\n\n2011/5/8 Ann <ann@example.com>\n\n> Does it work?').visible).toBe('It does.');
});

test('Outlook Express names the article it answers in a newsgroup', () => {
  const attribution = '"Ann" <ann@example.com> wrote in message\nnews:abc123@example.com...';
  expect(trimReply(`It does.\n\n${attribution}\n> Does it work?`).visible).toBe('It does.');
});

test('The Bat! and Supercite quote with initials and names, below an attribution', () => {
  const bat = 'Monday, March 4, 2024, 9:26:50 AM, you wrote:\n\nAL> Does it work?\nAL> Ann';
  expect(trimReply(`${bat}\n\nIt does.`).visible).toBe('It does.');
  const supercite = '>>>>> "Ann" == Ann Lee <ann@example.com> writes:\n\n    Ann> Does it work?';
  expect(trimReply(`It does.\n\n${supercite}`).visible).toBe('It does.');
  const shown = 'The database shows:\n\nSQL> select 1;\nSQL> quit';
  expect(trimReply(shown).visible).toBe(shown);
});

test('a comparison that was wrapped stays, the history below it goes', () => {
  const text =
    'Price: 5 > 4.\n>5 would be too much.\n\nOn Tue, 2 Apr 2024 at 18:26, Ann <ann@example.com> wrote:\n\n> Hi';
  expect(trimReply(text).visible).toBe('Price: 5 > 4.\n>5 would be too much.');
});

test.each(['👍', '...', '?', ':)'])('%s is an answer, and what stands below is a signature', (answer) => {
  expect(trimReply(`${answer}\n\nSent from my iPhone`)).toMatchObject({
    visible: answer,
    signature: 'Sent from my iPhone',
  });
});

test('what PGP puts around a signed text is no part of it', () => {
  const text =
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt does.\n-----BEGIN PGP SIGNATURE-----\n\niQEzBA\n=ab\n-----END PGP SIGNATURE-----';
  expect(trimReply(text).visible).toBe('It does.');
});

test('the end of a quoted line that was wrapped is quoted, below the last quoted line too', () => {
  const history =
    'On Tue, 2 Apr 2024 at 18:26, Ann <ann@example.com> wrote:\n> Does the printer in the second room of your office in Berlin work\nagain?';
  expect(trimReply(`It does.\n\n${history}`).visible).toBe('It does.');
});

test('the quote below words and an attribution on one line is history', () => {
  const text = 'It does. On Mon, 4 Mar 2024 at 09:26, Ann <ann@example.com> wrote:\n\n> Does it work?';
  expect(trimReply(text).visible).toBe('It does.');
});

test('Outlook may quote each line of what it answers, its header too', () => {
  const history =
    '-----Original Message-----\nFrom: Ann <ann@example.com>\nSent: Tuesday\nSubject: Printer\n\nDoes it work?';
  const quoted = history.replace(/^/gm, '> ');
  expect(trimReply(`It does.\n\n${quoted}`).visible).toBe('It does.');
});

test.each(kept)('text that only looks like a quotation stays: %s', (_name, text) => {
  expect(trimReply(text).visible).toBe(text);
});

test('words of the author before an attribution on the same line are kept', () => {
  expect(trimReply('yes--- On Wed, Apr 4, 2012 at 3:59 PM, ann@example.com wrote:\n> Hi').visible).toBe('yes');
});

test('the ways to quote that have no > are cut below an attribution', () => {
  for (const quote of ['Ann> Does it?\nAnn> Tell me.', '| Does it?\n| Tell me.', '    Does it?'])
    expect(trimReply(`Yes.\n\nAnn Example <ann@example.com> writes:\n\n${quote}`).visible).toBe('Yes.');
});

test('an answer before and after one quote is kept without the quote', () => {
  const text = 'See below.\n\nOn Mon, Apr 2, 2024 at 6:26 PM Ann <ann@example.com> wrote:\n> Does it?\n\nYes.';
  expect(trimReply(text).visible).toBe('See below.\n\nYes.');
});

test('of a long quote above an answer, the last lines are kept', () => {
  const long = Array.from({ length: 9 }, (_, index) => `> line ${index}`).join('\n');
  const text = `${long}\n\nYes.\n\n> And?\n\nNo.`;
  expect(trimReply(text).visible).toBe(`> […]\n${long.split('\n').slice(-5).join('\n')}\n\nYes.\n\n> And?\n\nNo.`);
});

const shapes: ReadonlyArray<readonly [name: string, unit: string]> = [
  ['quoted lines', '> a line\n'],
  ['lines that end with a colon', '2024-01-01 10:00:\n'],
  ['lines with an address', 'a@b.test <a@b.test>:\n'],
  ['header lines', 'From: a\nTo: b\n'],
  ['attributions', 'On Mon, Apr 2, 2024 at 6:26 PM Ann <a@b.test> wrote:\n> q\n\na\n'],
  ['answers between quotes', '> q\n\na\n\n'],
  ['closings', 'Regards,\nAnn\n\n'],
  ['delimiters', '-- \n'],
  ['one line', 'word '],
  ['one line of marks', '>'],
  ['blank lines', '\n'],
];

test.each(shapes)('%s take time in proportion to the length of the text', async (_name, unit) => {
  const work = (size: number) => {
    const text = `Hello\n\n${unit.repeat(Math.ceil(size / unit.length))}`;
    return () => trimReply(text);
  };
  expect(await growth(work, 120_000)).toBeLessThan(linearGrowth);
});

test('a million quoted lines take about a second', async () => {
  const text = `Yes.\n\n${'> line\n'.repeat(1_000_000)}`;
  expect(trimReply(text).visible).toBe('Yes.');
  expect(await cpuTime(() => trimReply(text))).toBeLessThan(2_500);
});
