// Reads what a configuration is made of: the file, the `.env` files, the environment. Nothing is judged here but
// whether each can be read, is well formed, and is kept from others' eyes.

import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { forTerminalLine } from '../text/terminal.ts';
import { otherVariables, parseEnvFile, secretVariables, valueOfVariable, variables } from './env.ts';
import { parseJson } from './json.ts';
import { type LoadOptions, listPlaces, type Place } from './locate.ts';
import { isForeign, refuseShared, refuseWritable } from './permissions.ts';

/** Where the value of a key was written. */
export interface Origin {
  /** Opens a message: `/etc/tkt/tkt.config.json`, `/srv/.env IMAP_PORT`, `environment IMAP_PORT`. */
  label: string;
  /** The folder that a relative path in it is taken from. */
  folder: string;
}

export interface Sources {
  /** The file, if there is one. */
  path: string | null;
  /** The `.env` files that held something for us. */
  envFiles: string[];
  /** The file with the variables laid over it, not yet validated. */
  input: Record<string, unknown>;
  /** Where a key (`imap.port`) came from, for those that a variable has set; any other came from the file. */
  origins: Map<string, Origin>;
  /** TKT_AGENT. */
  agent: string | null;
  /** Whole lines; what is wrong with the files themselves. */
  problems: string[];
  /** Whole lines; files that others can read, or that we cannot. */
  refusals: string[];
}

interface Found {
  text: string;
  stats: Stats;
}

type Complaints = Pick<Sources, 'problems' | 'refusals'>;

/** Throws nothing: what is wrong is in `problems` and `refusals`. */
export function readSources(options: LoadOptions): Sources {
  const { env, cwd } = options;
  const complaints: Complaints = { problems: [], refusals: [] };

  // The one in the current folder may name the file (TKT_CONFIG), beside which there may be another, which is nearer.
  const here = readEnvFile(join(cwd, '.env'), false, options, complaints);
  const configFile = env.TKT_CONFIG || here?.values.get('TKT_CONFIG') || undefined;
  const file = readConfigFile({ ...options, env: { ...env, TKT_CONFIG: configFile } }, complaints);
  const beside = file === null ? cwd : dirname(file.path);
  const near = beside === cwd ? null : readEnvFile(join(beside, '.env'), true, options, complaints);

  const input = structuredClone(file?.value ?? {});
  const origins = new Map<string, Origin>();
  let agent: string | null = null;
  for (const source of [here, near, { label: 'environment', folder: cwd, values: ourVariables(env) }]) {
    for (const [name, text] of source?.values ?? []) {
      const key = variables.get(name)?.key;
      if (name === 'TKT_AGENT') agent = text;
      if (key === undefined || source === null) continue;
      if (setKey(input, key, valueOfVariable(name, text))) {
        origins.set(key, { label: `${source.label} ${name}`, folder: source.folder });
      }
    }
  }
  const envFiles = [here, near].filter((source) => source !== null).map((source) => source.path);
  return { path: file?.path ?? null, envFiles, input, origins, agent, ...complaints };
}

/** Ours among the variables; an empty one counts as not set, as `IMAP_HOST= tkt poll` means. */
function ourVariables(env: LoadOptions['env']): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of [...variables.keys(), ...otherVariables]) {
    const value = env[name];
    if (value !== undefined && value !== '') values.set(name, value);
  }
  return values;
}

/** Sets `imap.port`, and with a password takes away the other ways to one. False where `imap` is no object. */
function setKey(input: Record<string, unknown>, key: string, value: unknown): boolean {
  const [first = '', second] = key.split('.');
  if (second === undefined) {
    input[first] = value;
    return true;
  }
  input[first] ??= {};
  const section = input[first];
  if (!isObject(section)) return false;
  section[second] = value;
  if (second === 'password') {
    delete section.passwordCommand;
    delete section.passwordFile;
  }
  return true;
}

function readConfigFile(
  options: LoadOptions,
  complaints: Complaints,
): { path: string; value: Record<string, unknown> } | null {
  for (const place of listPlaces(options)) {
    const found = readPlace(place, options, complaints);
    if (found === 'absent') continue;
    if (found === 'refused') return { path: place.path, value: {} };
    return { path: place.path, value: parseConfig(place.path, found, complaints) };
  }
  return null;
}

function readPlace(
  place: Place,
  { env, cwd }: LoadOptions,
  { problems, refusals }: Complaints,
): Found | 'absent' | 'refused' {
  const label = forTerminalLine(place.path);
  try {
    const stats = statSync(place.path, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (place.named === null) return 'absent';
      problems.push(`${label}: ${place.named} names this file, but there is none; write it with: tkt init`);
      return 'refused';
    }
    if (place.named === null && dirname(place.path) === cwd && isForeign(stats, env)) {
      refusals.push(`${label}: it belongs to another user; to use it all the same, name it with --config`);
      return 'refused';
    }
    return { text: readFileSync(place.path, 'utf8'), stats };
  } catch (error) {
    const code = errorCode(error);
    // A home folder that is not ours to look into (su keeps HOME) is no reason to do nothing at all.
    if (place.named === null && (code === 'ENOTDIR' || (code === 'EACCES' && !isThere(place.path)))) return 'absent';
    if (code === 'EACCES' || code === 'EPERM') refusals.push(`${label}: this user may not read it`);
    else problems.push(`${label}: expected a file that can be read (${code})`);
    return 'refused';
  }
}

function parseConfig(
  path: string,
  { text, stats }: Found,
  { problems, refusals }: Complaints,
): Record<string, unknown> {
  const writable = refuseWritable(path, stats);
  if (writable !== null) refusals.push(writable);
  try {
    const value = parseJson(text);
    if (!isObject(value)) throw new SyntaxError('expected a JSON object { … }');
    const shared = holdsPassword(value) ? refuseShared(path, stats, 'a password') : null;
    if (shared !== null) refusals.push(shared);
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push(`${forTerminalLine(path)}: ${error.message}`);
    return {};
  }
}

/** Whether a key `password` is set, at any depth. */
function holdsPassword(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsPassword);
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, member]) =>
    key === 'password' ? member !== null && member !== '' : holdsPassword(member),
  );
}

interface EnvFile extends Origin {
  path: string;
  values: Map<string, string>;
}

/** The `.env`, or null where there is none, or none with anything for us. `trusted`: it lies beside the configuration. */
function readEnvFile(path: string, trusted: boolean, { env }: LoadOptions, complaints: Complaints): EnvFile | null {
  const label = forTerminalLine(path);
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    // A folder or a pipe of that name is not ours (some virtual environments are folders called .env).
    if (stats === undefined || !stats.isFile()) return null;
    const foreign = !trusted && isForeign(stats, env);
    const { values, problems } = parseEnvFile(readFileSync(path, 'utf8'));
    for (const [name, value] of values) if (value === '') values.delete(name);
    complaints.problems.push(...problems.map((problem) => `${label}: ${problem}`));
    if (values.size === 0) return null;
    if (foreign) {
      complaints.refusals.push(
        `${label}: it belongs to another user and sets ${[...values.keys()].join(', ')}; run tkt in another folder`,
      );
      return null;
    }
    const shared = secretVariables.some((name) => values.has(name)) ? refuseShared(path, stats, 'a password') : null;
    if (shared !== null) complaints.refusals.push(shared);
    return { path, label, folder: dirname(path), values };
  } catch (error) {
    const code = errorCode(error);
    // Somebody else's .env in the folder where a person happens to be is not ours to complain about.
    if (!trusted && (code === 'EACCES' || code === 'ENOTDIR')) return null;
    complaints.refusals.push(`${label}: this user may not read it (${code})`);
    return null;
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** ENOENT and its kin. Anything that is no error of the operating system is a bug and thrown on. */
function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}
