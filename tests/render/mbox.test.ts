import { describe, expect, test } from 'vitest';
import { formatMboxMessage } from '../../src/render/mbox.ts';

const envelope = { from: 'ann@example.com', at: new Date('2026-11-02T08:41:07.123Z') };

function format(raw: string, from = envelope.from): string {
  return Buffer.concat([...formatMboxMessage(Buffer.from(raw, 'latin1'), { ...envelope, from })]).toString('latin1');
}

describe('a message in a mailbox file', () => {
  test('has an envelope line before it and an empty line behind', () => {
    expect(format('Subject: Hi\r\n\r\nHello\r\n')).toBe(
      'From ann@example.com Mon Nov  2 08:41:07 2026\nSubject: Hi\n\nHello\n\n',
    );
  });

  test.each([
    ['From here on', '>From here on'],
    ['>From here on', '>>From here on'],
    [' From here on', ' From here on'],
    ['Fromage', 'Fromage'],
    ['caf\xe9', 'caf\xe9'],
  ])('has %j as %j', (line, expected) => {
    expect(format(`S: x\n\n${line}`).split('\n')[3]).toBe(expected);
    expect(format(`${line}\n\nx`).split('\n')[1]).toBe(expected);
  });

  test('is whole where it is long', () => {
    const raw = 'From the sky\r\n'.repeat(20_000);
    expect(format(raw).split('\n').slice(1, -2)).toEqual(Array(20_000).fill('>From the sky'));
  });

  test.each(['', 'a b@example.com', 'a@b\nX'])('has no envelope line that %j would break', (from) => {
    expect(format('S: x\n\nx\n', from)).toMatch(/^From MAILER-DAEMON Mon Nov {2}2 08:41:07 2026\n/);
  });
});
