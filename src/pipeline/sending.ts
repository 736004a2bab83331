// The sending side of a poll: what a chunk made due goes out while the chunks behind it are still read.

import { type DeliverDeps, type DeliverOptions, type DeliverReport, deliverDue } from './deliver.ts';
import { Upcoming } from './upcoming.ts';

export class Sending {
  readonly #deps: DeliverDeps;
  readonly #options: DeliverOptions;
  readonly #upcoming = new Upcoming();
  #run: Promise<DeliverReport> | null = null;

  /** Nothing is connected before the first `wake`. */
  constructor(deps: DeliverDeps, options: DeliverOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** More may be due. Trouble of a run shows at `finish`. */
  wake(): void {
    this.#begin();
    this.#upcoming.announce();
  }

  /** Sends until nothing is due. Throws StoreError and TemporaryError of the database. */
  async finish(): Promise<DeliverReport> {
    const run = this.#begin();
    this.#upcoming.end();
    return await run;
  }

  /** Begins nothing more and waits for what is in hand; null where nothing was begun, or it failed. */
  async abandon(): Promise<DeliverReport | null> {
    this.#upcoming.callOff();
    return (await this.#run?.catch(() => null)) ?? null;
  }

  #begin(): Promise<DeliverReport> {
    if (this.#run === null) {
      this.#run = deliverDue(this.#deps, { ...this.#options, upcoming: this.#upcoming });
      this.#run.catch(() => {});
    }
    return this.#run;
  }
}
