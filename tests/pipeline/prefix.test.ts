import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiveMessage } from '../../src/pipeline/receive.ts';
import { type OpenDesk, openDesk } from '../support/open-desk.ts';

let desk: OpenDesk;
/** Takes a mail in after the prefix of the configuration was changed. */
const receive = (from: string, subject: string) => {
  const { config } = desk.pipeline;
  const renamed = { ...config, strangers: 'quarantine' as const, tickets: { ...config.tickets, prefix: 'HELP' } };
  return receiveMessage(
    { ...desk.pipeline, config: renamed },
    Buffer.from(`From: ${from}\nSubject: ${subject}\n\n${subject}\n`),
  );
};
const outcomes = async () => (await desk.tickets()).map(({ number, entryCount }) => `${number} ${entryCount}`);

beforeAll(async () => {
  desk = await openDesk();
  await desk.receive('From: ann@client.test\nSubject: Printer\n\nNo toner.\n');
});
afterAll(() => desk.close());

test('a ticket is found by the number that it was given, whatever prefix new ones get', async () => {
  const [old] = (await outcomes()).map((line) => line.split(' ')[0]);
  expect(old).toMatch(/^TKT-2026-00001$/);
  await receive('ann@client.test', `Re: [${old}] Printer`);
  expect(await outcomes()).toEqual(['TKT-2026-00001 2']);
  await receive('bob@client.test', 'Another thing');
  await receive('bob@client.test', 'Re: [help-2026-2] Another thing');
  expect(await outcomes()).toEqual(['HELP-2026-00002 2', 'TKT-2026-00001 2']);
});

test('a stranger who names it is one, also behind a change of the prefix', async () => {
  const before = await outcomes();
  await receive('eve@evil.test', 'Re: [TKT-2026-00001] Printer');
  expect(await outcomes()).toEqual(before);
});

test('a number with another prefix is that of another system', async () => {
  const before = await outcomes();
  await receive('ann@client.test', 'Re: [HELP-2026-00001] Printer');
  expect(await outcomes()).toEqual(['HELP-2026-00002 2', 'HELP-2026-00003 1', ...before.slice(1)]);
});
