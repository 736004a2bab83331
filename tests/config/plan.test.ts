import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPlan, planOf } from '../../scripts/schema-plan.ts';
import { applyPlan, type Plan } from '../../src/config/plan.ts';
import { configSchema, findUnknownKeys, validate } from '../../src/config/schema.ts';

const plan = planOf(configSchema);

/** What the schema itself makes of it; null for anything that it complains about. */
function bySchema(input: unknown): unknown {
  return findUnknownKeys(input).length > 0 ? null : validate(input).values;
}

const imap = { host: 'mail.example.com', username: 'support', password: 'secret' };

describe('the plan says the same as the schema', () => {
  test.each<[string, unknown]>([
    ['nothing', {}],
    ['a whole mailbox', { enabled: true, supportEmail: 'help@example.com', imap, smtp: { host: 'localhost' } }],
    ['several mailboxes', { mailboxes: [{ name: 'sales', address: 'sales@example.com', imap, category: 'billing' }] }],
    ['null for no value', { database: null, imap: { ...imap, caFile: null } }],
    ['a section', { limits: { messageSeconds: 5 }, tickets: { prefix: 'HELP' }, log: { format: 'json' } }],
    ['an unknown key', { imap: { hots: 'mail.example.com' } }],
    ['a number that is too large', { imap: { port: 65536 } }],
    ['a number with a fraction', { checkInterval: 1.5 }],
    ['a number as text', { checkInterval: '300' }],
    ['a choice that there is not', { strangers: 'ignore' }],
    ['no address', { supportEmail: 'support' }],
    ['an address that is too long', { supportEmail: `${'a'.repeat(250)}@example.com` }],
    ['null for a key that needs a value', { enabled: null }],
    ['an object for a list', { mailboxes: {} }],
    ['a mailbox without a name', { mailboxes: [{ address: 'sales@example.com' }] }],
    ['a key named like a member of every object', JSON.parse('{"__proto__": {"enabled": true}}')],
    ['no object', null],
  ])('of %s', (_name, input) => {
    expect(applyPlan(plan, input)).toEqual(bySchema(input));
  });

  // Where it says nothing (null), the schema is asked.
  test('of anything that it says something of', () => {
    const keys = [
      'imap',
      'smtp',
      'port',
      'host',
      'enabled',
      'mailboxes',
      'name',
      'address',
      'limits',
      'database',
      'toString',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), fc.array(tie('tree'), { maxLength: 2 }), tie('object')),
      object: fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 4 }),
      leaf: fc.constantFrom(
        null,
        true,
        false,
        0,
        1,
        993,
        -1,
        1.5,
        '',
        'a',
        'sales',
        'ann@example.com',
        'mail.example.com',
      ),
    }));
    const agrees = fc.property(tree, (input) => {
      const values = applyPlan(plan, input);
      if (values !== null) expect(values).toEqual(bySchema(input));
    });
    fc.assert(agrees, { numRuns: 2000 });
  });
});

describe('a plan', () => {
  test('has a rule for everything in the schema', () => {
    expect(formatPlan(plan)).not.toContain('unknown');
  });

  test('leaves what it has no rule for to the schema', () => {
    const odd: Plan = { type: 'strict_object', entries: { odd: planOf({ type: 'union' }) } };
    expect(applyPlan(odd, { odd: 1 })).toBeNull();
  });
});
