import { describe, expect, it } from 'vitest';
import {
  type CommentFacts,
  composeAssignment,
  composeAutoReply,
  composeClientReplied,
  composeComment,
  composeNote,
  isMailable,
  type MailFrame,
} from '../../src/domain/compose.ts';

const frame: MailFrame = {
  number: 'TKT-2024-00123',
  subject: "Can't login to account",
  from: { name: 'Support', address: 'support@example.com' },
  replyTo: null,
  messageId: `${'1'.repeat(32)}.tkt@example.com`,
  referenceId: `${'2'.repeat(32)}.ticket.tkt@example.com`,
  inReplyTo: 'second@client.test',
  references: ['first@client.test', 'second@client.test'],
  instance: '3'.repeat(32),
  date: new Date('2026-11-22T08:41:07.123Z'),
  viewUrl: null,
};
const john = { name: 'John Smith', email: 'john@example.com' };
const ann = { name: 'Ann Lee', email: 'ann@client.test' };

function comment(facts: Partial<CommentFacts> = {}, changes: Partial<MailFrame> = {}) {
  return composeComment(
    { ...frame, ...changes },
    {
      author: john,
      text: "I've reset your password. Check your email.",
      requester: ann,
      participants: [ann],
      supportAddresses: ['support@example.com'],
      attachments: [],
      ...facts,
    },
  );
}

describe('the auto-reply', () => {
  const mail = composeAutoReply(frame, { to: 'ann@client.test', status: 'open' });

  it('says word for word what the guide promises', () => {
    expect(mail.subject).toBe("[TKT-2024-00123] Can't login to account");
    expect(mail.text).toBe(`Thank you for contacting support!
Your ticket has been created with the following details:
- Ticket Number: TKT-2024-00123
- Subject: Can't login to account
- Status: Open

We'll review your request and get back to you soon.
Please keep the ticket number in the subject line when replying.
`);
  });
  it('goes to the From address alone, without the name that its sender chose', () => {
    expect(mail.to).toEqual([{ name: '', address: 'ann@client.test' }]);
    expect(mail.cc).toEqual([]);
  });
  it('is marked as automatic and as ours', () => {
    expect(mail.automatic).toBe('auto-replied');
    expect(mail.headers).toEqual([
      ['X-Tkt-Ticket', 'TKT-2024-00123'],
      ['X-Tkt-Loop', '3'.repeat(32)],
      ['Auto-Submitted', 'auto-replied'],
      ['X-Auto-Response-Suppress', 'All'],
    ]);
  });
  it('answers the client’s last mail', () => {
    expect(mail.inReplyTo).toBe('second@client.test');
    expect(mail.references).toEqual([frame.referenceId, 'first@client.test', 'second@client.test']);
  });

  it.each([
    ['a number of ours is not doubled', '[TKT-2024-00123] Help', '[TKT-2024-00123] Help'],
    ['nor in another case or after Re:', 'Re: [tkt-2024-123] Help', '[TKT-2024-00123] Re: Help'],
    ['nor that of another ticket', 'about [TKT-2024-00007] again', '[TKT-2024-00123] about again'],
    ['another’s tag stays', '[JIRA-12] Help', '[TKT-2024-00123] [JIRA-12] Help'],
    ['an empty subject', ' \r\n ', '[TKT-2024-00123] (no subject)'],
    ['a subject that would be two lines', 'a\r\nBcc: eve@evil.test', '[TKT-2024-00123] a Bcc: eve@evil.test'],
    ['a long subject is cut at 200 characters', 'x'.repeat(5000), `[TKT-2024-00123] ${'x'.repeat(199)}…`],
  ])('%s', (_name, subject, expected) => {
    expect(composeAutoReply({ ...frame, subject }, { to: ann.email, status: 'open' }).subject).toBe(expected);
  });

  it('cuts the subject in its text too', () => {
    const long = composeAutoReply({ ...frame, subject: `BUY\n${'x'.repeat(5000)}` }, { to: ann.email, status: 'open' });
    expect(long.text).toContain(`- Subject: BUY ${'x'.repeat(195)}…\n`);
    expect(long.html).not.toContain('x'.repeat(200));
  });
});

describe('a public comment', () => {
  it('says word for word what the guide promises', () => {
    const mail = comment();
    expect(mail.subject).toBe('[TKT-2024-00123] New comment on your ticket');
    expect(mail.text).toBe(`John Smith commented on your ticket:

Can't login to account

"I've reset your password. Check your email."
`);
  });
  it('has a View Ticket button where ticketUrl is set', () => {
    const mail = comment({}, { viewUrl: 'https://desk.example.com/t/TKT-2024-00123?a=1&b=2' });
    expect(mail.text).toMatch(
      /Check your email\."\n\nView Ticket: https:\/\/desk\.example\.com\/t\/TKT-2024-00123\?a=1&b=2\n$/,
    );
    expect(mail.html).toMatch(
      /<a href="https:\/\/desk\.example\.com\/t\/TKT-2024-00123\?a=1&amp;b=2"[^>]*>View Ticket<\/a>/,
    );
  });
  it('is the word of a person, not marked as automatic', () => {
    expect(comment().headers.map(([name]) => name)).toEqual(['X-Tkt-Ticket', 'X-Tkt-Loop']);
    expect(comment().automatic).toBeNull();
  });

  const bob = { name: 'Bob', email: 'bob@client.test' };
  const recipients: Array<[name: string, facts: Partial<CommentFacts>, to: string[], cc: string[]]> = [
    ['the requester alone', {}, ['ann@client.test'], []],
    ['participants in Cc', { participants: [ann, bob] }, ['ann@client.test'], ['bob@client.test']],
    ['not its author', { participants: [ann, bob, john] }, ['ann@client.test'], ['bob@client.test']],
    [
      'each once, whatever the case',
      { participants: [bob, { name: '', email: 'BOB@client.test' }] },
      ['ann@client.test'],
      ['bob@client.test'],
    ],
    [
      'never a support address',
      { participants: [{ name: '', email: 'Support+x@Example.com' }] },
      ['ann@client.test'],
      [],
    ],
    [
      'never a support address as requester',
      { requester: { name: '', email: 'support@example.com' }, participants: [bob] },
      ['bob@client.test'],
      [],
    ],
    ['its author where that is the requester', { requester: john, participants: [john] }, ['john@example.com'], []],
    [
      'nobody at an address that is not plain',
      {
        participants: [
          { name: '', email: '"a b"@client.test' },
          { name: '', email: 'x@y.test NOTIFY=NEVER' },
        ],
      },
      ['ann@client.test'],
      [],
    ],
  ];
  it.each(recipients)('goes to: %s', (_name, facts, to, cc) => {
    const mail = comment(facts);
    expect(mail.to.map(({ address }) => address)).toEqual(to);
    expect(mail.cc.map(({ address }) => address)).toEqual(cc);
  });

  it('escapes in HTML whatever was written, and keeps its lines', () => {
    const mail = comment(
      { text: '<script>alert(1)</script>\r\n{{ number }} & "x"', author: { name: '<b>John</b>', email: john.email } },
      { subject: '<img src=x onerror=alert(1)>' },
    );
    expect(mail.html).not.toMatch(/<script|<img|<b>/);
    expect(mail.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;<br>\n{{ number }} &amp; &#34;x&#34;');
    expect(mail.text).toContain('"<script>alert(1)</script>\n{{ number }} & "x""');
  });
});

it('an internal note has no recipient', () => {
  const mail = composeNote(frame, { author: john, text: 'He is a VIP', attachments: [] });
  expect([...mail.to, ...mail.cc]).toEqual([]);
  expect(mail.replyTo).toBeNull();
  expect(mail.text).toBe('He is a VIP\n');
});

describe('the mail to an assigned agent', () => {
  const facts = {
    agent: john,
    assignedBy: 'Alice',
    self: false,
    requester: ann,
    status: 'open',
    priority: 'high',
    category: 'bug',
  } as const;
  it('tells what the ticket is and the last word on it', () => {
    const mail = composeAssignment(frame, { ...facts, latest: { author: ann, text: 'It fails.\nAgain.' } });
    expect(mail.subject).toBe("[TKT-2024-00123] Assigned to you: Can't login to account");
    expect(mail.to).toEqual([{ name: 'John Smith', address: 'john@example.com' }]);
    expect(mail.automatic).toBe('auto-generated');
    expect(mail.text).toBe(`Alice assigned this ticket to you:

Can't login to account

- Ticket Number: TKT-2024-00123
- Requester: Ann Lee <ann@client.test>
- Status: Open
- Priority: High
- Category: Bug

Ann Lee <ann@client.test> wrote:

"It fails.
Again."

A reply to this mail goes to the client as your comment.
`);
  });
  it('says nothing of a last word where there is none', () => {
    const mail = composeAssignment(frame, { ...facts, latest: null });
    expect(mail.text).not.toContain('wrote:');
    expect(mail.text).not.toContain('""');
  });
});

it('the mail about a reply names who wrote, beside a name that anybody may choose', () => {
  const mail = composeClientReplied(frame, {
    agent: john,
    author: { name: 'Boss <boss@example.com>', email: 'eve@evil.test' },
    text: 'Thanks!',
    attachments: ['log.txt'],
  });
  expect(mail.subject).toBe("[TKT-2024-00123] eve@evil.test replied: Can't login to account");
  expect(mail.text).toContain('<eve@evil.test> replied on ticket TKT-2024-00123:');
  expect(mail.text).toContain('"Thanks!"\n\nAttachments:\n- log.txt\n');
  expect(mail.automatic).toBe('auto-generated');
});

describe('an In-Reply-To that is not strict', () => {
  it('is left out', () => {
    const mail = comment({}, { inReplyTo: 'a b@c>\r\nBcc: eve@evil.test', references: ['x y'] });
    expect(mail.inReplyTo).toBeNull();
    expect(mail.references).toEqual([frame.referenceId]);
  });
});

it.each([
  ['ann@example.com', true],
  ["o'neil+tag@sub.example.co.uk", true],
  ['ann@localhost', true],
  ['ann@xn--bcher-kva.example', true],
  ['"ann lee"@example.com', false],
  ['ann@example.com, eve@evil.test', false],
  ['ann@evil.test@example.com', false],
  ['ann@[192.0.2.1]', false],
  ['ann@bücher.example', false],
  ['.ann@example.com', false],
  ['ann@example.com\r\nRCPT TO:<eve@evil.test>', false],
  [`${'a'.repeat(65)}@example.com`, false],
  ['', false],
])('mail may leave for %j: %s', (address, expected) => {
  expect(isMailable(address)).toBe(expected);
});
