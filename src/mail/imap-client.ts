// imapflow without the commands that a sweep has no use for: on a slow wire each of them costs a round trip. How imapflow runs
// its own commands is not in its types: tests/mail-adapters/round-trips.test.ts fails where a new version does it otherwise.

import { ImapFlow, type ImapFlowOptions } from 'imapflow';

declare module 'imapflow' {
  interface ImapFlow {
    /** Every command of imapflow's goes through here; `false` is what it gives for one that it does not know. */
    run(command: string, ...args: unknown[]): Promise<unknown>;
    /** What LIST told, by path: of others it is asked before a SELECT. */
    folders: Map<string, { path: string }>;
  }
}

export interface ClientOptions extends ImapFlowOptions {
  /** Other folders are named, and a server may have a prefix for those (RFC 2342). */
  usesFolders: boolean;
}

export class ImapClient extends ImapFlow {
  readonly #usesFolders: boolean;

  constructor({ usesFolders, ...options }: ClientOptions) {
    super(options);
    this.#usesFolders = usesFolders;
    // Every server has it, under this name (RFC 9051 §5.1).
    this.folders.set('INBOX', { path: 'INBOX' });
  }

  override async run(command: string, ...args: unknown[]): Promise<unknown> {
    return this.#isNeedless(command) ? false : super.run(command, ...args);
  }

  #isNeedless(command: string): boolean {
    // Servers that will know whom they talk to (NetEase's) ask for it after the log-in: imapflow sends it again then.
    return (command === 'ID' && !this.authenticated) || (command === 'NAMESPACE' && !this.#usesFolders);
  }
}
