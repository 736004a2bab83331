// What `tkt init` has to know, from flags, or on a terminal from questions for what no flag says.

import { isLoopback } from '../config/normalise.ts';
import { type Login, type PresetName, presetNames, presets, type Setup } from '../config/presets.ts';
import { isAddress, isHost } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Prompter } from './prompt.ts';

export interface InitFlags {
  preset?: PresetName;
  address?: string;
  name?: string;
  username?: string;
  imapHost?: string;
  imapPort?: number;
  imapStarttls?: boolean;
  smtpHost?: string;
  smtpPort?: number;
  caFile?: string;
  passwordCommand?: string;
  passwordFile?: string;
  tokenCommand?: string;
  file?: string;
  force?: boolean;
  /** false with --no-test. */
  test: boolean;
}

const addressProblem = (text: string) => (isAddress(text) ? null : 'expected an address such as support@example.com');
const hostProblem = (text: string) => (isHost(text) ? null : 'expected a host name, without https:// and port');
const portProblem = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535 ? null : 'expected 1-65535';
const anyProblem = (text: string) => (text === '' ? 'expected an answer' : null);

/** Reads the value of --imap-port and --smtp-port. */
export function readPort(flag: string, text: string): number {
  const problem = portProblem(text);
  if (problem !== null) throw new UsageError(`${flag}: ${problem}, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** Without a terminal: the flags must say enough. Throws UsageError that says what is missing. */
export function setupFromFlags(flags: InitFlags, env: Context['env']): Setup {
  checkFlags(flags);
  const preset = presets[flags.preset ?? 'custom'];
  const { address = '', imapHost = preset.imapHost, smtpHost = preset.smtpHost } = flags;
  const login = loginFromFlags(flags) ?? (env.IMAP_PASSWORD ? ({ kind: 'environment' } as const) : null);
  const missing = [
    flags.preset === undefined && imapHost === '' ? '--preset' : '',
    address === '' ? '--address' : '',
    flags.preset === 'custom' && imapHost === '' ? '--imap-host' : '',
    smtpHost === '' && imapHost !== '' ? '--smtp-host' : '',
    login === null ? 'one of --password-file, --password-command, --token-command and IMAP_PASSWORD' : '',
  ].filter((name) => name !== '');
  if (missing.length > 0 || login === null) {
    throw new UsageError(
      `init asks questions, and here is no terminal to ask them on; without one it also needs ${missing.join(', ')}.\n` +
        'Or write the file by hand: tkt.config.example.json shows every key (tkt init --help has examples).',
    );
  }
  return assemble(
    flags,
    { address, supportName: flags.name ?? '', imapHost, smtpHost, username: flags.username ?? address },
    login,
  );
}

/** Mistakes that need no questions to be seen. */
export function checkFlags(flags: InitFlags): void {
  const check = (flag: string, value: string | undefined, problem: (text: string) => string | null) => {
    const found = value === undefined ? null : problem(value);
    if (found !== null) throw new UsageError(`${flag}: ${found}, got ${JSON.stringify(value)}`);
  };
  check('--address', flags.address, addressProblem);
  check('--imap-host', flags.imapHost, hostProblem);
  check('--smtp-host', flags.smtpHost, hostProblem);
  const given = [flags.passwordCommand, flags.passwordFile, flags.tokenCommand].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new UsageError(
      '--password-command, --password-file and --token-command exclude each other: give one of them',
    );
  }
}

/** Asks for everything that the flags leave open. */
export async function askSetup(prompter: Prompter, flags: InitFlags): Promise<Setup> {
  checkFlags(flags);
  const name =
    flags.preset ??
    (await prompter.choose(
      'Where is the mailbox?',
      presetNames.map((key) => [key, presets[key].title]),
    ));
  const preset = presets[name];
  prompter.say(`\n${preset.howTo.join('\n')}\n`);
  const ask = (known: string | undefined, text: string, check: (answer: string) => string | null, proposal = '') =>
    known === undefined ? prompter.ask(text, { check, preset: proposal }) : Promise.resolve(known);

  const address = await ask(flags.address, 'Support address', addressProblem);
  const supportName = await ask(flags.name, 'Name beside it in mails, Enter for none', () => null);
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const servers = { imapHost: flags.imapHost ?? preset.imapHost, smtpHost: flags.smtpHost ?? preset.smtpHost };
  const ports: Pick<InitFlags, 'imapPort' | 'imapStarttls' | 'smtpPort'> = {};
  if (name === 'custom') {
    servers.imapHost = await ask(flags.imapHost, 'IMAP server', hostProblem, `imap.${domain}`);
    ports.imapPort = flags.imapPort ?? Number(await prompter.ask('IMAP port', { preset: '993', check: portProblem }));
    const startsWithTls = ports.imapPort === 993 || (await confirmTls(prompter, flags, ports.imapPort));
    ports.imapStarttls = !startsWithTls;
    servers.smtpHost = await ask(flags.smtpHost, 'SMTP server', hostProblem, `smtp.${domain}`);
    ports.smtpPort = flags.smtpPort ?? Number(await prompter.ask('SMTP port', { preset: '587', check: portProblem }));
  }
  const username = await ask(flags.username, 'User name', anyProblem, address);
  const login = loginFromFlags(flags) ?? (await askLogin(prompter, preset.login));
  return assemble({ ...flags, ...ports, preset: name }, { address, supportName, ...servers, username }, login);
}

async function confirmTls(prompter: Prompter, flags: InitFlags, port: number): Promise<boolean> {
  if (flags.imapStarttls !== undefined) return !flags.imapStarttls;
  return prompter.confirm('Does that port speak TLS from the start? (no: STARTTLS)', port !== 143);
}

const loginChoices = {
  password: [
    ['password', 'kept in the configuration, which only you can read'],
    ['command', 'a command prints it: pass show support, secret-tool lookup …'],
    ['file', 'its first line, in a file that only you can read'],
  ],
  oauth2: [
    ['token', 'OAuth2: a command prints an access token'],
    ['password', 'kept in the configuration, which only you can read'],
    ['command', 'a command prints the password'],
  ],
} as const;

/** Also asked when the log-in was refused. */
export async function askLogin(prompter: Prompter, preferred: keyof typeof loginChoices): Promise<Login> {
  const kind = await prompter.choose('Where does the password come from?', loginChoices[preferred]);
  if (kind === 'password') return { kind, password: await prompter.askSecret('Password') };
  const command = (text: string) => prompter.ask(text, { check: anyProblem });
  if (kind === 'file') return { kind: 'passwordFile', value: await command('File') };
  if (kind === 'token') return { kind: 'tokenCommand', value: await command('Command that prints a token') };
  return { kind: 'passwordCommand', value: await command('Command that prints the password') };
}

function loginFromFlags({ passwordCommand, passwordFile, tokenCommand }: InitFlags): Login | null {
  if (passwordCommand !== undefined) return { kind: 'passwordCommand', value: passwordCommand };
  if (passwordFile !== undefined) return { kind: 'passwordFile', value: passwordFile };
  if (tokenCommand !== undefined) return { kind: 'tokenCommand', value: tokenCommand };
  return null;
}

interface Answers {
  address: string;
  supportName: string;
  imapHost: string;
  smtpHost: string;
  username: string;
}

function assemble(flags: InitFlags, answers: Answers, login: Login): Setup {
  const { address, supportName, imapHost, smtpHost, username } = answers;
  const name = flags.preset ?? 'custom';
  // What Google shows as `abcd efgh ijkl mnop` is a password without spaces.
  const isAppPassword =
    name === 'gmail' && login.kind === 'password' && /^(?:[a-z]{4} ){3}[a-z]{4}$/.test(login.password.trim());
  const imapPort = flags.imapPort ?? (flags.imapStarttls ? 143 : 993);
  const smtpPort = flags.smtpPort ?? 587;
  return {
    address,
    supportName,
    imap: { host: imapHost, port: imapPort, useSsl: !(flags.imapStarttls ?? imapPort === 143) },
    smtp: { host: smtpHost, port: smtpPort, useTls: !isLoopback(smtpHost) },
    username,
    login: isAppPassword ? { kind: 'password', password: login.password.replaceAll(' ', '') } : login,
    // The MTA of this machine takes mail from it as it is.
    smtpLogin: !(isLoopback(smtpHost) && smtpPort === 25),
    caFile: flags.caFile ?? null,
    nullSender: presets[name].nullSender,
  };
}
