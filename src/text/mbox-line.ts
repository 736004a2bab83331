// The line that mail servers put in front of a message when they hand it over, and mailbox files between messages.

const lineFeed = 0x0a;
/** Longer than any address and date. */
const longestLine = 1_000;

/** The message alone: `From ann@example.com Thu Jan  1 00:00:00 2026` in front of it is none of its bytes (RFC 4155). */
export function withoutMboxLine(raw: Buffer): Buffer {
  if (!/^>?From [^:]/.test(raw.toString('latin1', 0, 7))) return raw;
  const end = raw.indexOf(lineFeed);
  return end < 0 || end > longestLine ? raw : raw.subarray(end + 1);
}
