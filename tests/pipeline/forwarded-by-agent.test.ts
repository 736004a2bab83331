import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { listDeliveries } from '../../src/store/outbox.ts';
import { type Intake, letter, withIntake } from '../support/intake.ts';

const verified = { 'Authentication-Results': 'mx.example.com; dmarc=pass header.from=example.com' };
const agent = { From: 'John Smith <john@example.com>', Subject: 'Fwd: Printer on fire' };

const inline = (above: string, from = 'Ann Lee <ann@client.test>') =>
  `${above}---------- Forwarded message ---------\r
From: ${from}\r
Date: Mon, 23 Nov 2026 at 10:00\r
Subject: Printer on fire\r
To: John Smith <john@example.com>\r
\r
\r
It burns.\r
\r
-- \r
Ann Lee\r
Client GmbH\r
`;

const attached = (above: string, header = '') => `--b\r
Content-Type: text/plain\r
\r
${above}\r
--b\r
Content-Type: message/rfc822\r
\r
From: Ann Lee <ann@client.test>\r
Subject: Printer on fire\r
Message-ID: <fire@client.test>\r
${header}\r
It burns.\r
--b--\r
`;
const attachedType = { 'Content-Type': 'multipart/mixed; boundary=b', 'MIME-Version': '1.0' };

/** Who the ticket is of, what each entry says, and who is mailed. */
async function summarize({ db, show }: Intake) {
  const ticket = await show(1);
  return {
    requester: ticket.requester.email,
    subject: ticket.subject,
    entries: ticket.entries.map(({ type, author, body }) => `${type} of ${author.email}: ${body}`),
    mailed: (await listDeliveries(db, { all: true })).map(({ to, kind }) => `${kind} to ${to}`),
  };
}

describe('a mail of a client that a verified agent forwards', () => {
  test.each([
    ['inline', inline('She rang, too.\r\n\r\n'), {}],
    ['attached', attached('She rang, too.'), attachedType],
  ])(
    '%s: the ticket is the client’s, the agent’s words are a note, the client is answered',
    async (_how, body, fields) => {
      await withIntake({}, async (intake) => {
        await intake.take(letter({ ...agent, ...verified, ...fields }, body));
        expect(await summarize(intake)).toEqual({
          requester: 'ann@client.test',
          subject: 'Printer on fire',
          entries: ['email of ann@client.test: It burns.', 'note of john@example.com: She rang, too.'],
          mailed: ['auto-reply to ann@client.test'],
        });
        const { entries, participants, events } = await intake.show(1);
        expect(entries.map((entry) => entry.author.login)).toEqual([null, 'john']);
        expect(entries.map((entry) => entry.verified)).toEqual([null, true]);
        expect(participants.map(({ email }) => email)).toEqual(['ann@client.test']);
        expect(events[0]).toMatchObject({ type: 'created', by: 'john' });
      });
    },
  );

  test('without words above it there is no note, nor for a signature alone', async () => {
    for (const above of ['', '-- \r\nJohn Smith\r\nHelp desk\r\n\r\n']) {
      await withIntake({}, async (intake) => {
        await intake.take(letter({ ...agent, ...verified }, inline(above)));
        expect((await summarize(intake)).entries).toEqual(['email of ann@client.test: It burns.']);
      });
    }
  });

  test('the signatures of client and agent are apart from their words', async () => {
    await withIntake({}, async (intake) => {
      await intake.take(letter({ ...agent, ...verified }, inline('Urgent!\r\n\r\n-- \r\nJohn Smith\r\n\r\n')));
      const { entries } = await intake.show(1);
      expect(entries.map(({ body }) => body)).toEqual(['It burns.', 'Urgent!']);
      expect(entries.map(({ signature }) => signature)).toEqual(['-- \nAnn Lee\nClient GmbH', '-- \nJohn Smith']);
    });
  });

  test('a reply of the client, and one of the agent to their own forward, join it', async () => {
    await withIntake({}, async (intake) => {
      await intake.take(letter({ ...agent, ...verified, 'Message-ID': '<fwd@example.com>' }, inline('')));
      await intake.take(letter({ Subject: `Re: [${(await intake.show(1)).number}] Printer` }, 'Still.\r\n'));
      await intake.take(letter({ ...agent, ...verified, 'In-Reply-To': '<fwd@example.com>' }, 'One more.\r\n'));
      expect((await intake.show(1)).entryCount).toBe(3);
    });
  });

  test('reading the stored message again leaves the entries as they are', async () => {
    await withIntake({}, async (intake) => {
      await intake.take(letter({ ...agent, ...verified }, inline('She rang, too.\r\n\r\n')));
      const before = await intake.show(1);
      expect(await intake.reparse()).toEqual({ read: 1, changed: 0 });
      expect((await intake.show(1)).entries).toEqual(before.entries);
    });
  });

  test('explain says whose ticket it is, and why', async () => {
    await withIntake({}, async (intake) => {
      const explanation = await intake.explain(letter({ ...agent, ...verified }, inline('')));
      expect(explanation).toMatchObject({ outcome: 'ticket', mayRespond: true });
      expect(explanation.reasons).toContain('john forwards a mail of ann@client.test: the ticket is theirs');
    });
  });
});

describe('an address that is not to be answered', () => {
  test.each([
    ['no-reply', inline('', 'Shop <no-reply@shop.test>'), {}],
    ['vacation', attached('', 'Auto-Submitted: auto-replied\r\n'), attachedType],
  ])('%s: the client’s ticket is made, and nobody is mailed', async (_why, body, fields) => {
    await withIntake({}, async (intake) => {
      await intake.take(letter({ ...agent, ...verified, ...fields }, body));
      expect(await summarize(intake)).toMatchObject({ requester: expect.not.stringContaining('john'), mailed: [] });
    });
  });
});

describe('the ticket stays the sender’s', () => {
  const failed = { 'Authentication-Results': 'mx.example.com; dmarc=fail header.from=example.com' };
  const forged = { 'Authentication-Results': 'mx.evil.test; dmarc=pass header.from=example.com' };
  const rows: Array<[why: string, fields: Record<string, string>, config: Partial<Config>, reason: RegExp]> = [
    ['nothing is known of the sender', {}, {}, /nothing verifies that john sent it/],
    ['DMARC failed', failed, {}, /nothing verifies that john sent it/],
    ['the result is of a server that is not trusted', forged, {}, /nothing verifies/],
    ['no server is trusted', verified, { trustedAuthservId: null }, /nothing verifies/],
    ['forwardedByAgent is "agent"', verified, { forwardedByAgent: 'agent' }, /forwardedByAgent is "agent"/],
    ['a machine forwards', { ...verified, 'Auto-Submitted': 'auto-forwarded' }, {}, /a machine of john/],
  ];
  test.each(rows)('when %s', async (_why, fields, config, reason) => {
    await withIntake(config, async (intake) => {
      const raw = letter({ ...agent, ...fields }, inline('She rang.\r\n\r\n'));
      expect((await intake.explain(raw)).reasons.join('; ')).toMatch(reason);
      await intake.take(raw);
      const { requester, mailed } = await summarize(intake);
      expect(requester).toBe('john@example.com');
      expect(mailed.join()).not.toContain('ann@client.test');
      expect((await intake.show(1)).entries[0]?.body).toContain('It burns.');
    });
  });

  test('when a client forwards', async () => {
    await withIntake({}, async (intake) => {
      const results = { 'Authentication-Results': 'mx.example.com; dmarc=pass header.from=client.test' };
      await intake.take(letter({ From: 'bob@client.test', Subject: 'Fwd: Printer', ...results }, inline('')));
      expect((await summarize(intake)).requester).toBe('bob@client.test');
    });
  });

  test.each([
    ['us', 'Support <support@example.com>'],
    ['the agent', 'John Smith <John@example.com>'],
    ['a name alone', 'Ann Lee'],
  ])('when what is forwarded is from %s', async (_whom, from) => {
    await withIntake({}, async (intake) => {
      await intake.take(letter({ ...agent, ...verified }, inline('Look.\r\n\r\n', from)));
      expect((await summarize(intake)).requester).toBe('john@example.com');
    });
  });
});
