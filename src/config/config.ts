// What a configuration is once it has been read, defaulted and validated.

/**
 * A secret is fetched when it is needed (`readSecret`), so that `list` never runs a password command. Never printed.
 * `key` is the key that it was configured under, for messages. `missing`: a user name without a password, which is no
 * problem until somebody logs in (cron may have IMAP_PASSWORD where the person who runs `list` has not).
 */
export type Secret =
  | { kind: 'value'; value: string }
  | { kind: 'command'; command: string; key?: string }
  | { kind: 'file'; path: string; key?: string }
  | { kind: 'missing'; key: string };

export type MailAuth =
  | { kind: 'password'; username: string; password: Secret }
  /** XOAUTH2 or OAUTHBEARER; the command prints an access token on its first line. */
  | { kind: 'oauth2'; username: string; tokenCommand: string };

/**
 * `tls`: from the start. `starttls`: required, a server that does not offer it is an error. `none`: only ever for a
 * loopback host; STARTTLS where the server offers it, else plain text.
 */
export interface ServerConfig {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  /** null: the server asks for no log-in (SMTP on loopback). */
  auth: MailAuth | null;
  /** PEM file of a private CA, added to the system's. */
  caFile: string | null;
}

export interface ImapConfig extends ServerConfig {
  mailbox: string;
  intake: 'new' | 'unread';
  after: { kind: 'seen' } | { kind: 'move'; folder: string } | { kind: 'delete' };
}

export interface SmtpConfig extends ServerConfig {
  /** addr-spec of From. */
  from: string;
  /** Automatic mail leaves with the null reverse-path (RFC 3834 §3.3). */
  nullSender: boolean;
}

/** One support address with the servers it is read from and answered through. */
export interface MailboxConfig {
  name: string;
  /** addr-spec, e.g. support@example.com. */
  address: string;
  /** Display name of From; '' for none. */
  displayName: string;
  imap: ImapConfig | null;
  smtp: SmtpConfig | null;
  category: import('../domain/ticket.ts').Category;
}

export interface Config {
  /** The file it was read from; null when there is none and the defaults hold. */
  path: string | null;
  enabled: boolean;
  /** TKT_AGENT of the environment or a .env; null: the operating system's user. */
  agent?: string | null;
  /** Seconds. */
  checkInterval: number;
  /** Absolute path of the SQLite file. */
  database: string;
  /** At least one; the single form is the mailbox `default`. */
  mailboxes: MailboxConfig[];
  limits: {
    maxMessageBytes: number;
    autoRepliesPerHour: number;
    autoRepliesPerSweep: number;
    messageSeconds: number;
  };
  strangers: 'new' | 'quarantine';
  plusAddressing: boolean;
  automaticMail: 'ticket' | 'ignore';
  /** Whose ticket a client's mail is that an agent forwards: of its first sender, or of the agent. */
  forwardedByAgent: 'requester' | 'agent';
  reopenOnReply: boolean;
  trustedAuthservId: string | null;
  tickets: {
    prefix: string;
    defaultPriority: import('../domain/ticket.ts').Priority;
    defaultCategory: import('../domain/ticket.ts').Category;
  };
  /** `https://desk.example.com/t/{number}`; null for no button. */
  ticketUrl: string | null;
  log: { format: 'text' | 'json' };
}
