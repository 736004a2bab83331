// Asks tkt about the cases of the corpus, through the function behind `tkt explain` over an empty database.

import type { Config } from '../src/config/config.ts';
import { normalise } from '../src/config/normalise.ts';
import { validate } from '../src/config/schema.ts';
import { type ExplainDeps, explainMessage } from '../src/pipeline/explain.ts';
import { ownIdentity } from '../src/pipeline/facts.ts';
import { openReader } from '../src/pipeline/guard.ts';
import { closeDatabase, openMemoryDatabase } from '../src/store/database.ts';
import { getMeta } from '../src/store/meta.ts';
import type { Answer, Case } from './corpus-cases.ts';

/** The defaults of a configuration. */
export const config: Config = defaultConfig();

function defaultConfig(): Config {
  const { values, problems } = validate({ supportEmail: 'support@tkt.test' });
  if (values === null) throw new Error(problems.map(({ text }) => text).join('; '));
  const nothing = { path: null, agent: null, defaultDatabase: ':memory:', isSet: () => false };
  return normalise(values, { ...nothing, resolve: (path) => path }).config;
}

export interface Explainer extends ExplainDeps {
  close(): Promise<void>;
}

/** What explainMessage needs, with a database of its own; to be closed. */
export async function openExplainer(overrides: Partial<Config> = {}): Promise<Explainer> {
  const db = await openMemoryDatabase(() => new Date());
  const chosen = { ...config, ...overrides };
  const reader = openReader(ownIdentity(chosen, await getMeta(db, 'instance')), chosen.limits);
  return {
    db,
    config: chosen,
    plusSecret: await getMeta(db, 'plus-secret'),
    reader,
    async close() {
      await reader.close();
      await closeDatabase(db);
    },
  };
}

/** One case answered and timed. Replies and signatures are read as with --as-reply. */
export async function answerTo(explainer: ExplainDeps, testCase: Case): Promise<Answer> {
  const { id, area, input, bytes, subject } = testCase;
  const raw = input === 'message' ? bytes : wrapInMessage(bytes, input, subject ?? 'Printer');
  const startedAt = performance.now();
  try {
    const asReply = area === 'replies' || area === 'signatures';
    const explanation = await explainMessage(explainer, raw, { file: id, asReply });
    return { explanation, crashed: null, milliseconds: performance.now() - startedAt };
  } catch (error) {
    const crashed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { explanation: null, crashed, milliseconds: performance.now() - startedAt };
  }
}

/** The least message around a decoded body of text or HTML. */
export function wrapInMessage(body: Buffer, type: 'text' | 'html', subject: string): Buffer {
  const head = [
    'From: client@example.com',
    'To: support@tkt.test',
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    'Message-ID: <case@example.com>',
    'MIME-Version: 1.0',
    `Content-Type: ${type === 'html' ? 'text/html' : 'text/plain'}; charset=utf-8`,
    'Content-Transfer-Encoding: 8bit',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
