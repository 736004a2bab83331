import { expect, it } from 'vitest';
import { Turns } from '../../src/mail/turns.ts';

/** Takes so many turns; the list says which were had, in their order. */
function takeSome(turns: Turns, count: number): number[] {
  const had: number[] = [];
  for (let index = 0; index < count; index++) void turns.take().then(() => had.push(index));
  return had;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('a turn that ends goes to who has waited longest', async () => {
  const turns = new Turns(2);
  const had = takeSome(turns, 4);
  await settled();
  expect(had).toEqual([0, 1]);
  turns.end();
  await settled();
  expect(had).toEqual([0, 1, 2]);
});

it('where there are to be fewer, turns are not handed on until so many are left', async () => {
  const turns = new Turns(3);
  const had = takeSome(turns, 5);
  turns.narrow(1);
  turns.end();
  turns.end();
  await settled();
  expect(had).toEqual([0, 1, 2]);
  turns.end();
  await settled();
  expect(had).toEqual([0, 1, 2, 3]);
});

it('there is one turn at least, and never are there more again', () => {
  const turns = new Turns(0);
  expect(turns.limit).toBe(1);
  turns.narrow(0);
  turns.narrow(5);
  expect(turns.limit).toBe(1);
});
