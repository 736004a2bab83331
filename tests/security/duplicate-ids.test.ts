// RELIABILITY §3 row 8: what makes two mails the same.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { eml, type OpenDesk, openDesk } from '../support/open-desk.ts';

let desk: OpenDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const mail = (from: string, body: string, id = 'Message-ID: <same@client.test>') =>
  eml([`From: ${from}`, 'Subject: hello', id], body);

test('duplicate-id suppression: a decoy with the id of a mail does not make the mail vanish', async () => {
  await desk.receive(mail('eve@evil.test', 'decoy'));
  const real = mail('ann@client.test', 'the real one');
  expect((await desk.explain(real)).reasons).toContain('its Message-ID is known already, from TKT-2026-00001');
  await desk.receive(real);
  expect((await desk.tickets()).map(({ requester }) => requester.email)).toEqual(['eve@evil.test', 'ann@client.test']);
});

test('duplicate-id suppression: the same bytes are the same mail, one byte more is another', async () => {
  await desk.receive(mail('ann@client.test', 'scan'));
  await desk.receive(mail('ann@client.test', 'scan'));
  expect(await desk.tickets()).toHaveLength(1);
  expect(await desk.owed()).toHaveLength(1);
  await desk.receive(mail('ann@client.test', 'scan.'));
  const entries = await Promise.all((await desk.tickets()).map((_, i) => desk.show(i + 1)));
  expect(entries.flatMap((ticket) => ticket.entries)).toHaveLength(2);
});

test('duplicate-id suppression: an answer to an id that several mails have joins only where its sender takes part', async () => {
  await desk.receive(mail('eve@evil.test', 'decoy'));
  await desk.receive(mail('ann@client.test', 'the real one'));
  await desk.receive(eml(['From: ann@client.test', 'Subject: more', 'In-Reply-To: <same@client.test>']));
  expect((await desk.show(1)).entries).toHaveLength(1);
  expect((await desk.show(2)).entries).toHaveLength(2);
});

test.each([
  ['no Message-ID', 'X-None: 1'],
  ['an empty one', 'Message-ID: '],
  ['one without brackets', 'Message-ID: same@client.test'],
  ['one with a space', 'Message-ID: <sa me@client.test>'],
  ['one of 3 kB', `Message-ID: <${'a'.repeat(3_000)}@client.test>`],
  ['two of them', 'Message-ID: <a@client.test>\r\nMessage-ID: <b@client.test>'],
])('duplicate-id suppression: two mails with %s are two', async (_, id) => {
  await desk.receive(mail('ann@client.test', 'one', id));
  await desk.receive(mail('bob@client.test', 'two', id));
  await desk.receive(mail('bob@client.test', 'two', id));
  expect(await desk.tickets()).toHaveLength(2);
});
