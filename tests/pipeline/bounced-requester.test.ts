import { expect, test } from 'vitest';
import { listDeliveries } from '../../src/store/outbox.ts';
import { type Intake, letter, withIntake } from '../support/intake.ts';

/** The report on our one mail so far: who it was to and what became of it there. */
async function bounce({ db, take }: Intake, fields: string, recipient = 'ann@client.test'): Promise<void> {
  const row = await db.selectFrom('outbox').select('message_id').orderBy('id', 'desc').executeTakeFirstOrThrow();
  const head = {
    From: 'Mail Delivery System <MAILER-DAEMON@mx.client.test>',
    'Return-Path': '<>',
    Subject: 'Undelivered Mail Returned to Sender',
    'MIME-Version': '1.0',
    'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
  };
  const body = `--b
Content-Type: text/plain

This is the mail system at host mx.client.test.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.client.test

Final-Recipient: rfc822; ${recipient}
${fields}

--b
Content-Type: text/rfc822-headers

Message-ID: <${row.message_id}>
Subject: Thank you

--b--
`;
  await take(letter(head, body));
}

const gone = 'Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user';
const states = async ({ db }: Intake) =>
  (await listDeliveries(db, { all: true })).map(({ to, state }) => `${to} ${state}`);

test('a requester whose mail bounced for good gets no more automatic mail', async () => {
  await withIntake({}, async (intake) => {
    await intake.take(letter());
    await bounce(intake, gone);
    expect(await intake.openFor('Ann@client.test')).toEqual([]);
    expect(await states(intake)).toEqual(['ann@client.test bounced']);
  });
});

test('until they write again', async () => {
  await withIntake({}, async (intake) => {
    await intake.take(letter());
    await bounce(intake, gone);
    const answered = await intake.take(letter({ Subject: 'My address works again' }));
    expect(answered.outboxIds).toHaveLength(1);
    expect(await intake.openFor('ann@client.test')).toHaveLength(1);
  });
});

test.each([
  ['an automatic mail', { 'Auto-Submitted': 'auto-replied' }],
  ['a mail that failed DMARC', { 'Authentication-Results': 'mx.example.com; dmarc=fail' }],
  ['a mail of somebody else', { From: 'bob@client.test' }],
])('%s from there does not count as writing', async (_what, fields) => {
  await withIntake({}, async (intake) => {
    await intake.take(letter());
    await bounce(intake, gone);
    await intake.take(letter(fields));
    expect(await intake.openFor('ann@client.test')).toEqual([]);
  });
});

test('nor does a mail of theirs that an agent forwards, which is not answered either', async () => {
  await withIntake({}, async (intake) => {
    await intake.take(letter());
    await bounce(intake, gone);
    const head = {
      From: 'john@example.com',
      Subject: 'Fwd: Printer',
      'Authentication-Results': 'mx.example.com; dmarc=pass',
    };
    const forward =
      '---------- Forwarded message ---------\nFrom: Ann <ann@client.test>\nSubject: Printer\n\nIt burns.\n';
    const { outboxIds, reasons } = await intake.take(letter(head, forward));
    expect(outboxIds).toEqual([]);
    expect(reasons.at(-1)).toBe(
      'no automatic reply: mail to ann@client.test bounced, and nothing has come from there since',
    );
    expect(await intake.openFor('ann@client.test')).toEqual([]);
  });
});

test.each([
  ['is late', 'Action: delayed\nStatus: 4.4.1', 'queued'],
  ['was given up for a while', 'Action: failed\nStatus: 4.4.7', 'bounced'],
])('mail that %s is no reason to be silent', async (_what, fields, state) => {
  await withIntake({}, async (intake) => {
    await intake.take(letter());
    await bounce(intake, fields);
    expect(await states(intake)).toEqual([`ann@client.test ${state}`]);
    expect(await intake.openFor('ann@client.test')).toHaveLength(1);
  });
});

test('an alias in the report is the address that we wrote to', async () => {
  await withIntake({}, async (intake) => {
    await intake.take(letter());
    await bounce(intake, gone, 'ann.lee@store.client.test');
    expect(await intake.openFor('ann@client.test')).toEqual([]);
  });
});
