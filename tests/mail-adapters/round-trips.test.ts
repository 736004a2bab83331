// What a session says to an IMAP server before it fetches: every command is a wait of one round trip.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ImapConfig } from '../../src/config/config.ts';
import { openMailbox } from '../../src/mail/fetch.ts';
import { type ScriptedImap, startScriptedImap } from '../support/imap-script.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, progress() {} };
const inbox = ['LOGIN', 'ID', 'SELECT', 'UID SEARCH', 'LOGOUT'];

describe('a sweep that finds nothing', () => {
  let server: ScriptedImap | undefined;
  afterEach(() => server?.stop());

  /** The names of the commands that the server got. */
  async function commands(overrides: Partial<ImapConfig>, more = ''): Promise<string[]> {
    const capabilities = `IMAP4rev1 ID NAMESPACE ENABLE IDLE${more}`;
    server = await startScriptedImap({
      greeting: `* OK [CAPABILITY ${capabilities}] ready`,
      answers: {
        LOGIN: `%t OK [CAPABILITY ${capabilities}] in`,
        AUTHENTICATE: `%t OK [CAPABILITY ${capabilities}] in`,
        NAMESPACE: '* NAMESPACE (("INBOX." ".")) NIL NIL\r\n%t OK',
        LIST: '* LIST () "." INBOX.Support\r\n%t OK',
        'UID SEARCH': '* SEARCH\r\n%t OK',
      },
    });
    const session = await openMailbox(
      {
        ...{ host: '127.0.0.1', port: server.port, security: 'none', caFile: null, mailbox: 'INBOX' },
        auth: { kind: 'password', username: 'ann', password: { kind: 'value', value: 'secret' } },
        ...{ intake: 'unread', after: { kind: 'seen' } },
        ...overrides,
      },
      { log: silent, signal: new AbortController().signal },
    );
    await session.search({ unseen: true });
    await session.close();
    await vi.waitFor(() => expect(server?.lines.at(-1)).toBe('LOGOUT'));
    return server.lines.map((line) => /^(UID )?\w+/.exec(line)?.[0] ?? line);
  }

  it('says five things to a server', async () => {
    expect(await commands({})).toEqual(inbox);
    expect(server?.lines).toContainEqual(expect.stringMatching(/^ID \("name" "tkt"/));
  });

  it('hands over the password without being asked where the server takes that', async () => {
    const [, ...others] = inbox;
    expect(await commands({}, ' AUTH=PLAIN SASL-IR')).toEqual(['AUTHENTICATE', ...others]);
    expect(server?.lines[0]).toBe(`AUTHENTICATE PLAIN ${Buffer.from('\0ann\0secret').toString('base64')}`);
  });

  it('knows the inbox in any case', async () => {
    expect(await commands({ mailbox: 'inbox' })).toEqual(inbox);
    expect(server?.lines).toContain('SELECT INBOX');
  });

  it('asks for the prefix of folders where it is to move mail into one', async () => {
    const move = { kind: 'move', folder: 'Done' } as const;
    expect(await commands({ after: move })).toEqual(['LOGIN', 'ID', 'NAMESPACE', ...inbox.slice(2)]);
  });

  it('asks for it where it reads another folder, and finds that below the prefix', async () => {
    expect(await commands({ mailbox: 'Support' })).toContain('NAMESPACE');
    expect(server?.lines).toContain('SELECT INBOX.Support');
  });
});
