// What the tags and styles of HTML mean for its text: which make lines, which are hidden, where links lead.

export type Attributes = ReadonlyMap<string, string>;

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const voidElements = words(
  'area base basefont br col embed hr img input link meta param source track wbr frame',
);
/** Left out with all that is in them. */
export const dropped = words(
  'script style title template object applet svg select audio video canvas map datalist noframes',
);
/** Blank lines around them. */
export const paragraphs = words('p h1 h2 h3 h4 h5 h6 blockquote pre dl figure fieldset ul ol menu dir');
/** Lines of their own. */
export const blocks = words(
  'div table caption center form address article aside details summary footer header main nav section dt dd li body html figcaption legend hr thead tbody tfoot option marquee',
);
export const lists = words('ul ol menu dir');
export const cells = words('td th');
const containers = words('table tbody tr td th div center');

/** What an open tag closes first, and where the search for it ends: `<li>` closes the item before it, not one of an outer list. */
export const impliedEnds = new Map<string, { closes: ReadonlySet<string>; within: ReadonlySet<string> }>([
  ['li', { closes: words('li'), within: words('ul ol menu dir td th blockquote') }],
  ['dt', { closes: words('dt dd'), within: words('dl td th') }],
  ['dd', { closes: words('dt dd'), within: words('dl td th') }],
  ['td', { closes: cells, within: words('table') }],
  ['th', { closes: cells, within: words('table') }],
  ['tr', { closes: words('tr'), within: words('table') }],
  ['tbody', { closes: words('tbody thead tfoot'), within: words('table') }],
  ['p', { closes: words('p'), within: words('td th li blockquote div') }],
]);

const maxTarget = 2_000;

/** Line breaks before and after an element; 2 is a blank line. `parent` is the name of the element around it. */
export function breaksAround(name: string, attributes: Attributes, parent: string): 0 | 1 | 2 {
  // Outlook's paragraphs have no margin: it writes blank lines as paragraphs of their own.
  if (name === 'p') return /\bMso|PlainText/.test(attributes.get('class') ?? '') || hasNoMargin(attributes) ? 1 : 2;
  // An attribution line and the quote below it belong together.
  if (name === 'blockquote' && (attributes.has('type') || attributes.has('class') || hasNoMargin(attributes))) return 1;
  if (lists.has(name)) return parent === 'li' || lists.has(parent) ? 1 : 2;
  if (paragraphs.has(name)) return 2;
  return blocks.has(name) ? 1 : 0;
}

// style="margin:0" style="margin: 0px 0px 0.0001pt" style="margin-top:0;margin-bottom:0"
const noMargin = /(?:^|[;\s])margin(?:-bottom)?\s*:\s*0(?:[a-z]{0,3})\s*(?:;|!|$|0)/i;

function hasNoMargin(attributes: Attributes): boolean {
  return noMargin.test((attributes.get('style') ?? '').slice(0, 1_000));
}

/** Line ends and spaces count in it; undefined where that is as around it. */
export function isPreformatted(name: string, attributes: Attributes): boolean | undefined {
  if (name === 'pre' || name === 'listing' || name === 'plaintext') return true;
  const style = (attributes.get('style') ?? '').slice(0, 1_000);
  if (/white-space\s*:\s*(?:pre|break-spaces)/i.test(style)) return true;
  return /white-space\s*:\s*(?:normal|nowrap)/i.test(style) ? false : undefined;
}

// Hidden text is what senders put there for previews, trackers and spam filters, and what is not in the mail as people see it.
const hiddenStyle =
  /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|opacity\s*:\s*0\s*(?:;|!|$)|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)|max-height\s*:\s*0(?:px|pt)?\s*(?:;|!|$))/i;

export function isHidden(name: string, attributes: Attributes): boolean {
  if (attributes.size === 0 || name === 'body' || name === 'html') return false;
  if (attributes.has('hidden')) return true;
  const style = attributes.get('style');
  if (style === undefined || style.length > 5_000 || !hiddenStyle.test(style)) return false;
  // A table row or cell without font size is a spacer whose own children set one.
  return !(
    /font-size\s*:\s*0/i.test(style) &&
    !/display\s*:\s*none|max-height|hidden|mso-hide/i.test(style) &&
    containers.has(name)
  );
}

/** A picture that nobody is meant to see. */
export function isTracker(attributes: Attributes): boolean {
  const size = (name: string): number => Number.parseInt(attributes.get(name) ?? '100', 10);
  return size('width') <= 2 || size('height') <= 2;
}

// Gmail's indent button: <blockquote style="margin:0 0 0 40px;border:none;padding:0px">
export function isIndent(attributes: Attributes): boolean {
  return /margin:\s*0(?:px)?\s+0(?:px)?\s+0(?:px)?\s+40px;\s*border:\s*none/i.test(
    (attributes.get('style') ?? '').slice(0, 200),
  );
}

/** The target as it is printed; '' for one that leads nowhere outside the mail. */
export function linkTarget(href: string): string {
  const target = href.replace(/[\s\u0000-\u001f]+/g, '');
  if (target.length > maxTarget) return '';
  if (/^mailto:/i.test(target)) return target.slice(7).split('?', 1)[0] ?? '';
  return /^(?:https?|ftp|tel|sip|sftp|xmpp|matrix|geo):/i.test(target) ? target : '';
}

const bare = (address: string): string =>
  address
    .toLowerCase()
    .replace(/^(?:https?:\/\/|mailto:|tel:)/, '')
    .replace(/^www\./, '')
    .replace(/\/+$/, '');

/**
 * A link's text tells its target already: `example.com/a` for https://www.example.com/a/, or cut, `example.com/long…`.
 * A text that merely holds the target in a longer address does not.
 */
export function isSameTarget(label: string, target: string): boolean {
  const link = bare(target);
  return label.split(/\s+/).some((word) => {
    const text = bare(word.replace(/^[<([]+|[>)\].,;]+$/g, ''));
    const start = text.replace(/(?:…|\.{3})$/, '');
    return text === link || (start.length < text.length && start.includes('/') && link.startsWith(start));
  });
}
