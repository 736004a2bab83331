// JSON of a configuration file. Node's own message quotes the text around the mistake, which may be a password,
// so a file that JSON.parse refuses is read again here for the place and the kind of the mistake alone.

/** Throws SyntaxError with `line L, column C: what is wrong`; never with text of the file. */
export function parseJson(text: string): unknown {
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return JSON.parse(source);
  } catch {
    throw new SyntaxError(findMistake(source));
  }
}

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/y;
const space = /[ \t\r\n]*/y;

class Mistake extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

function findMistake(source: string): string {
  try {
    const end = skipSpace(source, skipValue(source, skipSpace(source, 0), 0));
    fail(end < source.length ? 'expected the end of the file' : 'not valid JSON', end);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const before = source.slice(0, error.position).split('\n');
    return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}: ${error.message}`;
  }
}

function fail(message: string, position: number): never {
  throw new Mistake(message, position);
}

function skipMatch(pattern: RegExp, source: string, position: number): number | undefined {
  pattern.lastIndex = position;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

function skipSpace(source: string, position: number): number {
  const after = skipMatch(space, source, position) ?? position;
  if (source.startsWith('//', after) || source.startsWith('/*', after)) fail('JSON has no comments', after);
  return after;
}

function skipString(source: string, position: number, what: string): number {
  return skipMatch(string, source, position) ?? fail(`expected ${what}`, position);
}

function skipValue(source: string, position: number, depth: number): number {
  if (depth > 100) fail('nested too deeply', position);
  if (position >= source.length) fail('the file ends in the middle', position);
  const first = source[position];
  if (first === '{') return skipMembers(source, position, depth, '}');
  if (first === '[') return skipMembers(source, position, depth, ']');
  if (first === '"') return skipString(source, position, 'a text closed by a quotation mark on the same line');
  if (first === "'") fail('texts are in double quotation marks', position);
  return skipMatch(literal, source, position) ?? fail('expected a value', position);
}

/** The members of an object or a list, from its opening bracket to behind its closing one. */
function skipMembers(source: string, start: number, depth: number, close: '}' | ']'): number {
  let position = skipSpace(source, start + 1);
  if (source[position] === close) return position + 1;
  for (;;) {
    if (close === '}') {
      position = skipSpace(source, skipString(source, position, 'a key in double quotation marks'));
      if (source[position] !== ':') fail('expected a colon', position);
      position = skipSpace(source, position + 1);
    }
    position = skipSpace(source, skipValue(source, position, depth + 1));
    if (source[position] === close) return position + 1;
    if (source[position] !== ',') fail(`expected a comma or ${close}`, position);
    const comma = position;
    position = skipSpace(source, position + 1);
    if (source[position] === close) fail('a comma before the closing bracket is one too many', comma);
  }
}
