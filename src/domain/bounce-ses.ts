// Amazon SES notifications of bounces, delays and deliveries that SNS mails as JSON text.

import type { BounceRecipient } from './bounce-fields.ts';
import { oneLine } from './bounce-fields.ts';
import { findStatus } from './bounce-status.ts';

const maxRecipients = 200;

type JsonObject = Record<string, unknown>;
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;
const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

function parseJson(text: string): JsonObject | null {
  try {
    // Servers fold the one long line; a raw newline is no JSON.
    const value: unknown = JSON.parse(text.replace(/[\r\n]+/g, ''));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export interface SesBounce {
  recipients: BounceRecipient[];
  originalMessageId: string | null;
}

/** What the event tells of each recipient, in one form. */
interface Outcome {
  recipients: unknown;
  action: BounceRecipient['action'];
  /** Where a recipient has no status of its own. */
  status: string | null;
  answer: string;
}

function findOutcome({ bounce, delivery, deliveryDelay }: JsonObject): Outcome | null {
  if (isObject(bounce)) {
    const status = asText(bounce.bounceType) === 'Transient' ? '4.0.0' : null;
    return { recipients: bounce.bouncedRecipients, action: 'failed', status, answer: '' };
  }
  if (isObject(deliveryDelay))
    return { recipients: deliveryDelay.delayedRecipients, action: 'delayed', status: null, answer: '' };
  if (isObject(delivery))
    return {
      recipients: delivery.recipients,
      action: 'delivered',
      status: null,
      answer: asText(delivery.smtpResponse),
    };
  return null;
}

function readRecipient(entry: unknown, outcome: Outcome): BounceRecipient | null {
  const fields = isObject(entry) ? entry : { emailAddress: entry };
  const address = asText(fields.emailAddress)
    .replace(/^.*<|>.*$/g, '')
    .toLowerCase();
  if (!address.includes('@') || address.length > 320) return null;
  const diagnostic = asText(fields.diagnosticCode) || outcome.answer;
  const status = findStatus(asText(fields.status)) ?? findStatus(diagnostic) ?? outcome.status;
  return { address, status, action: outcome.action, diagnostic: oneLine(diagnostic) || null };
}

/** The event in a text such as `{"notificationType":"Bounce","bounce":{…},"mail":{…}}`, or null. */
export function readSesBounce(text: string): SesBounce | null {
  const head = text.trimStart().slice(0, 2_000);
  if (!head.startsWith('{') || !/"(?:notificationType|eventType|Type)"/.test(head)) return null;
  let event = parseJson(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  if (event !== null && typeof event.Message === 'string') event = parseJson(event.Message);
  const outcome = event && findOutcome(event);
  if (!event || !outcome || !Array.isArray(outcome.recipients)) return null;

  const headers = isObject(event.mail) && isObject(event.mail.commonHeaders) ? event.mail.commonHeaders : {};
  return {
    recipients: outcome.recipients
      .slice(0, maxRecipients)
      .map((entry) => readRecipient(entry, outcome))
      .filter((recipient) => recipient !== null),
    originalMessageId:
      asText(headers.messageId)
        .replace(/[<>\s]/g, '')
        .slice(0, 250) || null,
  };
}
