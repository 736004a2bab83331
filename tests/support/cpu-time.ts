// How much work something is, on a machine that does other things too: the time that this process computed, not the time
// that passed.

/** Milliseconds of CPU, the best of a few rounds. */
export async function cpuTime(work: () => unknown, rounds = 2): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

/** Below this is linear, with the noise of a busy machine; quadratic is 16. */
export const linearGrowth = 9;

const attempts = 4;

/**
 * How much longer four times as much takes: about 4 where time is linear, 16 where it is quadratic. What takes a few
 * milliseconds alone is noise, and reads as 4. Measured again where it looks bad, as a machine that is busy at the wrong
 * moment makes it so; what is quadratic is so every time.
 */
export async function growth(work: (size: number) => () => unknown, size: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && least >= linearGrowth; attempt++) {
    const small = await cpuTime(work(size));
    const large = await cpuTime(work(size * 4));
    least = Math.min(least, large < 60 ? 4 : large / Math.max(small, 5));
  }
  return least;
}
