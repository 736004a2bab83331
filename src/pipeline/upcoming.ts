// What a run of sending waits for: announced each time that more may be due, until nothing more comes.

/** Other processes announce nothing: a comment that somebody writes meanwhile leaves all that to whoever sends. */
const lookMs = 200;

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

  /** Resolves once more was announced than `seen`, or it is time to look again; with false when there will be no more. */
  async comesAfter(seen: number): Promise<boolean> {
    if (this.announced <= seen && !this.#hasEnded) await this.#announced();
    return this.announced > seen || !this.#hasEnded;
  }

  #announced(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
