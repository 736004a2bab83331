// What `tkt init` knows of mail providers, and the file that it makes of the answers.

import type { ConfigInput } from './schema.ts';

export interface Preset {
  title: string;
  imapHost: string;
  smtpHost: string;
  /** Whether automatic mail may leave with the null reverse-path. */
  nullSender: boolean;
  /** How the log-in is best done. */
  login: 'password' | 'oauth2';
  /** Lines on how to come by a password or a token. */
  howTo: readonly string[];
}

export const presets = {
  gmail: {
    title: 'Gmail and Google Workspace',
    imapHost: 'imap.gmail.com',
    smtpHost: 'smtp.gmail.com',
    nullSender: false,
    login: 'password',
    howTo: [
      'Gmail takes an app password, not that of the account:',
      '  1. Gmail Settings → Forwarding and POP/IMAP → Enable IMAP',
      '  2. https://myaccount.google.com/apppasswords (two-step verification must be on): Mail + your device',
      '  3. copy the 16 characters; the spaces do not matter',
    ],
  },
  microsoft365: {
    title: 'Microsoft 365 and Outlook',
    imapHost: 'outlook.office365.com',
    smtpHost: 'smtp.office365.com',
    nullSender: false,
    login: 'oauth2',
    howTo: [
      'Microsoft 365 takes OAuth2 access tokens for IMAP, no passwords. Any program that prints a token will do:',
      '  oama access support@example.com, mutt_oauth2.py FILE, pizauth show ACCOUNT',
      'with the scopes IMAP.AccessAsUser.All and SMTP.Send. SMTP AUTH must be on for the mailbox.',
    ],
  },
  yahoo: {
    title: 'Yahoo Mail',
    imapHost: 'imap.mail.yahoo.com',
    smtpHost: 'smtp.mail.yahoo.com',
    nullSender: false,
    login: 'password',
    howTo: [
      'Yahoo takes an app password, not that of the account:',
      '  Account info → Security → Generate app password',
    ],
  },
  custom: {
    title: 'another provider, or a server of your own',
    imapHost: '',
    smtpHost: '',
    nullSender: true,
    login: 'password',
    howTo: ['Ask your provider for the names and ports of its IMAP and SMTP servers.'],
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];

/** Where the password comes from. `environment`: IMAP_PASSWORD and SMTP_PASSWORD, which the file does not hold. */
export type Login =
  | { kind: 'password'; password: string }
  | { kind: 'passwordCommand' | 'passwordFile' | 'tokenCommand'; value: string }
  | { kind: 'environment' };

/** The answers that a configuration is made of. */
export interface Setup {
  address: string;
  supportName: string;
  imap: { host: string; port: number; useSsl: boolean };
  smtp: { host: string; port: number; useTls: boolean };
  username: string;
  login: Login;
  /** false: the SMTP server wants no log-in. */
  smtpLogin: boolean;
  caFile: string | null;
  nullSender: boolean;
}

/** What goes into the file: nothing that is the default anyhow, but what a person will look for. */
export function buildConfig(setup: Setup): ConfigInput {
  const { address, supportName, imap, smtp, username, login, smtpLogin, caFile, nullSender } = setup;
  const access = { username, ...loginKeys(login) };
  const authority = caFile === null ? {} : { caFile };
  return {
    enabled: true,
    checkInterval: 300,
    supportEmail: address,
    ...(supportName === '' ? {} : { supportName }),
    imap: { ...imap, ...authority, ...access },
    smtp: { ...smtp, ...authority, ...(smtpLogin ? access : {}), nullSender },
  };
}

function loginKeys(login: Login): NonNullable<ConfigInput['imap']> {
  if (login.kind === 'environment') return {};
  if (login.kind === 'password') return { password: login.password };
  if (login.kind === 'tokenCommand') return { auth: 'oauth2', tokenCommand: login.value };
  return { [login.kind]: login.value };
}
