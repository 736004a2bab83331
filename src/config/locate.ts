// Where a configuration and a database are looked for (CONTRACT §3).

import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What loading a configuration depends on; `configPath` is --config, `home` stands for the home folder in tests. */
export interface LoadOptions {
  env: Environment;
  cwd: string;
  configPath?: string | undefined;
  home?: string | undefined;
}

export const configFileName = 'tkt.config.json';

// Base of what has no better place: an account without a home folder, as mail servers run pipes for.
const systemFolder = '/var/lib/tkt';

/** The home folder; null where there is none: no HOME, and no entry of the user or one that does not exist. */
export function findHome({ env, home }: Pick<LoadOptions, 'env' | 'home'>): string | null {
  const named = home ?? env.HOME;
  if (named !== undefined && isAbsolute(named)) return named;
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) && homedir !== '/' && isFolder(homedir) ? homedir : null;
  } catch {
    // The user id has no entry, as in a container that was started with one of its own.
    return null;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A folder of the XDG base directory specification, where relative values do not count. */
function findXdgFolder(options: Pick<LoadOptions, 'env' | 'home'>, name: string, fallback: string): string | null {
  const named = options.env[name];
  if (named !== undefined && isAbsolute(named)) return named;
  const home = findHome(options);
  return home === null ? null : join(home, fallback);
}

/** $XDG_CONFIG_HOME/tkt/tkt.config.json; null without a home folder. */
export function findUserConfigPath(options: Pick<LoadOptions, 'env' | 'home'>): string | null {
  const folder = findXdgFolder(options, 'XDG_CONFIG_HOME', '.config');
  return folder === null ? null : join(folder, 'tkt', configFileName);
}

export const systemConfigPath = join('/etc/tkt', configFileName);

/** $XDG_DATA_HOME/tkt/tkt.db, or /var/lib/tkt/tkt.db without a home folder. */
export function defaultDatabasePath(options: Pick<LoadOptions, 'env' | 'home'>): string {
  const folder = findXdgFolder(options, 'XDG_DATA_HOME', join('.local', 'share'));
  return folder === null ? join(systemFolder, 'tkt.db') : join(folder, 'tkt', 'tkt.db');
}

/** A path out of a configuration: `~/` is the home folder, anything relative is taken from `folder`. */
export function resolvePath(path: string, folder: string, options: Pick<LoadOptions, 'env' | 'home'>): string {
  if (path === '~' || path.startsWith('~/')) {
    const home = findHome(options);
    if (home !== null) return join(home, path.slice(1));
  }
  return resolve(folder, path);
}

/** A place to look at. `named`: somebody asked for this very file, so that it must be there, and is trusted. */
export interface Place {
  path: string;
  named: '--config' | 'TKT_CONFIG' | null;
}

/** In the order of CONTRACT §3; one alone where it was named. */
export function listPlaces(options: LoadOptions): Place[] {
  const { env, cwd, configPath } = options;
  if (configPath !== undefined) return [{ path: resolvePath(configPath, cwd, options), named: '--config' }];
  if (env.TKT_CONFIG) return [{ path: resolvePath(env.TKT_CONFIG, cwd, options), named: 'TKT_CONFIG' }];
  return [join(cwd, configFileName), findUserConfigPath(options), systemConfigPath]
    .filter((path) => path !== null)
    .map((path) => ({ path, named: null }));
}
