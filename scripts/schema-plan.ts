// From the schema of the configuration to the plan that the build puts in the place of src/config/plan.ts's own.

import type { Check, Plan } from '../src/config/plan.ts';

interface Node {
  type: string;
  kind?: string;
  entries?: Record<string, Node>;
  item?: Node;
  wrapped?: Node;
  default?: unknown;
  options?: readonly unknown[];
  pipe?: readonly Part[];
}

interface Part {
  kind: string;
  type: string;
  requirement?: unknown;
}

const checks = new Set(['regex', 'integer', 'min_value', 'max_value', 'max_length']);

/** The plan of a schema of valibot. What it has no rule for, a union say, becomes `unknown`. */
export function planOf(schema: unknown): Plan {
  const node = schema as Node;
  const steps = (node.pipe ?? []).slice(1).filter((step) => step.kind !== 'metadata');
  if (node.type === 'string' || node.type === 'number' || node.type === 'boolean') {
    return { type: node.type, checks: steps.map(checkOf) };
  }
  if (steps.length > 0) return { type: 'unknown' };
  if (node.type === 'strict_object' && node.entries) {
    const entries = Object.entries(node.entries).map(([key, entry]) => [key, planOf(entry)] as const);
    return { type: 'strict_object', entries: Object.fromEntries(entries) };
  }
  if (node.type === 'array' && node.item) return { type: 'array', item: planOf(node.item) };
  if (node.type === 'picklist' && node.options) return { type: 'picklist', options: node.options };
  if ((node.type === 'optional' || node.type === 'nullish') && node.wrapped && typeof node.default !== 'function') {
    return { type: node.type, wrapped: planOf(node.wrapped), default: node.default };
  }
  return { type: 'unknown' };
}

function checkOf({ type, requirement }: Part): Check {
  return checks.has(type) ? { type: type as Check['type'], requirement } : { type: 'unknown', requirement: null };
}

/** As JavaScript. */
export function formatPlan(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(formatPlan).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${formatPlan(member)}`)}}`;
}
