// The two files that are made from the schema of the configuration. tests/config/schema.test.ts compares them with
// what is committed; after a change of the schema, `npx vitest run tests/config/schema.test.ts -u` writes them anew.

import { toJsonSchema } from '@valibot/to-json-schema';
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

function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
