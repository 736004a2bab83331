// The SMTP sink in a process of its own, so that what it does is not counted among what tkt does. Says its port on a line.

import { startSmtpSink } from '../../tests/support/smtp-sink.ts';

const sink = await startSmtpSink({ security: 'none', pipelining: true });
const delayMs = Number(process.argv[2] ?? 0);
if (delayMs > 0) sink.use({ delayMs });
process.stdout.write(`${sink.port}\n`);
// What it keeps of ten thousand mails is in nobody's way, but needless.
setInterval(() => sink.messages.splice(0), 200);
process.stdin.resume().on('end', () => process.exit(0));
