// A parsed message for tests of the rules: an ordinary mail of a client, with what a case changes.

import type { InboundMessage } from '../../src/domain/message.ts';

export interface MessageParts extends Partial<InboundMessage> {
  /** Header fields as lines, `Name: value`. */
  fields?: string[];
}

/** From, subject and header fields agree: `from` and `subject` are also put into `headers`. */
export function inboundMessage({ fields = [], ...parts }: MessageParts = {}): InboundMessage {
  const from = parts.from ?? [{ name: 'Ann', address: 'ann@client.test' }];
  const lines = [
    ...fields,
    ...(fields.some((field) => /^from:/i.test(field)) || from.length === 0
      ? []
      : [`From: ${from.map(({ name, address }) => `${name} <${address}>`).join(', ')}`]),
  ];
  return {
    sizeBytes: 100,
    headers: lines.map((line) => ({
      name: line.slice(0, line.indexOf(':')).toLowerCase(),
      value: line.slice(line.indexOf(':') + 1).trim(),
    })),
    sender: null,
    replyTo: [],
    to: [{ name: '', address: 'support@tkt.test' }],
    cc: [],
    subject: 'Printer on fire',
    messageId: 'one@client.test',
    inReplyTo: [],
    references: [],
    date: null,
    contentType: 'text/plain',
    contentTypeParams: [],
    text: 'It burns.\n',
    flowed: false,
    html: null,
    attachments: [],
    reportParts: [],
    defects: [],
    ...parts,
    from,
  };
}
