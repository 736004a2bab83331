// What schema.ts says of valid values, as plain data: a command that reads or writes the database checks its configuration
// by this, in a fraction of the time that the schema library takes to load. Messages about mistakes come from schema.ts.

/** A schema of valibot without its functions. `unknown` is what there is no rule for here. */
export type Plan =
  | { type: 'strict_object'; entries: Record<string, Plan> }
  | { type: 'array'; item: Plan }
  | { type: 'optional' | 'nullish'; wrapped: Plan; default?: unknown }
  | { type: 'string' | 'number' | 'boolean'; checks: Check[] }
  | { type: 'picklist'; options: readonly unknown[] }
  | { type: 'unknown' };

export interface Check {
  type: 'regex' | 'integer' | 'min_value' | 'max_value' | 'max_length' | 'unknown';
  requirement: unknown;
}

/** Made from schema.ts by the build; null where tkt runs from its sources. */
export const schemaPlan: Plan | null = null;

class Mismatch extends Error {}

/** The values with every default in place; null where they do not fit, or where that cannot be told by the plan. */
export function applyPlan(plan: Plan, input: unknown): unknown {
  try {
    return apply(plan, input);
  } catch (error) {
    if (error instanceof Mismatch) return null;
    throw error;
  }
}

function apply(plan: Plan, input: unknown): unknown {
  switch (plan.type) {
    case 'strict_object':
      return applyToObject(plan.entries, input);
    case 'array':
      if (!Array.isArray(input)) throw new Mismatch();
      return input.map((member) => apply(plan.item, member));
    case 'optional':
      return input === undefined ? applyDefault(plan) : apply(plan.wrapped, input);
    case 'nullish':
      return input === undefined || input === null ? applyDefault(plan) : apply(plan.wrapped, input);
    case 'picklist':
      if (!plan.options.includes(input)) throw new Mismatch();
      return input;
    case 'unknown':
      throw new Mismatch();
    default:
      if (typeof input !== plan.type || !plan.checks.every((check) => holds(check, input))) throw new Mismatch();
      return input;
  }
}

function applyDefault(plan: { wrapped: Plan; default?: unknown }): unknown {
  return plan.default === undefined || plan.default === null ? plan.default : apply(plan.wrapped, plan.default);
}

function applyToObject(entries: Record<string, Plan>, input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new Mismatch();
  if (Object.keys(input).some((key) => !Object.hasOwn(entries, key))) throw new Mismatch();
  const values: Record<string, unknown> = {};
  for (const [key, plan] of Object.entries(entries)) {
    const value = apply(plan, Object.hasOwn(input, key) ? Reflect.get(input, key) : undefined);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function holds(check: Check, input: unknown): boolean {
  const { requirement } = check;
  switch (check.type) {
    case 'regex':
      return requirement instanceof RegExp && requirement.test(String(input));
    case 'integer':
      return Number.isInteger(input);
    case 'min_value':
      return Number(input) >= Number(requirement);
    case 'max_value':
      return Number(input) <= Number(requirement);
    case 'max_length':
      return String(input).length <= Number(requirement);
    case 'unknown':
      return false;
  }
}
