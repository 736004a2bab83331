/**
 * Milliseconds on a clock that nobody sets. `performance.now()` is the same, and takes 3 ms to load: too long for commands that
 * take 20.
 */
export function monotonicMs(): number {
  return process.uptime() * 1_000;
}
