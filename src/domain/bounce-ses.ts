// Amazon SES bounce notifications that SNS mails as JSON text.

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

/** The bounce in a text such as `{"notificationType":"Bounce","bounce":{…},"mail":{…}}`, or null. */
export function readSesBounce(text: string): SesBounce | null {
  const head = text.trimStart().slice(0, 2_000);
  if (!head.startsWith('{') || !/"(?:notificationType|eventType|Type)"/.test(head)) return null;
  let event = parseJson(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  if (event !== null && typeof event.Message === 'string') event = parseJson(event.Message);
  const bounce = event?.bounce;
  if (event === null || !isObject(bounce) || !Array.isArray(bounce.bouncedRecipients)) return null;

  const temporary = asText(bounce.bounceType) === 'Transient';
  const recipients: BounceRecipient[] = [];
  for (const entry of bounce.bouncedRecipients.slice(0, maxRecipients)) {
    if (!isObject(entry)) continue;
    const address = asText(entry.emailAddress)
      .replace(/^.*<|>.*$/g, '')
      .toLowerCase();
    if (!address.includes('@') || address.length > 320) continue;
    const diagnostic = asText(entry.diagnosticCode);
    const status = findStatus(asText(entry.status)) ?? findStatus(diagnostic) ?? (temporary ? '4.0.0' : null);
    recipients.push({ address, status, action: 'failed', diagnostic: oneLine(diagnostic) || null });
  }
  const headers = isObject(event.mail) && isObject(event.mail.commonHeaders) ? event.mail.commonHeaders : {};
  return {
    recipients,
    originalMessageId:
      asText(headers.messageId)
        .replace(/[<>\s]/g, '')
        .slice(0, 250) || null,
  };
}
