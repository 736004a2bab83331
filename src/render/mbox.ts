// Messages as a mailbox file in the form mboxrd (RFC 4155 Appendix A speaks of it): what programs agree on.

const lineFeed = 0x0a;
const pieceBytes = 64 * 1024;

/**
 * The bytes with an envelope line before them and an empty line behind; lines that look like one get a `>` more, so that
 * taking one away gives them back. In pieces, as a message may be large.
 */
export function* formatMboxMessage(raw: Buffer, envelope: { from: string; at: Date }): Generator<Buffer> {
  yield Buffer.from(`From ${formatSender(envelope.from)} ${formatDate(envelope.at)}\n`);
  for (let start = 0; start < raw.length; ) {
    const end = endOfLine(raw, start + pieceBytes);
    const lines = raw.toString('latin1', start, end).replaceAll('\r\n', '\n');
    yield Buffer.from(lines.replace(/^(?=>*From )/gm, '>'), 'latin1');
    start = end;
  }
  yield Buffer.from(raw.length === 0 || raw.at(-1) === lineFeed ? '\n' : '\n\n');
}

function endOfLine(raw: Buffer, from: number): number {
  const at = raw.indexOf(lineFeed, from);
  return at < 0 ? raw.length : at + 1;
}

// An address with a space or a control character in it would break the line.
function formatSender(address: string): string {
  return /^[\x21-\x7e]+$/.test(address) ? address : 'MAILER-DAEMON';
}

/** `Sun Nov 22 08:41:07 2026`, as asctime() in UTC. */
function formatDate(at: Date): string {
  const [day = '', date = '', month = '', year = '', time = ''] = at.toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`;
}
