// Stages that work side by side: while one item is worked on, the next is in the making, within a bound on what is in hand.

/** Gives what `source` gives, with the next item under way while the caller is busy with the one before. */
export async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = start(source);
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = start(source);
      yield value;
    }
  } finally {
    // Where the caller has had enough, nobody waits for what is under way.
    source.return(undefined).catch(() => {});
  }
}

function start<T>(source: AsyncGenerator<T>): Promise<IteratorResult<T>> {
  const next = source.next();
  // It is awaited later; until then a failure must not count as unhandled.
  next.catch(() => {});
  return next;
}

/** So many bytes may be in hand at one time; what is larger than that is in hand alone. */
export class Room {
  readonly #capacity: number;
  #taken = 0;
  readonly #waiting: Array<() => void> = [];

  constructor(capacityBytes: number) {
    this.#capacity = capacityBytes;
  }

  /** Resolves when there is room; what it gives makes the room free again. For one caller at a time. */
  async enter(bytes: number): Promise<() => void> {
    while (this.#taken > 0 && this.#taken + bytes > this.#capacity) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#taken += bytes;
    return () => {
      this.#taken -= bytes;
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }
}
