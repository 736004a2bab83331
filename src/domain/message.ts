// A message as it came in, read but not yet judged: what mail/parse.ts gives and every rule takes.
// Plain data, so that it can cross a thread. Names are RFC 5322's.

/** A mailbox of an address field (RFC 5322 §3.4): `address` is a strict `dot-atom@domain`, domain in lower case (ACE form). */
export interface MailAddress {
  name: string;
  address: string;
}

/** One header field, top of the message first. `name` in lower case; `value` unfolded, not decoded; at most 16 kB of it. */
export interface HeaderField {
  name: string;
  value: string;
}

/** An attachment: every leaf part that is not the text itself, inline images included. */
export interface MessageAttachment {
  /** Made safe (see text/filename.ts): never empty, no path, no control characters. */
  filename: string;
  /** Lower case, without parameters. */
  contentType: string;
  /** Bytes after decoding. */
  size: number;
  /** Lower-case hex of the decoded content. */
  sha256: string;
  /** Content-ID without angle brackets. */
  contentId: string | null;
  /** Shown in the HTML text rather than offered as a file. */
  inline: boolean;
  /** A small image inside the sender's signature. The parser does not tell; absent is false. */
  signature?: boolean;
}

/** Above this many bytes an image is no logo. Screenshots of a whole window are larger, photos much larger. */
const maxLogoBytes = 32 * 1024;

/** An image of the text (not a file beside it) that is small enough to be a logo. */
export function isSmallInlineImage(image: Pick<MessageAttachment, 'contentType' | 'inline' | 'size'>): boolean {
  return image.inline && image.size <= maxLogoBytes && image.contentType.startsWith('image/');
}

/** A part of a report (RFC 6522) or an attached message, as text, for the rules that read inside: at most 256 kB. */
export interface ReportPart {
  /** `message/delivery-status`, `message/disposition-notification`, `text/rfc822-headers`, `message/rfc822`, `message/feedback-report`… */
  contentType: string;
  content: string;
}

/** A message attached to a message (message/rfc822), read as far as a reader of forwards needs; at most 10 of them. */
export interface AttachedMessage {
  from: MailAddress[];
  subject: string;
  date: string | null;
  messageId: string | null;
  text: string | null;
  html: string | null;
}

export interface InboundMessage {
  sizeBytes: number;
  headers: HeaderField[];
  /** Every mailbox in every From field. One is normal; none, or several, is nobody (CONTRACT §5.5). */
  from: MailAddress[];
  /** From could be read as somebody else's too, though `from` has one mailbox: nobody's likewise. Absent is false. */
  isAuthorUnclear?: boolean;
  sender: MailAddress | null;
  replyTo: MailAddress[];
  to: MailAddress[];
  cc: MailAddress[];
  /** Decoded, unfolded, one line, '' when absent. */
  subject: string;
  /** msg-ids without angle brackets (RFC 5322 §3.6.4), only those that look like one. */
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
  /** The Date field as written; the clock of tkt decides when things happened. */
  date: string | null;
  /** Top-level media type in lower case, with its parameters (names in lower case). */
  contentType: string;
  contentTypeParams: Array<[name: string, value: string]>;
  /** Decoded text/plain parts of the body, joined; null when there are none. Line ends are \n. */
  text: string | null;
  /** format=flowed was undone in `text` (RFC 3676). */
  flowed: boolean;
  /** Decoded text/html parts of the body, joined; null when there are none. */
  html: string | null;
  attachments: MessageAttachment[];
  reportParts: ReportPart[];
  /** Set by the parser, in document order; absent is the same as none. */
  attachedMessages?: AttachedMessage[];
  /** What was wrong with the message and mended or left out, in words: broken MIME, a limit reached. */
  defects: string[];
}

/** The one From mailbox, where there is no doubt who that is; else null: the mail is nobody's (RELIABILITY §3 row 3). */
export function soleAuthor(message: InboundMessage): MailAddress | null {
  const [only, ...others] = message.from;
  return only && others.length === 0 && !message.isAuthorUnclear ? only : null;
}

/** The first field of that name (lower case), unfolded, or null. */
export function headerValue(message: InboundMessage, name: string): string | null {
  return headerValues(message, name)[0] ?? null;
}

/** Every field of that name, top first. */
export function headerValues({ headers }: InboundMessage, name: string): readonly string[] {
  let values = known.get(headers);
  if (values === undefined) {
    values = valuesByName(headers);
    known.set(headers, values);
  }
  return values.get(name) ?? [];
}

/** Every rule asks for a field or two of a header: it is sorted once. */
const known = new WeakMap<readonly HeaderField[], ReadonlyMap<string, readonly string[]>>();

function valuesByName(headers: readonly HeaderField[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { name, value } of headers) {
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return values;
}

/** What kind of sender a message had (STYLE: classify), most specific first. */
export type MessageClass = 'personal' | 'automatic' | 'bulk' | 'bounce' | 'own' | 'unreadable';

export interface Classification {
  class: MessageClass;
  /** A machine sent it: everything but `personal`. */
  automatic: boolean;
  /** Why, in words, strongest first: `Auto-Submitted: auto-replied`. */
  evidence: string[];
}

/** A delivery report, read (RFC 3464, or one of the many that are not). */
export interface BounceReport {
  recipients: Array<{
    /** Lower case. */
    address: string;
    /** RFC 3463 enhanced status code, `5.1.1`; null when the report tells none. */
    status: string | null;
    action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
    /** What the server said, one line. */
    diagnostic: string | null;
  }>;
  /** Message-ID of the mail that bounced, without angle brackets. */
  originalMessageId: string | null;
}

/** A forwarded mail found in the text or attached. */
export interface ForwardedMessage {
  /** What the forwarder wrote above it; '' for nothing. */
  comment: string;
  /** The first sender as the text names them, unverified; `address` is '' where only a name was left (Outlook inside one company). */
  from: MailAddress | null;
  subject: string | null;
  date: string | null;
  body: string;
}

/** The text of a message, divided. Nothing is thrown away: `fullBody` has all. */
export interface MessageText {
  body: string;
  fullBody: string;
  signature: string | null;
}
