// The SMTP sink in a process of its own, so that what it does is not counted among what tkt does. It answers as a server
// would (RFC 5321) and throws the mail away: it shares the processors with tkt, and a server that reads its mail would take
// more of them than Dovecot. Says its port on a line; its argument is how many milliseconds it takes for each mail.

import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

const delayMs = Number(process.argv[2] ?? 0);
const server = createServer(serve).listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));

const endOfMail = '\r\n.\r\n';

function serve(socket: Socket): void {
  let input = '';
  let inMail = false;
  socket.setEncoding('latin1').setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.write('220 sink.test ESMTP\r\n');
  socket.on('data', (data: string) => {
    input += data;
    while (inMail ? takeMail() : takeCommand());
  });

  function takeMail(): boolean {
    const end = input.indexOf(endOfMail);
    if (end < 0) {
      input = input.slice(1 - endOfMail.length);
      return false;
    }
    input = input.slice(end + endOfMail.length);
    inMail = false;
    if (delayMs > 0) setTimeout(() => socket.write('250 2.0.0 taken\r\n'), delayMs);
    else socket.write('250 2.0.0 taken\r\n');
    return true;
  }

  function takeCommand(): boolean {
    const end = input.indexOf('\r\n');
    if (end < 0) return false;
    const verb = input.slice(0, 4).toUpperCase();
    // The line break before the final dot may be that of DATA.
    input = input.slice(verb === 'DATA' ? end : end + 2);
    inMail = verb === 'DATA';
    socket.write(answers[verb] ?? '250 2.0.0 Ok\r\n');
    if (verb === 'QUIT') socket.end();
    return true;
  }
}

const answers: Record<string, string> = {
  EHLO: '250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800\r\n',
  DATA: '354 End with a dot\r\n',
  QUIT: '221 2.0.0 Bye\r\n',
};
