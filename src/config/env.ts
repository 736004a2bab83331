// The environment variables that stand for keys, and `.env` files that hold them.

interface Variable {
  key: string;
  type: 'boolean' | 'number' | 'text';
}

/** CONTRACT §3. Every one of them wins over the file. */
export const variables: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ['EMAIL_TO_TICKET_ENABLED', { key: 'enabled', type: 'boolean' }],
  ['EMAIL_TO_TICKET_CHECK_INTERVAL', { key: 'checkInterval', type: 'number' }],
  ['SUPPORT_EMAIL', { key: 'supportEmail', type: 'text' }],
  ['IMAP_HOST', { key: 'imap.host', type: 'text' }],
  ['IMAP_PORT', { key: 'imap.port', type: 'number' }],
  ['IMAP_USERNAME', { key: 'imap.username', type: 'text' }],
  ['IMAP_PASSWORD', { key: 'imap.password', type: 'text' }],
  ['IMAP_USE_SSL', { key: 'imap.useSsl', type: 'boolean' }],
  ['SMTP_HOST', { key: 'smtp.host', type: 'text' }],
  ['SMTP_PORT', { key: 'smtp.port', type: 'number' }],
  ['SMTP_USERNAME', { key: 'smtp.username', type: 'text' }],
  ['SMTP_PASSWORD', { key: 'smtp.password', type: 'text' }],
  ['SMTP_FROM', { key: 'smtp.from', type: 'text' }],
  ['SMTP_USE_TLS', { key: 'smtp.useTls', type: 'boolean' }],
  ['TKT_DATABASE', { key: 'database', type: 'text' }],
]);

/** Variables that are no keys of the file, and may stand in a `.env` all the same. */
export const otherVariables = ['TKT_CONFIG', 'TKT_AGENT'] as const;

export const secretVariables = ['IMAP_PASSWORD', 'SMTP_PASSWORD'] as const;

const ours: ReadonlySet<string> = new Set([...variables.keys(), ...otherVariables]);

const booleans = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

/** The value as the file would hold it. What is no boolean or number stays text, for the schema to complain about. */
export function valueOfVariable(name: string, text: string): unknown {
  const type = variables.get(name)?.type;
  if (type === 'boolean') return booleans.get(text.trim().toLowerCase()) ?? text;
  if (type === 'number' && /^\s*\d{1,15}\s*$/.test(text)) return Number(text);
  return text;
}

const assignment = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)$/;
const firstWord = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)/;

/**
 * Our variables of a `.env`, and what is wrong with it: `line 3: expected …`, never with a value. Lines are NAME=VALUE,
 * `export` before it or not; a value may be in single quotes (taken as it is) or double ones (`\n`, `\"`, `\\`, `\$`),
 * also over several lines; ` #` starts a comment. Other programs' variables are passed over, whatever they look like.
 *
 * Not util.parseEnv of Node 20: it takes a line without `=` for a part of the next name, and the rest of the file for
 * a value whose quote is not closed, both in silence; and it cuts `pass#word` at the `#`.
 */
export function parseEnvFile(text: string): { values: Map<string, string>; problems: string[] } {
  const values = new Map<string, string>();
  const problems: string[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, start] = assignment.exec(line) ?? [];
    if (name === undefined || start === undefined) {
      const word = firstWord.exec(line)?.[1] ?? '';
      if (ours.has(word)) problems.push(`line ${index + 1}: expected ${word}=VALUE`);
      continue;
    }
    const quote = start[0];
    if (quote !== '"' && quote !== "'") {
      if (ours.has(name)) values.set(name, withoutComment(start));
      continue;
    }
    const quoted = readQuoted(lines, index, start, quote);
    if (typeof quoted === 'string') {
      if (ours.has(name)) problems.push(`line ${index + 1}: ${name}: ${quoted}`);
      continue;
    }
    if (ours.has(name)) values.set(name, quoted.value);
    index = quoted.lastIndex;
  }
  return { values, problems };
}

function withoutComment(value: string): string {
  const comment = /(?:^|[ \t])#/.exec(value);
  return (comment === null ? value : value.slice(0, comment.index)).trim();
}

/** The value from its opening quote in `start`, or what is wrong with it. */
function readQuoted(
  lines: readonly string[],
  index: number,
  start: string,
  quote: '"' | "'",
): { value: string; lastIndex: number } | string {
  let value = '';
  let line = start.slice(1);
  for (let lastIndex = index; ; ) {
    for (let at = 0; at < line.length; at++) {
      const character = line[at];
      if (character === quote) {
        if (/^[ \t]*(?:#|$)/.test(line.slice(at + 1))) return { value, lastIndex };
        return 'expected nothing but a comment behind the closing quote';
      }
      if (character !== '\\' || quote === "'") {
        value += character;
        continue;
      }
      const next = line[at + 1] ?? '';
      if (next === 'n') value += '\n';
      else if (next !== '' && '"\\$'.includes(next)) value += next;
      else value += character + next;
      at++;
    }
    lastIndex++;
    const following = lines[lastIndex];
    if (following === undefined) return `expected a closing ${quote}`;
    value += '\n';
    line = following;
  }
}
