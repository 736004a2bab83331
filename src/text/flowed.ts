// format=flowed undone (RFC 3676): lines that a mailer wrapped become paragraphs again, quoted ones stay quoted.

interface FlowedLine {
  /** Number of quote marks. */
  depth: number;
  text: string;
}

/** The text with soft line breaks joined. `deletesSpace` is DelSp=yes: the space that marks the break is no part of the text. */
export function unflow(text: string, deletesSpace: boolean): string {
  const out: string[] = [];
  let open: { depth: number; pieces: string[] } | null = null;
  for (const raw of text.split('\n')) {
    const { depth, text: line } = readLine(raw);
    // The signature delimiter ends in a space and is never soft (§4.3).
    const isDelimiter = line === '-- ';
    if (open !== null && (open.depth !== depth || isDelimiter)) {
      out.push(formatLine(open.depth, open.pieces.join('').trimEnd()));
      open = null;
    }
    const isSoft = line.endsWith(' ') && !isDelimiter;
    if (isSoft) {
      open ??= { depth, pieces: [] };
      open.pieces.push(deletesSpace ? line.slice(0, -1) : line);
    } else {
      out.push(formatLine(depth, open === null ? line : open.pieces.join('') + line));
      open = null;
    }
  }
  if (open !== null) out.push(formatLine(open.depth, open.pieces.join('').trimEnd()));
  return out.join('\n');
}

function readLine(raw: string): FlowedLine {
  let depth = 0;
  while (raw[depth] === '>') depth += 1;
  const rest = raw.slice(depth);
  // Space-stuffing (§4.4).
  return { depth, text: rest.startsWith(' ') ? rest.slice(1) : rest };
}

const formatLine = (depth: number, text: string): string =>
  depth === 0 ? text : text === '' ? '>'.repeat(depth) : `${'>'.repeat(depth)} ${text}`;
