// Questions on a terminal: on stderr, so that stdout stays the answer; a password is not echoed.

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Context } from '../context.ts';
import { RefusedError, UsageError } from '../errors.ts';

export interface Question {
  /** What Enter alone means. */
  preset?: string;
  /** What is wrong with an answer; null for nothing. */
  check?: (answer: string) => string | null;
}

/** Asks one question after the other. Ctrl-C, Ctrl-D and the end of input are a RefusedError: "stopped". */
export class Prompter {
  readonly #write: (text: string) => void;
  readonly #readline: Interface;
  // Lines that were typed, or pasted, before their question came.
  readonly #lines: string[] = [];
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | null = null;
  // The terminal is in raw mode all the while, in which Ctrl-C is a key and no signal.
  readonly #interrupted = new AbortController();
  #muted = false;
  #closed = false;

  constructor(context: Pick<Context, 'stdin' | 'stdout' | 'stderr' | 'signal'>) {
    if (!canPrompt(context)) throw new UsageError('there is no terminal to ask questions on');
    this.#write = (text) => context.stderr.write(text);
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // What is typed ahead of its question may be the answer to one for a password.
        if (this.#waiting !== null && !this.#muted) this.#write(chunk.toString('utf8'));
        done();
      },
    });
    this.#readline = createInterface({ input: context.stdin, output, terminal: true, historySize: 0 });
    this.#readline.on('line', (line) => this.#take(line));
    this.#readline.on('SIGINT', () => {
      this.#interrupted.abort();
      this.close();
    });
    this.#readline.on('close', () => this.#stop());
    context.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Ctrl-C was pressed, be it while no question waits. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Text that belongs to the questions. */
  say(text: string): void {
    this.#write(`${text}\n`);
  }

  /** The answer without the space around it; asked again until `check` finds nothing wrong. */
  async ask(text: string, { preset = '', check }: Question = {}): Promise<string> {
    for (;;) {
      const hint = preset === '' ? '' : ` [${preset}]`;
      const answer = (await this.#readLine(`${text}${hint}: `)).trim() || preset;
      const problem = check?.(answer) ?? null;
      if (problem === null) return answer;
      this.say(`  ${problem}`);
    }
  }

  /** A password: not echoed, never empty. */
  async askSecret(text: string): Promise<string> {
    for (;;) {
      this.#write(`${text} (not shown): `);
      this.#muted = true;
      try {
        const answer = await this.#readLine('');
        if (answer !== '') return answer;
      } finally {
        this.#muted = false;
        this.#write('\n');
      }
    }
  }

  /** One of several, by its number or its name. */
  async choose<Name extends string>(text: string, options: ReadonlyArray<readonly [Name, string]>): Promise<Name> {
    this.say(text);
    for (const [index, [name, title]] of options.entries()) this.say(`  ${index + 1}  ${name.padEnd(14)} ${title}`);
    const find = (answer: string) => options.find(([name], index) => name === answer || String(index + 1) === answer);
    const check = (answer: string) => (find(answer) ? null : `expected 1-${options.length} or a name`);
    const found = find(await this.ask('Which', { preset: options[0]?.[0] ?? '', check }));
    if (found === undefined) throw new Error('an answer that was checked is not among the options');
    return found[0];
  }

  async confirm(text: string, preset: boolean): Promise<boolean> {
    const check = (answer: string) => (/^(?:y|yes|n|no)$/i.test(answer) ? null : 'expected y or n');
    const answer = await this.ask(`${text} (y/n)`, { preset: preset ? 'y' : 'n', check });
    return /^y/i.test(answer);
  }

  close(): void {
    this.#readline.close();
  }

  #readLine(prompt: string): Promise<string> {
    const early = this.#lines.shift();
    if (early !== undefined) {
      if (!this.#muted) this.#write(`${prompt}${early}\n`);
      return Promise.resolve(early);
    }
    if (this.#closed) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#readline.setPrompt(prompt);
      this.#readline.prompt();
    });
  }

  #take(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#lines.push(line);
    else waiting.resolve(line);
  }

  #stop(): void {
    this.#closed = true;
    this.#waiting?.reject(stopped());
    this.#waiting = null;
  }
}

/** Prompts appear only where stdin and stdout are terminals (CONTRACT §2). */
export function canPrompt({ stdin, stdout }: Pick<Context, 'stdin' | 'stdout'>): boolean {
  return stdin.isTTY === true && stdout.isTerminal;
}

function stopped(): RefusedError {
  return new RefusedError('stopped; nothing more was written');
}
