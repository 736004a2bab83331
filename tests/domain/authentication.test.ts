import { expect, test } from 'vitest';
import { readDmarc } from '../../src/domain/authentication.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { inboundMessage } from '../support/inbound-message.ts';

const results = (...values: string[]) =>
  inboundMessage({ fields: values.map((value) => `Authentication-Results: ${value}`) });

const rows: Array<[name: string, values: string[], expected: boolean | null]> = [
  ['pass', ['mx.tkt.test; spf=pass smtp.mailfrom=x; dmarc=pass (p=REJECT dis=NONE) header.from=client.test'], true],
  ['fail', ['mx.tkt.test; dkim=none; dmarc=fail header.from=client.test'], false],
  ['a version after the authserv-id, and case', ['MX.tkt.test 1; DMARC/1 = Pass'], true],
  ['a comment before the authserv-id', ['(hello; (nested) world) mx.tkt.test; dmarc=pass'], true],
  ['none', ['mx.tkt.test; dmarc=none'], null],
  ['temperror', ['mx.tkt.test; dmarc=temperror'], null],
  ['no results', ['mx.tkt.test; none'], null],
  ['no DMARC among the results', ['mx.tkt.test; spf=pass'], null],
  ['no field at all', [], null],
  ['a field of another server', ['evil.test; dmarc=pass'], null],
  ['the field of another server above ours', ['other.test; dmarc=pass', 'mx.tkt.test; dmarc=fail'], false],
  ['a forged field below ours', ['mx.tkt.test; dmarc=fail', 'mx.tkt.test; dmarc=pass'], false],
  ['a forged field below ours that says nothing', ['mx.tkt.test; spf=pass', 'mx.tkt.test; dmarc=pass'], null],
  ['a pass inside a comment', ['mx.tkt.test; spf=fail (dmarc=pass; dmarc=pass)'], null],
  ['a pass inside a quoted string', ['mx.tkt.test; spf=fail reason="; dmarc=pass"'], null],
  ['pass and fail in one field', ['mx.tkt.test; dmarc=pass; dmarc=fail'], false],
  ['an authserv-id that only begins like ours', ['mx.tkt.test.evil.test; dmarc=pass'], null],
  ['nothing but a quote', ['"'], null],
  ['a pass for another sender than the one we read', ['mx.tkt.test; dmarc=pass header.from=evil.test'], false],
  ['a pass for a domain that ends like ours', ['mx.tkt.test; dmarc=pass header.from=ient.test'], false],
  ['a pass for a subdomain of the sender’s', ['mx.tkt.test; dmarc=pass header.from="mail.client.test"'], false],
  ['a pass for the organisation', ['mx.tkt.test; dmarc=pass (p=NONE) header.from=TEST'], true],
  ['a pass for the address', ['mx.tkt.test; dmarc=pass header.from=ann@Client.test policy.dmarc=none'], true],
];
test.each(rows)('%s', (_, values, expected) => {
  expect(readDmarc(results(...values), 'mx.tkt.test')).toBe(expected);
});

test('without a trusted server nothing is claimed', () => {
  expect(readDmarc(results('mx.tkt.test; dmarc=pass'), null)).toBeNull();
  expect(readDmarc(results('; dmarc=pass'), '')).toBeNull();
});

test('a hostile field costs little time', async () => {
  for (const value of ['('.repeat(1_000_000), '"\\'.repeat(500_000), ';'.repeat(1_000_000)]) {
    const fields = results(`mx.tkt.test; ${value}`);
    expect(await cpuTime(() => readDmarc(fields, 'mx.tkt.test'), 1)).toBeLessThan(500);
  }
});
