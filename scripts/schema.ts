// What is made from the schema of the configuration: two files and the table in README.md. Tests compare them with what is
// committed; after a change of the schema, `npx vitest run tests/config/schema.test.ts tests/docs -u` writes them anew.

import { toJsonSchema } from '@valibot/to-json-schema';
import { variables } from '../src/config/env.ts';
import { configSchema, validate } from '../src/config/schema.ts';

/** tkt.config.schema.json: JSON Schema (draft 7, which editors know) of what may stand in a configuration. */
export function formatSchema(): string {
  const schema = toJsonSchema(configSchema, { typeMode: 'input' });
  return formatJson({ ...schema, title: 'Configuration of tkt' });
}

/** tkt.config.example.json: every key with its default; null where there is none. */
export function formatExample(): string {
  const { values } = validate({});
  return formatJson({ $schema: './tkt.config.schema.json', ...values });
}

/** The table of README.md: a line for every key, in the order of the schema. */
export function formatConfigTable(): string {
  const environment = new Map([...variables].map(([name, { key }]) => [key, name]));
  const rows = listKeys(toJsonSchema(configSchema, { typeMode: 'input' }) as SchemaNode).map(([key, node]) => {
    const name = environment.get(key);
    return [`\`${key}\``, name === undefined ? '' : `\`${name}\``, formatDefault(key, node), node.description ?? ''];
  });
  const head = [
    ['key', 'environment', 'default', 'meaning'],
    ['---', '---', '---', '---'],
  ];
  return [...head, ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}

interface SchemaNode {
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  properties?: Record<string, SchemaNode>;
}

function listKeys(node: SchemaNode, prefix = ''): Array<[key: string, node: SchemaNode]> {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): Array<[string, SchemaNode]> => {
    if (name === '$schema') return [];
    return child.properties === undefined ? [[prefix + name, child]] : listKeys(child, `${prefix}${name}.`);
  });
}

/** Keys without a default of their own that have one all the same. */
const otherDefaults = new Map([
  ['database', '`$XDG_DATA_HOME/tkt/tkt.db`'],
  ['smtp.from', '`supportEmail`'],
]);

function formatDefault(key: string, node: SchemaNode): string {
  const others = (node.enum ?? []).filter((value) => value !== node.default).map((value) => `\`${value}\``);
  const value = typeof node.default === 'string' ? node.default : JSON.stringify(node.default ?? null);
  const shown = otherDefaults.get(key) ?? (value === 'null' || value === '' ? '–' : `\`${value}\``);
  return others.length === 0 ? shown : `${shown}, or ${others.join(', ')}`;
}

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
