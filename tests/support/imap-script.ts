// An IMAP server that plays a part: plain enough to log in and select, and whatever a test makes it say instead.
// For the refusals and lies that Dovecot cannot be brought to.

import net, { type AddressInfo } from 'node:net';

export interface ScriptedImap {
  port: number;
  /** Every line that clients sent, tags removed. */
  lines: string[];
  stop(): Promise<void>;
}

/** Answers to one command; `%t` stands for its tag. `null` cuts the connection, '' says nothing. */
export type Answer = string | null;

export interface ScriptOptions {
  greeting?: Answer;
  capabilities?: string;
  /** By command name (`LOGIN`, `SELECT`, `UID FETCH`…), what to say instead of the ordinary answer. */
  answers?: Record<string, Answer>;
}

/** Starts it on 127.0.0.1. */
export async function startScriptedImap(options: ScriptOptions = {}): Promise<ScriptedImap> {
  const lines: string[] = [];
  const sockets = new Set<net.Socket>();
  const capabilities = options.capabilities ?? 'IMAP4rev1';
  const ordinary: Record<string, string> = {
    CAPABILITY: `* CAPABILITY ${capabilities}\r\n%t OK`,
    LIST: '* LIST () "/" INBOX\r\n%t OK',
    SELECT:
      '* FLAGS (\\Seen)\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 3]\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)]\r\n%t OK [READ-WRITE]',
    LOGOUT: '* BYE\r\n%t OK',
  };
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const say = (answer: Answer, tag: string) => {
      if (answer === null) {
        socket.destroy();
      } else if (answer !== '') {
        socket.write(`${answer.replaceAll('%t', tag)}\r\n`);
      }
    };
    say(options.greeting === undefined ? '* OK ready' : options.greeting, '*');
    let rest = '';
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        const [tag = '', first = '', second = ''] = line.split(' ');
        lines.push(line.slice(tag.length + 1));
        const name = first.toUpperCase() === 'UID' ? `UID ${second.toUpperCase()}` : first.toUpperCase();
        if (line.endsWith('LIST "" ""')) {
          // The hierarchy delimiter (RFC 9051 §6.3.9).
          say('* LIST (\\Noselect) "/" ""\r\n%t OK', tag);
          continue;
        }
        const scripted = options.answers?.[name];
        say(scripted === undefined ? (ordinary[name] ?? '%t OK') : scripted, tag);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    stop() {
      for (const socket of sockets) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
