// So many at a time, the others in line.

/** Whoever takes a turn ends it. */
export class Turns {
  #limit: number;
  #taken = 0;
  readonly #waiting: Array<() => void> = [];

  constructor(limit: number) {
    this.#limit = Math.max(1, limit);
  }

  /** How many are taken at a time. */
  get limit(): number {
    return this.#limit;
  }

  /** Fewer from now on, one at least; those beyond that are not handed on when they end. */
  narrow(limit: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, limit));
  }

  async take(): Promise<void> {
    if (this.#taken < this.#limit) {
      this.#taken += 1;
    } else {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Hands the turn on to the next in line. */
  end(): void {
    const next = this.#taken > this.#limit ? undefined : this.#waiting.shift();
    if (next === undefined) {
      this.#taken -= 1;
    } else {
      next();
    }
  }
}
