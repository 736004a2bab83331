// What a configuration is once it has been read, defaulted and validated.

/** A secret is fetched when it is needed, so that `list` never runs a password command. Never printed. */
export type Secret =
  | { kind: 'value'; value: string }
  | { kind: 'command'; command: string }
  | { kind: 'file'; path: string };

export type MailAuth =
  | { kind: 'password'; username: string; password: Secret }
  /** XOAUTH2 or OAUTHBEARER; the command prints an access token on its first line. */
  | { kind: 'oauth2'; username: string; tokenCommand: string };

/** Seconds and bytes are in the names or in CONTRACT §3. `tls`: from the start; `starttls`: required; `none`: loopback only. */
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
