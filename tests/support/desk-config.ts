// A whole configuration with one mailbox, support@example.com, and every other default.

import type { Config, MailboxConfig, SmtpConfig } from '../../src/config/config.ts';

export function deskConfig(
  database: string,
  smtp: SmtpConfig | null,
  options: { mailbox?: Partial<MailboxConfig>; config?: Partial<Config> } = {},
): Config {
  const mailbox: MailboxConfig = {
    name: 'default',
    address: 'support@example.com',
    displayName: 'Example Support',
    imap: null,
    smtp,
    category: 'support',
    ...options.mailbox,
  };
  return {
    path: null,
    enabled: true,
    checkInterval: 300,
    database,
    mailboxes: [mailbox],
    limits: { maxMessageBytes: 26_214_400, autoRepliesPerHour: 5, autoRepliesPerSweep: 100, messageSeconds: 20 },
    strangers: 'new',
    plusAddressing: false,
    automaticMail: 'ticket',
    forwardedByAgent: 'requester',
    reopenOnReply: true,
    trustedAuthservId: null,
    tickets: { prefix: 'TKT', defaultPriority: 'medium', defaultCategory: 'support' },
    ticketUrl: null,
    log: { format: 'text' },
    ...options.config,
  };
}
