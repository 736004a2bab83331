// imapflow without the commands that a sweep has no use for: on a slow wire each of them costs a round trip. How imapflow runs
// its own commands is not in its types: tests/mail-adapters/round-trips.test.ts fails where a new version does it otherwise.

import { ImapFlow, type ImapFlowOptions } from 'imapflow';

declare module 'imapflow' {
  interface ImapFlow {
    /** Every command of imapflow's goes through here; `false` is what it gives for one that it does not know. */
    run(command: string, ...args: unknown[]): Promise<unknown>;
    /** What a command sends. */
    exec(command: string, attributes?: Attribute[] | false, options?: object): Promise<unknown>;
    /** What LIST told, by path: of others it is asked before a SELECT. */
    folders: Map<string, { path: string }>;
  }
}

interface Attribute {
  type: string;
  value: string;
  /** Kept out of logs. */
  sensitive?: boolean;
}

export interface ClientOptions extends ImapFlowOptions {
  /** Other folders are named, and a server may have a prefix for those (RFC 2342). */
  usesFolders: boolean;
}

/** What a log-in by PLAIN says (RFC 4616 §2), before base64. */
export function plainResponse({ user, pass = '' }: { user: string; pass?: string | undefined }): string {
  return `\0${user}\0${pass}`;
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

  override exec(command: string, attributes?: Attribute[] | false, options?: object): Promise<unknown> {
    // imapflow would wait to be asked for the password; with SASL-IR a server takes it at once (RFC 4959).
    const isPlain = command === 'AUTHENTICATE' && attributes && attributes[0]?.value === 'PLAIN';
    const isAtOnce = isPlain && this.capabilities.has('SASL-IR');
    return super.exec(command, isAtOnce ? [...attributes, this.#credentials()] : attributes, options);
  }

  #credentials(): Attribute {
    const response = plainResponse(this.options.auth ?? { user: '' });
    return { type: 'ATOM', value: Buffer.from(response).toString('base64'), sensitive: true };
  }

  #isNeedless(command: string): boolean {
    // Servers that will know whom they talk to (NetEase's) ask for it after the log-in: imapflow sends it again then.
    return (command === 'ID' && !this.authenticated) || (command === 'NAMESPACE' && !this.#usesFolders);
  }
}
