import { expect, test } from 'vitest';
import { findThread, type KnownReference, type ThreadFacts } from '../../src/domain/thread.ts';

const alice = { login: 'alice', name: 'Alice Smith', email: 'alice@desk.example' };
const ticket = { ticketId: 1, number: 'TKT-2026-00001' };
const other = { ticketId: 2, number: 'TKT-2026-00002' };

const ours = (sentTo: string[], of = ticket): KnownReference => ({
  ...of,
  messageId: 'ours@desk',
  kind: 'ours',
  sentTo,
});
const theirs = (of = ticket): KnownReference => ({ ...of, messageId: 'm1@client', kind: 'theirs', sentTo: [] });

const nothing: ThreadFacts = {
  sender: 'ann@client.example',
  verified: null,
  agent: null,
  plusAddress: null,
  references: [],
  subjectTickets: [],
  participants: new Map([
    [1, new Set(['ann@client.example', 'bob@client.example'])],
    [2, new Set(['zoe@client.example'])],
  ]),
};

type Row = [rule: string, facts: Partial<ThreadFacts>, expected: string];

const rows: Row[] = [
  ['names nothing', {}, 'new'],
  ['the number in the subject, from the requester', { subjectTickets: [ticket] }, 'email on TKT-2026-00001'],
  [
    'the number, from somebody Cc’d on the first mail',
    { sender: 'bob@client.example', subjectTickets: [ticket] },
    'email on TKT-2026-00001',
  ],
  ['the number, from a stranger', { sender: 'eve@evil.test', subjectTickets: [ticket] }, 'new, names TKT-2026-00001'],
  ['two numbers, one of them theirs', { subjectTickets: [other, ticket] }, 'email on TKT-2026-00001'],
  ['the number, but DMARC failed', { verified: false, subjectTickets: [ticket] }, 'new, names TKT-2026-00001'],
  ['the number, and DMARC passed', { verified: true, subjectTickets: [ticket] }, 'email on TKT-2026-00001'],
  [
    'our unguessable id, from a stranger it was passed on to',
    { sender: 'carl@client.example', references: [ours(['ann@client.example'])] },
    'email on TKT-2026-00001',
  ],
  [
    'our id wins over the number of another ticket',
    { sender: 'zoe@client.example', references: [ours([])], subjectTickets: [other] },
    'email on TKT-2026-00001',
  ],
  ['a client’s own id, from a participant', { references: [theirs()] }, 'email on TKT-2026-00001'],
  [
    'a client’s own id, from a stranger who saw it',
    { sender: 'eve@evil.test', references: [theirs()] },
    'new, names TKT-2026-00001',
  ],
  [
    'a decoy: the id is known on two tickets',
    { references: [theirs(other), theirs(ticket)] },
    'email on TKT-2026-00001',
  ],
  ['no single sender, with our id', { sender: null, references: [ours([])] }, 'new, names TKT-2026-00001'],
  [
    'the signed address',
    { sender: 'eve@evil.test', plusAddress: { ...ticket, audience: 'client' } },
    'email on TKT-2026-00001',
  ],
  [
    'an agent answers a mail sent to them alone',
    { sender: alice.email, agent: alice, references: [ours([alice.email])] },
    'comment on TKT-2026-00001',
  ],
  [
    'an agent’s address answers a mail that the client got',
    { sender: alice.email, agent: alice, references: [ours(['ann@client.example'])] },
    'email on TKT-2026-00001',
  ],
  [
    'an agent answers a mail sent to them and others',
    { sender: alice.email, agent: alice, references: [ours([alice.email, 'ann@client.example'])] },
    'email on TKT-2026-00001',
  ],
  [
    'an agent, but DMARC failed',
    { sender: alice.email, agent: alice, verified: false, references: [ours([alice.email])] },
    'email on TKT-2026-00001',
  ],
  [
    'an agent whom DMARC verified answers a mail that the client got',
    { sender: alice.email, agent: alice, verified: true, references: [ours(['ann@client.example'])] },
    'comment on TKT-2026-00001',
  ],
  [
    'an agent whom DMARC verified answers to the address signed for the client',
    { sender: alice.email, agent: alice, verified: true, plusAddress: { ...ticket, audience: 'client' } },
    'comment on TKT-2026-00001',
  ],
  [
    'an agent whom DMARC verified answers a client’s own id',
    { sender: alice.email, agent: alice, verified: true, references: [theirs()] },
    'email on TKT-2026-00001',
  ],
  [
    'an agent with only the number',
    { sender: alice.email, agent: alice, subjectTickets: [other] },
    'email on TKT-2026-00002',
  ],
  [
    'an agent answers to the address signed for them',
    { sender: alice.email, agent: alice, plusAddress: { ...ticket, audience: 'agent:alice' } },
    'comment on TKT-2026-00001',
  ],
  [
    'an agent answers to the address signed for the client',
    { sender: alice.email, agent: alice, plusAddress: { ...ticket, audience: 'client' } },
    'email on TKT-2026-00001',
  ],
  [
    'the agent’s mail was on another ticket',
    { sender: alice.email, agent: alice, references: [ours(['ann@client.example']), ours([alice.email], other)] },
    'email on TKT-2026-00001',
  ],
];

test.each(rows)('%s', (_rule, facts, expected) => {
  const decision = findThread({ ...nothing, ...facts });
  const result =
    decision.kind === 'joins'
      ? `${decision.as} on ${decision.ticket.number}`
      : `new${decision.named ? `, names ${decision.named.number}` : ''}`;
  expect(result).toBe(expected);
});

test('a stranger is told apart in words that staff understands', () => {
  const decision = findThread({ ...nothing, sender: 'eve@evil.test', subjectTickets: [ticket] });
  expect(decision.evidence).toEqual(['Subject names TKT-2026-00001, but eve@evil.test is no participant of it']);
});
