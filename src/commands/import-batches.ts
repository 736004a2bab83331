// What `tkt export` wrote, read some tickets at a time.

import { RefusedError, systemReason } from '../errors.ts';
import { JsonReader } from '../store/json-reader.ts';
import { type PackedTickets, TicketPacker } from '../store/packed-tickets.ts';
import { readTicket } from '../store/read-exported.ts';
import { splitJsonObjects } from '../text/json-objects.ts';

/** Tickets of one transaction: enough that its end costs little, few enough that others can write meanwhile, and memory. */
const batchTickets = 800;
const batchLength = 3 * 1024 * 1024;

/** Bytes of one read of a file. */
export const readBytes = 256 * 1024;

export interface Batch {
  tickets: PackedTickets;
  /** What is no ticket: its place in the file, and what is wrong with it. */
  refused: Array<{ place: string; reason: string }>;
  /** More may come. */
  isFull: boolean;
}

/**
 * The tickets in the JSON or ndjson that `input` gives; `file` is its name. Throws RefusedError for what is no JSON and for what
 * cannot be read, after what came before it.
 */
export async function* readBatches(
  input: AsyncIterable<unknown>,
  file: string,
  packer = new TicketPacker(),
): AsyncGenerator<Batch> {
  const batch = new OpenBatch(file, packer);
  try {
    for await (const text of splitJsonObjects(readPieces(input, file))) {
      batch.add(text);
      if (batch.isFull) yield batch.take();
    }
  } catch (error) {
    if (!batch.isEmpty) yield batch.take();
    if (error instanceof SyntaxError) throw new RefusedError(`${file}: ${error.message}`);
    throw error;
  }
  if (!batch.isEmpty) yield batch.take();
}

async function* readPieces(input: AsyncIterable<unknown>, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* input as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new RefusedError(`${file}: ${systemReason(error)}`, { cause: error });
  }
}

class OpenBatch {
  readonly #file: string;
  readonly #packer: TicketPacker;
  /** All that there were in the file. */
  #place = 0;
  #refused: Batch['refused'] = [];
  #count = 0;
  #length = 0;

  constructor(file: string, packer: TicketPacker) {
    this.#file = file;
    this.#packer = packer;
  }

  add(text: string): void {
    this.#place += 1;
    this.#count += 1;
    this.#length += text.length;
    try {
      this.#packer.add(readTicket(new JsonReader(JSON.parse(text))));
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof SyntaxError)) throw error;
      this.#refused.push({ place: `${this.#file}: ticket ${this.#place}`, reason: error.message });
    }
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#count >= batchTickets || this.#length >= batchLength;
  }

  take(): Batch {
    const batch = { tickets: this.#packer.take(), refused: this.#refused, isFull: this.isFull };
    this.#refused = [];
    this.#count = 0;
    this.#length = 0;
    return batch;
  }
}
