// Tickets as `tkt import` reads them, five entries each: a year of a busy desk, of which a tenth is still open.

import { createRandom } from './random.ts';

const words =
  'printer invoice login password network monitor paper order delivery error screen update license account reset server mail report window keyboard'.split(
    ' ',
  );
const agents = ['ann', 'ben', 'cleo', 'dan'].map((login) => ({ login, name: login, email: `${login}@desk.test` }));
/** In one of a few tickets, so that a search finds about a hundred entries whatever the size. */
export const rareWord = 'zeppelin';

/** Of the last ticket. */
export const manyEntries = 10_000;

/** `count` tickets as ndjson, about a megabyte at a time; their numbers are TKT-2024-00001 and on. */
export function* generateTickets(count: number, seed: number): Generator<string> {
  const random = createRandom(seed);
  const rareEvery = Math.max(1, Math.floor(count / 100));
  const text = (length: number) =>
    Array.from({ length }, () => (random.chance(0.15) ? `n${random.between(1, 50_000)}` : random.pick(words))).join(
      ' ',
    );
  let lines = '';
  for (let seq = 1; seq <= count; seq++) {
    const createdAt = new Date(Date.UTC(2024, 0, 1) + seq * 30_000).toISOString();
    const client = { name: `Client ${random.between(1, 999)}`, email: `c${random.between(1, count)}@client.test` };
    const status = random.chance(0.1) ? random.pick(['open', 'pending']) : random.pick(['resolved', 'closed']);
    const assignee = random.chance(0.5) ? random.pick(agents) : null;
    const entries = Array.from({ length: seq === count ? manyEntries : 5 }, (_, index) => {
      const agent = index % 2 === 1 ? random.pick(agents) : null;
      const body = `${text(14)}${index === 0 && seq % rareEvery === 0 ? ` ${rareWord}` : ''}`;
      return {
        ...{
          id: (seq - 1) * 5 + index + 1,
          type: agent ? 'comment' : 'email',
          author: agent ?? { ...client, login: null },
        },
        ...{ body, fullBody: body, subject: 'Re: request', messageId: `<${seq}.${index}@client.test>`, createdAt },
      };
    });
    const finishedAt = status === 'open' || status === 'pending' ? null : createdAt;
    const ticket = {
      ...{ number: `TKT-2024-${String(seq).padStart(5, '0')}`, subject: text(6), status },
      priority: random.pick(['low', 'medium', 'medium', 'medium', 'high', 'urgent']),
      category: random.pick(['support', 'bug', 'feature', 'billing', 'general']),
      ...{ requester: client, assignee, tags: random.chance(0.1) ? ['vip'] : [], language: 'en', mailbox: 'default' },
      ...{
        waitingOn: status === 'open' ? 'staff' : 'client',
        waitingSince: createdAt,
        createdAt,
        updatedAt: createdAt,
      },
      ...{ resolvedAt: finishedAt, closedAt: status === 'closed' ? finishedAt : null, entries },
      participants: [{ ...client, role: 'requester', addedAt: createdAt }],
      events: [{ type: 'created', from: null, to: null, by: client.email, at: createdAt }],
    };
    lines += `${JSON.stringify(ticket)}\n`;
    if (lines.length > 1_000_000) {
      yield lines;
      lines = '';
    }
  }
  yield lines;
}
