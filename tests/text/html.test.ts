import { expect, test } from 'vitest';

import { htmlToText, renderHtml } from '../../src/text/html.ts';
import { cpuTime } from '../support/cpu-time.ts';

test.each([
  ['paragraphs', '<p>One</p><p>Two\n lines</p>', 'One\n\nTwo lines'],
  ['line breaks', 'a<br>b<br/><br>c</br>d', 'a\nb\n\nc\nd'],
  ['many line breaks', 'a<br><br><br><br>b', 'a\n\nb'],
  ['divs, as Gmail writes them', '<div>a</div><div><br></div><div>b<br></div><div>c</div>', 'a\n\nb\nc'],
  [
    'paragraphs of Outlook',
    '<p class="MsoNormal">a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p><p class=MsoNormal>c</p>',
    'a\n\nb\nc',
  ],
  ['white space', '  a \n <b> b</b>c  <i>d </i> e ', 'a bc d e'],
  ['no-break spaces', 'a&nbsp;b&nbsp; c', 'a b  c'],
  [
    'character references',
    '&lt;b&gt; &amp;amp; &#8364;&#x20AC;&#128; &eacute; AT&T &unknown; &nbsp&copy',
    '<b> &amp; €€€ é AT&T &unknown;  ©',
  ],
  ['broken character references', '&#0;&#xD800;&#99999999;&#;', '\ufffd\ufffd\ufffd&#;'],
  ['headings', '<h1>Title</h1>text<h2>Next</h2>', 'Title\n\ntext\n\nNext'],
  ['a rule', 'a<hr>b', 'a\n──────────\nb'],
  ['preformatted text', '<pre>if (a &lt; b) {\n\n\n  c();\n}</pre>', 'if (a < b) {\n\n\n  c();\n}'],
  ['white-space: pre-wrap', '<div style="white-space: pre-wrap">a\n  b</div>', 'a\n  b'],
  ['a bullet list', '<ul><li>one<li>two</li><li><p>three</p></li></ul>end', '- one\n- two\n- three\n\nend'],
  ['a numbered list', '<ol start="9"><li>a</li><li>b</li></ol>', '9. a\n10. b'],
  [
    'lists in lists',
    '<ul><li>a<ol><li>b</li><li>c<br>d</li></ol></li><li>e</li></ul>',
    '- a\n  1. b\n  2. c\n     d\n- e',
  ],
  [
    'a quote',
    '<p>a</p><blockquote>b<br>c<blockquote>d</blockquote></blockquote><p>e</p>',
    'a\n\n> b\n> c\n>\n> > d\n\ne',
  ],
  [
    'an attribution and its quote',
    'Ann wrote:<br><blockquote type="cite"><div>b</div></blockquote>',
    'Ann wrote:\n> b',
  ],
  [
    "Gmail's indentation",
    '<blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>a</div></blockquote>',
    'a',
  ],
  ['text without tags', 'just 1 < 2 and 3 > 2', 'just 1 < 2 and 3 > 2'],
  ['nothing', '', ''],
])('%s', (_name, html, expected) => {
  expect(htmlToText(html)).toBe(expected);
});

test.each([
  ['a link', '<a href="https://example.com/a?b=1&amp;c=2">here</a>.', 'here <https://example.com/a?b=1&c=2>.'],
  ['a link whose text is its target', '<a href="https://example.com/">https://example.com</a>', 'https://example.com'],
  ['a link whose text leaves out the scheme', '<a href="https://www.example.com/">example.com</a>', 'example.com'],
  [
    'a link whose text lies about its target',
    '<a href="https://evil.test/">https://bank.example</a>',
    'https://bank.example <https://evil.test/>',
  ],
  [
    'a link whose text holds its target in another address',
    '<a href="https://evil.test">https://bank.example/?x=evil.test</a>',
    'https://bank.example/?x=evil.test <https://evil.test>',
  ],
  ['a link whose text was cut', '<a href="https://example.com/a/long/path">example.com/a/lo…</a>', 'example.com/a/lo…'],
  [
    'a link whose text was cut inside the host',
    '<a href="https://bank.example.evil.test/a">bank.example…</a>',
    'bank.example… <https://bank.example.evil.test/a>',
  ],
  ['a mail address', '<a href="mailto:ann@example.com?subject=x">ann@example.com</a>', 'ann@example.com'],
  ['a name with a mail address', '<a href="mailto:ann@example.com">Ann</a>', 'Ann <ann@example.com>'],
  ['an anchor', '<a href="#top">up</a> <a name=x>here</a>', 'up here'],
  ['a script for a target', '<a href="java\nscript:alert(1)">x</a>', 'x'],
  ['a link without text', 'a<a href="https://example.com"> </a>b', 'a b'],
  [
    'a picture in a link',
    '<a href="https://example.com"><img src="x.png" alt="Shop"></a>',
    '[Shop] <https://example.com>',
  ],
  ['a picture without words', '<img src="x.png">a<img src=y.png alt="">', 'a'],
  ['an emoji as a picture', 'Hi <img alt="🙂" src="https://example.com/e.png" width=20>', 'Hi 🙂'],
  ['a tracking picture', 'a<img src="https://example.com/t.gif" width="1" height="1" alt="t">', 'a'],
])('%s', (_name, html, expected) => {
  expect(htmlToText(html)).toBe(expected);
});

test.each([
  ['scripts', 'a<script>if (a<b) "</b>"</script>b'],
  ['styles', 'a<STYLE type=x>p { color: red }</style >b'],
  ['titles', '<title>x &lt; y</title>ab'],
  ['comments', 'a<!-- x > y -->b'],
  ['conditional comments', 'a<!--[if mso]><p>x</p><![endif]--><![if !mso]><![endif]>b'],
  ['hidden elements', 'a<span style="color:red; DISPLAY : none">x<span>y</span>z</span>b'],
  ['elements with the hidden attribute', 'a<div hidden><div>x</div></div>b'],
  ['text without size', 'a<span style="font-size:0px;line-height:0">x</span>b'],
  ['what is hidden from Outlook', 'a<span style="mso-hide:all">x</span>b'],
  ['declarations', '<!DOCTYPE html><?xml version="1.0"?>ab'],
  ['a choice list', 'a<select><option>x</select>b'],
  ['a hidden element that its parent closes', '<p>a<span style="display:none">x</p>b'],
])('%s are left out', (_name, html) => {
  expect(htmlToText(html).replace(/\s/g, '')).toBe('ab');
});

test.each([
  ['an unclosed style', 'a<style>b'],
  ['an unclosed comment', 'a<!-- >b'],
  ['an unclosed quote', 'a<b title="x>b'],
  ['an unclosed tag at the end', 'ab<b'],
  ['a stray end tag', 'a</div></td></p>b'],
])('%s does not swallow the text behind it', (_name, html) => {
  expect(htmlToText(html).replace(/\s/g, '')).toBe('ab');
});

test('the cells of a table stand under each other', () => {
  const html =
    '<table><tr><th>Item</th><th>Qty</th><th>Price</th></tr><tr><td>Printer</td><td>2</td><td>300 €</td></tr>' +
    '<tr><td></td><td>10</td><td>1 €</td></tr><tr><td colspan="2">Total of all</td><td>610 €</td></tr></table>after';
  expect(htmlToText(html)).toBe(
    'Item     Qty  Price\nPrinter  2    300 €\n         10   1 €\nTotal of all  610 €\nafter',
  );
});

test('a table for layout reads from top to bottom', () => {
  const html = '<table><tr><td>Logo</td><td>Ann Lee<br>Example Inc</td></tr></table>';
  expect(htmlToText(html)).toBe('Logo\nAnn Lee\nExample Inc');
});

test('marks tell where marked elements are in the text, tables aligned and all', () => {
  const { text, marks } = renderHtml(
    '<p>Hi</p><div id="quote">On Monday:<blockquote>old</blockquote></div><table><tr><td>a</td><td id="cell">b</td></tr><tr><td>ccc</td><td>d</td></tr></table><div id="empty"></div><hr id="rule"><i id="last"></i>',
    { mark: ({ attributes }) => attributes.get('id') ?? null },
  );
  expect(marks.map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
    ['quote', 'On Monday:\n\n> old'],
    ['cell', 'b'],
    ['empty', ''],
    ['rule', '──────────'],
    ['last', ''],
  ]);
  expect(text.slice(marks.find(({ kind }) => kind === 'empty')?.start)).toBe('──────────');
  expect(marks.at(-1)?.start).toBe(text.length);
});

test('a mark on the quote itself starts before its prefix', () => {
  const { text, marks } = renderHtml('a<blockquote>b<br>c</blockquote>', {
    mark: ({ name }) => (name === 'blockquote' ? 'quote' : null),
  });
  expect(text.slice(0, marks[0]?.start).trim()).toBe('a');
});

test.each([
  ['100,000 divs inside each other', `${'<div>'.repeat(100_000)}x${'</div>'.repeat(100_000)}`],
  ['5,000 tables inside each other', `${'<table><tr><td>'.repeat(5_000)}x${'</td></tr></table>'.repeat(5_000)}`],
  ['a table of 200,000 cells', `<table>${`<tr>${'<td>cell</td>'.repeat(10)}</tr>`.repeat(20_000)}</table>`],
  ['a row of 200,000 cells', `<table><tr>${'<td>cell</td>'.repeat(200_000)}</tr></table>`],
  ['100,000 quotes inside each other', `${'<blockquote>'.repeat(100_000)}x`],
  ['a million opening brackets', '<'.repeat(1_000_000)],
  ['unclosed quotes', '<a b="'.repeat(200_000)],
  ['unclosed comments', '<!--'.repeat(200_000)],
  ['unclosed styles', '<style>'.repeat(200_000)],
  ['end tags of what is not open', `${'<b>'.repeat(1_000)}${'</i></b><b><i>'.repeat(100_000)}`],
  ['end tags that may not close', `<div><table><td>${'<b>'.repeat(250)}${'</div>'.repeat(100_000)}`],
  ['unclosed links', '<a href=http://x.test>x '.repeat(100_000)],
  ['an attribute list without end', `<a ${'x=1 '.repeat(500_000)}`],
])('%s: bounded time', async (_name, html) => {
  expect(await cpuTime(() => htmlToText(html), 1)).toBeLessThan(3_000);
});

test('what is over the limit is left out, and that is told', () => {
  const { text, truncated } = renderHtml(`<p>${'word '.repeat(1_000_000)}</p>`);
  expect(truncated).toBe(true);
  expect(text.length).toBeLessThanOrEqual(4_000_000);
});
