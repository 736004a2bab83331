// The configuration for every command: checked without the schema library where it is right, as it is nearly always.

import type { Config } from './config.ts';
import type { LoadOptions } from './locate.ts';
import { normalise } from './normalise.ts';
import { applyPlan, schemaPlan } from './plan.ts';
import type { ConfigValues } from './schema.ts';
import { readSources } from './sources.ts';
import { surroundingsOf } from './surroundings.ts';

/** The same as loadConfig; null where there is anything to complain about, which loadConfig can say. */
export function quickConfig(options: LoadOptions): Config | null {
  if (schemaPlan === null) return null;
  const sources = readSources(options);
  if (sources.problems.length > 0 || sources.refusals.length > 0) return null;
  const values = applyPlan(schemaPlan, sources.input);
  if (values === null) return null;
  const { config, problems } = normalise(values as ConfigValues, surroundingsOf(sources, options));
  return problems.length > 0 ? null : config;
}
