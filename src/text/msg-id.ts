// msg-ids (RFC 5322 §3.6.4): found in Message-ID, In-Reply-To and References, kept without angle brackets.

const maxValue = 64_000;
const maxIds = 500;

// <CAF=2xz+1@mail.gmail.com> <a@b><c@d> <20090101.GA12@[10.0.0.1]>
// Printable ASCII without spaces and brackets around one @ at least: nothing that could break out of a header field.
const msgId = /<([!#-;=?A-Z[\]^-~]{1,400}@[!#-;=?A-Z[\]^-~]{1,400})>/g;

/** Every msg-id in a header value, in order, without doubles; what is not strictly one is passed over. */
export function parseMsgIds(value: string): string[] {
  const ids = new Set<string>();
  for (const match of value.slice(0, maxValue).matchAll(msgId)) {
    if (match[1] !== undefined) ids.add(match[1]);
    if (ids.size >= maxIds) break;
  }
  return [...ids];
}
