// Whether a message may be answered automatically (RFC 3834 §2). A wrong yes is a mail loop, a wrong no a client who
// gets no acknowledgement: so everything that classify.ts saw counts, and what only asks for silence on top of it.
// How often an address is answered is the caller's (limits.autoRepliesPerHour).

import { keyword } from './automatic.ts';
import { isOwnAddress, type OwnIdentity } from './classify.ts';
import { type Classification, headerValue, headerValues, type InboundMessage, soleAuthor } from './message.ts';

/** As Postfix's hopcount_limit: a message that passed so many servers goes in a circle. */
const maxReceived = 50;

type Reason = (message: InboundMessage, own: OwnIdentity) => string | null;

// X-Auto-Response-Suppress (MS-OXCMAIL §2.2.3.2.14): DR, NDR, RN and NRN ask for no reports, which we never send.
const suppressed: Reason = (message) => {
  const values = headerValues(message, 'x-auto-response-suppress').flatMap((value) =>
    value.slice(0, 1_000).split(/[\s,;]+/),
  );
  const value = values.find((token) => ['all', 'autoreply', 'oof'].includes(token.toLowerCase()));
  return value === undefined ? null : `X-Auto-Response-Suppress: ${value}`;
};

// Marks that other ticket systems and filters set so that nobody answers in a circle.
const loopFields = ['x-loop', 'x-tkt-loop', 'x-rt-loop-prevention', 'x-otrs-loop', 'x-znuny-loop', 'x-loop-prevention'];
const loopMark: Reason = (message) => {
  const name = loopFields.find((field) => headerValue(message, field) !== null);
  // OTRS writes "no" where it does not mind an answer.
  return name === undefined || keyword(headerValue(message, name) ?? '') === 'no' ? null : `loop mark ${name}`;
};

const circling: Reason = (message) => {
  const hops = headerValues(message, 'received').length;
  return hops >= maxReceived ? `${hops} Received fields` : null;
};

const noSender: Reason = (message) => {
  if (message.from.length === 0) return 'no From address';
  if (message.from.length > 1) return 'several From addresses';
  return soleAuthor(message) === null ? 'a From that can be read in more than one way' : null;
};

const toOurselves: Reason = (message, own) =>
  [...message.from, ...message.replyTo].some(({ address }) => isOwnAddress(address, own))
    ? 'it would go to our own address'
    : null;

const reasons: Reason[] = [noSender, toOurselves, suppressed, loopMark, circling];

/**
 * Whether an automatic reply to `message` is safe, and every reason why not. `classification` is what
 * classifyMessage said of the same message.
 */
export function mayRespond(
  message: InboundMessage,
  classification: Classification,
  own: OwnIdentity,
): { respond: boolean; reasons: string[] } {
  const automatic = classification.automatic ? [`${classification.class} mail`, ...classification.evidence] : [];
  const found = reasons.map((reason) => reason(message, own)).filter((reason) => reason !== null);
  const all = [...automatic, ...found];
  return { respond: all.length === 0, reasons: all };
}
