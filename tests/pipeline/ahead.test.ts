import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ahead, Room } from '../../src/pipeline/ahead.ts';
import { Upcoming } from '../../src/pipeline/upcoming.ts';

/** Numbers from 1; says when each is begun. */
async function* numbers(last: number, log: string[], failAt = 0): AsyncGenerator<number> {
  for (let number = 1; number <= last; number++) {
    log.push(`make ${number}`);
    await setImmediate();
    if (number === failAt) throw new Error(`no ${number}`);
    yield number;
  }
}

test('the next item is in the making while the one before is worked on, and no more than that', async () => {
  const log: string[] = [];
  for await (const number of ahead(numbers(4, log))) {
    await sleep(5);
    log.push(`done ${number}`);
  }
  expect(log).toEqual(['make 1', 'make 2', 'done 1', 'make 3', 'done 2', 'make 4', 'done 3', 'done 4']);
});

test('a stage that fails gives what it had before, then its error', async () => {
  const got: number[] = [];
  const all = async () => {
    for await (const number of ahead(ahead(numbers(4, [], 3)))) {
      await sleep(5);
      got.push(number);
    }
  };
  await expect(all()).rejects.toThrow('no 3');
  expect(got).toEqual([1, 2]);
});

test('who has had enough is not kept waiting, and nothing more is begun', async () => {
  const log: string[] = [];
  for await (const number of ahead(numbers(9, log))) if (number === 2) break;
  await sleep(10);
  expect(log).toEqual(['make 1', 'make 2', 'make 3']);
});

test('room is given for so many bytes at a time, and for one that is larger than all of it alone', async () => {
  const room = new Room(10);
  const log: string[] = [];
  const leaves: Array<() => void> = [];
  const entering = (async () => {
    for (const bytes of [4, 6, 25, 3]) {
      leaves.push(await room.enter(bytes));
      log.push(`in ${bytes}`);
    }
  })();
  const leave = async (index: number) => {
    leaves[index]?.();
    await setImmediate();
    return log.at(-1);
  };
  await setImmediate();
  expect(log).toEqual(['in 4', 'in 6']);
  expect(await leave(0)).toBe('in 6');
  expect(await leave(1)).toBe('in 25');
  expect(await leave(2)).toBe('in 3');
  await entering;
});

test('who waits for more hears of it once it is announced, and at the end that no more comes', async () => {
  const upcoming = new Upcoming();
  const heard = [upcoming.comesAfter(0), upcoming.comesAfter(0)];
  upcoming.announce();
  expect(await Promise.all(heard)).toEqual([true, true]);
  const last = upcoming.comesAfter(upcoming.announced);
  upcoming.end();
  expect(await last).toBe(true);
  expect(await upcoming.comesAfter(upcoming.announced)).toBe(false);
});
