import { expect, test } from 'vitest';
import { type DecisionFacts, type DecisionPolicy, decide } from '../../src/domain/decide.ts';
import type { InboundMessage } from '../../src/domain/message.ts';

const ann = { name: 'Ann', address: 'ann@client.example' };
const message: InboundMessage = {
  sizeBytes: 100,
  headers: [],
  from: [ann],
  sender: null,
  replyTo: [],
  to: [],
  cc: [],
  subject: 'Hello',
  messageId: null,
  inReplyTo: [],
  references: [],
  date: null,
  contentType: 'text/plain',
  contentTypeParams: [],
  text: 'Hello',
  flowed: false,
  html: null,
  attachments: [],
  reportParts: [],
  defects: [],
};
const ticket = { ticketId: 1, number: 'TKT-2026-00001' };
const facts: DecisionFacts = {
  sender: ann.address,
  verified: null,
  agent: null,
  plusAddress: null,
  references: [],
  subjectTickets: [],
  participants: new Map([[1, new Set([ann.address])]]),
  classification: { class: 'personal', automatic: false, evidence: [] },
  bounce: null,
  response: { respond: true, reasons: [] },
  original: null,
};
const policy: DecisionPolicy = {
  strangers: 'new',
  automaticMail: 'ticket',
  forwardedByAgent: 'requester',
  maxMessageBytes: 1_000,
  asTicket: false,
};

const machine: Partial<DecisionFacts> = {
  classification: { class: 'automatic', automatic: true, evidence: ['Auto-Submitted: auto-replied'] },
  response: { respond: false, reasons: ['Auto-Submitted: auto-replied'] },
};
const stranger: Partial<DecisionFacts> = { sender: 'eve@evil.test', subjectTickets: [ticket] };

type Row = [
  rule: string,
  message: Partial<InboundMessage>,
  facts: Partial<DecisionFacts>,
  policy: Partial<DecisionPolicy>,
  expected: string,
];

const rows: Row[] = [
  ['a first mail is a ticket, and answered', {}, {}, {}, 'ticket, answered'],
  ['a reply is a comment', {}, { subjectTickets: [ticket] }, {}, 'comment'],
  ['our own mail is ignored', {}, { classification: { class: 'own', automatic: true, evidence: [] } }, {}, 'ignore'],
  [
    'a bounce is noted, also when its subject names a ticket',
    {},
    { classification: { class: 'bounce', automatic: true, evidence: [] }, subjectTickets: [ticket] },
    {},
    'bounce',
  ],
  [
    'a bounce needs no From address',
    { from: [] },
    { sender: null, classification: { class: 'bounce', automatic: true, evidence: [] } },
    {},
    'bounce',
  ],
  ['no From address is held', { from: [] }, { sender: null }, {}, 'quarantine'],
  [
    'several From addresses are a ticket that is not answered',
    { from: [ann, { name: '', address: 'b@b.test' }] },
    { sender: null },
    {},
    'ticket',
  ],
  ['automatic mail is a ticket that is not answered', {}, machine, {}, 'ticket'],
  ['automatic mail can be ignored', {}, machine, { automaticMail: 'ignore' }, 'ignore'],
  [
    'automatic mail on a ticket is kept there all the same',
    {},
    { ...machine, subjectTickets: [ticket] },
    { automaticMail: 'ignore' },
    'comment',
  ],
  ['a failed DMARC is not answered', {}, { verified: false }, {}, 'ticket'],
  ['a stranger with a number gets a ticket', {}, stranger, {}, 'ticket, answered'],
  ['a stranger with a number can be held', {}, stranger, { strangers: 'quarantine' }, 'quarantine'],
  ['over the size limit is held', { sizeBytes: 1_001 }, {}, {}, 'quarantine'],
  ['as a ticket, a message passes the limit', { sizeBytes: 1_001 }, {}, { asTicket: true }, 'ticket, answered'],
  ['as a ticket, a stranger is let in', {}, stranger, { strangers: 'quarantine', asTicket: true }, 'ticket, answered'],
  [
    'as a ticket, mail from nobody is one that is not answered',
    { from: [] },
    { sender: null, response: { respond: false, reasons: ['no From address'] } },
    { asTicket: true },
    'ticket',
  ],
  [
    'as a ticket, so is a report',
    {},
    {
      classification: { class: 'bounce', automatic: true, evidence: ['daemon sender'] },
      response: { respond: false, reasons: ['bounce mail'] },
    },
    { asTicket: true },
    'ticket',
  ],
  [
    'as a ticket, a reply joins the one that it has the right to join',
    { sizeBytes: 1_001 },
    { subjectTickets: [ticket] },
    { asTicket: true },
    'comment',
  ],
];

test.each(rows)('%s', (_rule, messageChange, factChange, policyChange, expected) => {
  const decision = decide(
    { ...message, ...messageChange },
    { ...facts, ...factChange },
    { ...policy, ...policyChange },
  );
  const answered = decision.outcome === 'ticket' && decision.respond ? ', answered' : '';
  expect(`${decision.outcome}${answered}`).toBe(expected);
});

test('a reason that two rules give is said once', () => {
  const { reasons } = decide(message, { ...facts, ...machine }, policy);
  expect(reasons).toEqual(['names no ticket', 'Auto-Submitted: auto-replied']);
});
