// Sends what is due in the database argv[2] through 127.0.0.1:argv[3], as a process of its own that tests may kill.

import { openTransport } from '../../src/mail/send.ts';
import { deliverDue } from '../../src/pipeline/deliver.ts';
import { closeDatabase, openDatabase } from '../../src/store/database.ts';
import { deskConfig } from '../support/desk-config.ts';
import { noon } from '../support/store.ts';

const [path = '', port = ''] = process.argv.slice(2);
const now = () => new Date(noon);
const smtp = {
  host: '127.0.0.1',
  port: Number(port),
  security: 'none',
  auth: null,
  caFile: null,
  from: 'support@example.com',
  nullSender: true,
} as const;
const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, progress: quiet };
const db = await openDatabase({ path, now });
const signal = new AbortController().signal;
const report = await deliverDue({ db, config: deskConfig(path, smtp), log, now, signal, openTransport });
await closeDatabase(db);
process.stdout.write(JSON.stringify(report));
