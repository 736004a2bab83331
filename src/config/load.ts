// Reads, defaults and validates the configuration.

import { ConfigError, PermissionError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';
import type { Config } from './config.ts';
import { formatKey, type KeyPath, type Problem } from './key-path.ts';
import type { LoadOptions } from './locate.ts';
import { editDistance, findNearest } from './nearest.ts';
import { normalise } from './normalise.ts';
import { findUnknownKeys, validate } from './schema.ts';
import { readSources, type Sources } from './sources.ts';
import { getMember, surroundingsOf } from './surroundings.ts';

/**
 * The configuration of CONTRACT §3: defaults, under the first file found, under the `.env` files, under the environment.
 * Throws ConfigError with every problem at once, `FILE: key: what is expected`, and PermissionError where all is well
 * but that others can read a file with a password in it. No message shows a secret.
 */
export function loadConfig(options: LoadOptions): Config {
  const { config, problems, refusals } = examineConfig(options);
  if (problems.length > 0) throw new ConfigError([...problems, ...refusals]);
  if (refusals.length > 0 || config === null) throw new PermissionError(refusals.join('\n'));
  return config;
}

/** What was made of the sources; `config` is null where there are problems. */
export interface Examined extends Pick<Sources, 'path' | 'envFiles' | 'problems' | 'refusals'> {
  config: Config | null;
}

/** The same without throwing, with the files that it was read from. */
export function examineConfig(options: LoadOptions): Examined {
  return judge(readSources(options), options);
}

/** The same of a file that is yet to be written, without any variables. */
export function examineInput(path: string, input: Record<string, unknown>, options: LoadOptions): Examined {
  const sources = { path, envFiles: [], input, origins: new Map(), agent: null, problems: [], refusals: [] };
  return judge(sources, options);
}

function judge(sources: Sources, options: LoadOptions): Examined {
  const { path, envFiles, refusals } = sources;
  const unknown = findUnknownKeys(sources.input).map(({ path: keyPath, known }) => ({
    path: keyPath,
    text: `unknown key; the nearest known one is "${nearestKey(keyPath, known)}"`,
  }));
  const problems = [...sources.problems];
  const report = (found: readonly Problem[]) =>
    problems.push(...found.map((problem) => formatProblem(problem, sources)));
  report(unknown);

  const input = without(sources.input, unknown);
  const { values, problems: wrong } = validate(input);
  report(wrong);
  // What is wrong is taken out, so that the rules for several keys can be heard on the others in the same go.
  const sound = values ?? validate(without(input, wrong.map(wholeList))).values;
  if (sound === null) return { path, envFiles, problems, refusals, config: null };

  const result = normalise(sound, surroundingsOf(sources, options));
  const heard = new Set(wrong.map((problem) => formatKey(problem.path)));
  report(result.problems.filter((problem) => !heard.has(formatKey(problem.path))));
  return { path, envFiles, problems, refusals, config: problems.length > 0 ? null : result.config };
}

/** A key of the same section, unless the very name is one of a section below: `password` at the top is `imap.password`. */
function nearestKey(path: KeyPath, known: readonly string[]): string {
  const name = String(path.at(-1));
  const sibling = findNearest(name, known) ?? '';
  const section = known.find((key) => findUnknownKeys({ [key]: { [name]: null } }).length === 0 && sections.has(key));
  const nested = section !== undefined && editDistance(name, sibling) > 2;
  return formatKey([...path.slice(0, -1), ...(nested ? [section, name] : [sibling])]);
}

const sections = new Set(['imap', 'smtp', 'limits', 'tickets', 'log']);

/** An entry of a list cannot be judged without what it must have, nor taken out of the count: the list goes. */
function wholeList(problem: Problem): Problem {
  const position = problem.path.findIndex((part) => typeof part === 'number');
  return position < 0 ? problem : { ...problem, path: problem.path.slice(0, position) };
}

/** A copy of the input without the keys that the problems are about. */
function without(input: Record<string, unknown>, problems: readonly Problem[]): Record<string, unknown> {
  const copy = structuredClone(input);
  for (const { path } of problems) {
    const parent = path.slice(0, -1).reduce<unknown>(getMember, copy);
    if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, path.at(-1) ?? '');
  }
  return copy;
}

/** `/etc/tkt/tkt.config.json: imap.port: expected 1-65535, got "abc"` */
function formatProblem({ path: keyPath, text }: Problem, { origins, path }: Sources): string {
  const key = formatKey(keyPath);
  const label = origins.get(key)?.label ?? sectionLabel(key, origins, path);
  return forTerminalLine([label, key, text].filter((part) => part !== '').join(': '));
}

/** Where no variable set the key itself and there is no file, a neighbour that was set says where to look. */
function sectionLabel(key: string, origins: Sources['origins'], path: string | null): string {
  if (path !== null) return path;
  const section = key.slice(0, key.lastIndexOf('.') + 1);
  const neighbour = [...origins].find(([name]) => section !== '' && name.startsWith(section))?.[1];
  return (neighbour?.label ?? 'environment').replace(/ [A-Z_]+$/, '');
}
