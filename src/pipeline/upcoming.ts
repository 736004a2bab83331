// What a run of sending waits for: announced each time that more may be due, until nothing more comes.

export class Upcoming {
  /** How often more was announced. */
  announced = 0;
  /** Nothing more is to be begun. */
  isCalledOff = false;
  #hasEnded = false;
  readonly #waiting: Array<() => void> = [];

  announce(): void {
    this.announced++;
    this.#wake();
  }

  /** The last that comes. */
  end(): void {
    this.#hasEnded = true;
    this.announce();
  }

  callOff(): void {
    this.isCalledOff = true;
    this.end();
  }

  /** Resolves once more was announced than `seen`, or with false when there will be no more. */
  async comesAfter(seen: number): Promise<boolean> {
    while (this.announced <= seen) {
      if (this.#hasEnded) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return true;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
