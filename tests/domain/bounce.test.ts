import { describe, expect, test } from 'vitest';
import { readBounce } from '../../src/domain/bounce.ts';
import type { BounceReport, InboundMessage } from '../../src/domain/message.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { inboundMessage, type MessageParts } from '../support/inbound-message.ts';

const daemon = [{ name: 'Mail Delivery System', address: 'MAILER-DAEMON@mx.client.test' }];
const returned = 'Received: from tkt.test by mx.client.test\nMessage-ID: <sent-1@tkt.test>\nSubject: Hello\n\nHello\n';

/** `ann@client.test 5.1.1 failed`, one line a recipient. */
const lines = (report: BounceReport | null): string[] | null =>
  report?.recipients.map(({ address, status, action }) => `${address} ${status} ${action}`) ?? null;

const report = (fields: string, parts: MessageParts = {}): InboundMessage =>
  inboundMessage({
    from: daemon,
    subject: 'Undelivered Mail Returned to Sender',
    contentType: 'multipart/report',
    contentTypeParams: [['report-type', 'delivery-status']],
    text: 'This is the mail system at host mx.client.test.\n',
    reportParts: [
      { contentType: 'message/delivery-status', content: fields },
      { contentType: 'message/rfc822', content: returned },
    ],
    ...parts,
  });

describe('RFC 3464', () => {
  const cases: Array<[name: string, fields: string, expected: string[]]> = [
    [
      'a failed recipient with status and diagnostic',
      'Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; Ann@Client.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n',
      ['ann@client.test 5.1.1 failed'],
    ],
    [
      'two recipients, one of them only late',
      'Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@client.test\nAction: failed\nStatus: 5.2.2\n\nFinal-Recipient: rfc822; bob@client.test\nAction: delayed\nStatus: 4.4.1\n',
      ['ann@client.test 5.2.2 failed', 'bob@client.test 4.4.1 delayed'],
    ],
    [
      'groups without a blank line between them',
      'Final-Recipient: rfc822; ann@client.test\nAction: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; bob@client.test\nAction: failed\nStatus: 5.2.1\n',
      ['ann@client.test 5.1.1 failed', 'bob@client.test 5.2.1 failed'],
    ],
    [
      'the action before the recipient, angle brackets, no type',
      'Action: failed\nFinal-Recipient: <ann@client.test>\nStatus: 5.1.1 (permanent failure)\n',
      ['ann@client.test 5.1.1 failed'],
    ],
    [
      'an alias: whom the mail was sent to, and where it ended',
      'Final-Recipient: rfc822; ann@store.client.test\nOriginal-Recipient: rfc822;ann@client.test\nAction: failed\nStatus: 5.2.2\n',
      ['ann@store.client.test 5.2.2 failed', 'ann@client.test 5.2.2 failed'],
    ],
    [
      'no status, and a reply code alone',
      'Final-Recipient: rfc822; ann@client.test\nAction: failed\nDiagnostic-Code: smtp; 550 user unknown\n',
      ['ann@client.test 5.1.1 failed'],
    ],
    [
      'an X.400 name beside the address',
      'Original-Recipient: rfc822; ann@client.test\nFinal-Recipient: x400; /S=ann/OU=x/C=GB/\nAction: failed\nStatus: 4.4.7\n',
      ['ann@client.test 4.4.7 failed'],
    ],
    [
      'a folded diagnostic that says more than 5.0.0',
      'Final-Recipient: rfc822; ann@client.test\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: X-Postfix; host mx said: 550\n    5.7.1 Blocked\n',
      ['ann@client.test 5.7.1 failed'],
    ],
    [
      'no status at all but a code in the diagnostic',
      'Final-Recipient: rfc822; ann@client.test\nAction: failed\nDiagnostic-Code: smtp; 552 5.2.2 full\n',
      ['ann@client.test 5.2.2 failed'],
    ],
    [
      'delivered',
      'Final-Recipient: rfc822; ann@client.test\nAction: delivered\nStatus: 2.1.5\n',
      ['ann@client.test 2.1.5 delivered'],
    ],
    [
      'relayed',
      'Final-Recipient: rfc822; ann@client.test\nAction: relayed\nStatus: 2.1.5\n',
      ['ann@client.test 2.1.5 relayed'],
    ],
    [
      'an internationalized address',
      'Final-Recipient: utf-8; jörg@client.test\nAction: failed\nStatus: 5.1.1\n',
      ['jörg@client.test 5.1.1 failed'],
    ],
    [
      'a source route',
      'Final-Recipient: rfc822; @hub.test:ann@client.test\nAction: failed\nStatus: 5.1.2\n',
      ['ann@client.test 5.1.2 failed'],
    ],
  ];
  test.each(cases)('%s', (_, fields, expected) => {
    const bounce = readBounce(report(fields));
    expect(lines(bounce)).toEqual(expected);
    expect(bounce?.originalMessageId).toBe('sent-1@tkt.test');
  });

  test('the diagnostic is one line without its type', () => {
    const bounce = readBounce(
      report('Final-Recipient: rfc822;ann@client.test\nAction: failed\nDiagnostic-Code: smtp; 550\n  no\n'),
    );
    expect(bounce?.recipients[0]?.diagnostic).toBe('550 no');
  });

  test('a status without usable recipient is told for the one that the text names', () => {
    const bounce = readBounce(
      report('Final-Recipient: rfc822;|/usr/bin/filter ann\nAction: failed\nStatus: 5.3.0\n', {
        text: 'The following address(es) failed:\n\n  pipe to |/usr/bin/filter ann\n    generated by ann@client.test\n',
      }),
    );
    expect(lines(bounce)).toEqual(['ann@client.test 5.3.0 failed']);
  });

  test('a read receipt and a spam complaint are reports, but no bounces', () => {
    for (const type of ['disposition-notification', 'feedback-report']) {
      const message = inboundMessage({
        subject: 'Undeliverable: Hello',
        contentType: 'multipart/report',
        contentTypeParams: [['report-type', type]],
        reportParts: [{ contentType: `message/${type}`, content: 'Final-Recipient: rfc822;ann@client.test\n' }],
      });
      expect(readBounce(message)).toBeNull();
    }
  });
});

type Notice = [name: string, subject: string, text: string, expected: string[], parts?: MessageParts];

const copy = `\n${returned}`;
const notices: Notice[] = [
  [
    'qmail',
    'failure notice',
    `Hi. This is the qmail-send program at mx.test.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<ann@client.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<bob@client.test>:\nRemote host said: 552 5.2.2 full\n\n--- Below this line is a copy of the message.\n${copy}`,
    ['ann@client.test 5.1.1 failed', 'bob@client.test 5.2.2 failed'],
  ],
  [
    'Exim, with the address that an alias led on from',
    'Mail delivery failed: returning message to sender',
    `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  ann@store.test\n    (generated from ann@client.test)\n    host mx [192.0.2.1]: 550 5.2.0 Mail rejected\n\n------ This is a copy of the message, including all the headers. ------\n${copy}`,
    ['ann@store.test 5.2.0 failed', 'ann@client.test 5.2.0 failed'],
  ],
  [
    'Exim, not yet delivered',
    'Warning: message 1abc-0001 delayed 24 hours',
    'This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.test.\n\nThe address to which the message has not yet been delivered is:\n\n  ann@client.test\n\nNo action is required on your part. Delivery attempts will continue for\nsome time\n',
    ['ann@client.test null delayed'],
  ],
  [
    'Postfix in plain text',
    'Undelivered Mail Returned to Sender',
    'This is the Postfix program at host mx.test.\n\nFor further assistance, please contact <postmaster@mx.test>\n\n<ann@client.test>: host mail.client.test[192.0.2.7] said: 550 5.1.1\n    <ann@client.test>... User unknown\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'sendmail transcript',
    'Returned mail: Host unknown',
    `   ----- The following addresses had permanent fatal errors -----\n<ann@client.test>\n\n   ----- Transcript of session follows -----\n550 5.1.2 <ann@client.test>... Host unknown (Name server: client.test: host not found)\n   ----- Unsent message follows -----\n${copy}`,
    ['ann@client.test 5.1.2 failed'],
  ],
  [
    'sendmail of old, no code but SMTP',
    'Returned mail: Cannot send message for 4 days',
    '   ----- Transcript of session follows -----\n421 client.test (smtp)... Deferred: Connection timed out during user open with client.test\n   ----- Unsent message follows -----\nReceived: by mx.test;\nFrom: support@tkt.test\nTo: ann@client.test\nMessage-ID: <sent-1@tkt.test>\n\nHello\n',
    ['ann@client.test 4.4.7 failed'],
  ],
  [
    'Exchange 5.5',
    'Undeliverable: Hello',
    'Your message\n\n  To:      support@tkt.test\n  Subject: Hello\n  Sent:    Thu, 11 Jul 2002 16:52:33 -0300\n\ndid not reach the following recipient(s):\n\nc=US;a= ;p=CLIENT;o=Nexus;dda:SMTP=ANN@CLIENT.TEST; on Thu, 11 Jul 2002\n16:54:54 -0300\n    The recipient name is not recognized\n\tMSEXCH:IMS:Client 0 (000C05A6) Unknown Recipient\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'System Administrator', address: 'postmaster@client.test' }] },
  ],
  [
    'Lotus Domino',
    'DELIVERY FAILURE: User ann (ann@client.test) not listed in Domino Directory',
    'Your message\n\n  Subject: Hello\n\nwas not delivered to:\n\n  ann@client.test\n\nbecause:\n\n  User ann (ann@client.test) not listed in Domino Directory\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'Postmaster@client.test' }] },
  ],
  [
    'Lotus Notes SMTP MTA: the reason stands above',
    'Undeliverable message',
    `------- Failure Reasons  --------\n\nUser  not listed in public Name & Address Book\nann@client.test\n\n------- Returned Message --------\n${copy}`,
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'postmaster@client.test' }] },
  ],
  [
    'Yahoo',
    'Delivery failure',
    `Message from yahoo.test.\nUnable to deliver message to the following address(es).\n\n<ann@client.test>:\nSorry, your message to ann@client.test cannot be delivered.  This account is over quota.\n\n--- Original message follows.\n${copy}`,
    ['ann@client.test 5.2.2 failed'],
  ],
  [
    'AOL by hand',
    'Returned mail: User unknown',
    `The original message was received at Thu, 15 Jul 2004\n\n   ----- The following addresses had permanent fatal errors -----\n<ann@client.test>\n\n   ----- Transcript of session follows -----\n... while talking to air.mx.test.:\n>>> RCPT To:<ann@client.test>\n<<< 550 MAILBOX NOT FOUND\n550 <ann@client.test>... User unknown\n${copy}`,
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'Google of old, late',
    'Delivery Status Notification (Delay)',
    'This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n     ann@client.test\n\nMessage will be retried for 2 more day(s)\n',
    ['ann@client.test null delayed'],
  ],
  [
    'Google of old, failed',
    'Delivery Status Notification (Failure)',
    `Delivery to the following recipient failed permanently:\n\n     ann@client.test\n\nTechnical details of permanent failure: \nThe error that the other server returned was:\n550 550 Unknown user ann@client.test (state 14).\n\n----- Original message -----\n${copy}`,
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'GMX and web.de',
    'Mail delivery failed: returning message to sender',
    `A message that you sent could not be delivered to one or more of\nits recipients. This is a permanent error. The following address\nfailed:\n\n"ann@client.test":\nSMTP error from remote server after RCPT command:\nhost: mx.client.test\n5.1.1 <ann@client.test>... User Unknown\n\n--- The header of the original message is following. ---\n${copy}`,
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'IMail',
    'Undeliverable Mail',
    `Unknown user: ann@client.test\n\nRCPT TO generated following response:\n553 5.3.0 <ann@client.test>... Addressee unknown, relay=[192.0.2.10]\n\nOriginal message follows.\n${copy}`,
    ['ann@client.test 5.3.0 failed'],
    { from: [{ name: 'Postmaster', address: 'postmaster@mx.test' }] },
  ],
  [
    'OpenSMTPD',
    'Delivery status notification: error',
    '    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\nann@client.test: 550 5.1.1 User unknown\n\n    Below is a copy of the original message:\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'DragonFly Mail Agent',
    'Mail delivery failed',
    'This is the DragonFly Mail Agent v0.13 at df.test.\n\nThere was an error delivering your mail to <ann@client.test>.\n\nCould not deliver for the last 432000 seconds. Giving up.\n\nMessage headers follow.\n\nReceived: from root (uid 0)\n',
    ['ann@client.test 4.4.7 failed'],
    { from: [], fields: ['From: MAILER-DAEMON <>'] },
  ],
  [
    'MDaemon',
    'Permanent Delivery Failure',
    'The attached message had PERMANENT fatal delivery errors!\n\nThe following addresses did NOT receive a copy of your message:\n\n> ann@client.test\n\n--- Session Transcript ---\n 220 client.test ESMTP ready\n<<< 550 <ann@client.test>, Recipient unknown\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'MDaemon@mx.test' }] },
  ],
  [
    'GroupWise',
    'Message status - undeliverable',
    'The message that you sent was undeliverable to the following:\n\n\tann@client.test (user not found)\n\nPossibly truncated original message follows:\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'Courier',
    'NOTICE: mail delivery status.',
    'This is a delivery status notification from mx.test,\nrunning the Courier mail server, version 0.65.2.\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<ann@client.test>:\n    mx.client.test [192.0.2.5]:\n>>> RCPT TO:<ann@client.test>\n<<< 550 5.1.1 <ann@client.test>... User Unknown\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'Courier mail server', address: 'postmaster@mx.test' }] },
  ],
  [
    'Barracuda',
    '**Message you sent blocked by our bulk email filter**',
    'Your message to: ann@client.test\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: Hello\n',
    ['ann@client.test 5.7.1 failed'],
  ],
  [
    'InterScan',
    'Mail could not be delivered',
    'Sent <<< RCPT TO:<ann@client.test>\nReceived >>> 550 5.1.1 <ann@client.test>... user unknown\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'InterScan MSS', address: 'postmaster@mx.test' }] },
  ],
  [
    'MailMarshal',
    'Undeliverable Mail: "Hello"',
    'Your message:\n   From:    support@tkt.test\n   Subject: Hello\n\nCould not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected: \n    ann@client.test\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'MailFoundry',
    'Message delivery has failed',
    'Unable to deliver message to: <ann@client.test>\nDelivery failed for the following reason:\nServer mx.client.test[192.0.2.222] failed with: 550 <ann@client.test> No such user here\n\nThis has been a permanent failure.  No further delivery attempts will be made.\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'Zoho',
    'Undelivered Mail Returned to Sender',
    'This message was created automatically by mail delivery software.\n A message that you sent could not be delivered to one or more of its recipients. This is a permanent error. \n\nann@client.test Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 <ann@client.test>... User Unknown\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'a server with sentences of its own',
    'There was an error sending your mail',
    "We had trouble delivering your message. Full details follow:\n\nSubject: 'Hello'\n\n1 error(s):\n\nSMTP Server <mx.client.test> rejected recipient <ann@client.test> \n  (Error following RCPT command). It responded as follows: [550 5.1.1 <ann@client.test>... User Unknown]\n",
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'LISTSERV',
    'Undelivered mail',
    '--> Error description:\n\nError-for:  ann@client.test\nError-Code: 0\nError-Text: Mailer mail.client.test said:\n            "554 Message looping (received 6 times)"\n',
    ['ann@client.test 5.4.6 failed'],
    { from: [{ name: 'LSMTP', address: 'postmaster@mx.test' }] },
  ],
  [
    'Mail.ru, in Russian',
    'Ваше сообщение не доставлено. Mail failure.',
    'Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:\n\n  ann@client.test\n    SMTP error from remote mail server after RCPT TO:<ann@client.test>:\n    host mx [192.0.2.222]: 550 5.1.1 User Unknown\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'a Japanese carrier',
    'Mail System Error - Returned Mail',
    '次のあて先へのメッセージはエラーのため送信できませんでした。\n\nEach of the following recipients was rejected by a remote mail server.\n\n    Recipient: <ann@client.test>\n    >>> RCPT TO:<ann@client.test>\n    <<< 550 <ann@client.test>: User unknown\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'Postmaster@ezweb.test' }], fields: ['Return-Path: <>'] },
  ],
  [
    'a carrier whose daemon is called no-reply',
    'Mail',
    'Your mail sent on: Thu, 29 Apr 2013 00:00:00 +0900 \n     Could not be delivered to: <ann@client.test> \n     As their mailbox is full.\n',
    ['ann@client.test 5.2.2 failed'],
    {
      from: [{ name: '', address: 'no-reply@carrier.test' }],
      fields: ['Return-Path: <>'],
      reportParts: [{ contentType: 'message/rfc822', content: returned }],
    },
  ],
  [
    'a gateway to telephones, which answers like a person',
    'Re:Hello',
    'Error: Invalid user address\n\nError message below:\n550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: Hello\n  MAIL FROM: support@tkt.test\n  RCPT TO: 5550100@sms.test\n',
    ['5550100@sms.test 5.1.1 failed'],
    { from: [{ name: '', address: 'post_master@sms.test' }] },
  ],
  [
    'German',
    'Unzustellbar: Hallo',
    'Ihre Nachricht konnte nicht zugestellt werden:\n\nann@client.test\n550 5.1.1 Empfänger unbekannt\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'Spanish, of qmail',
    'failure notice',
    'Su mensaje no pudo ser entregado - Your message could not be delivered.\n\n<ann@client.test>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Mensaje original adjunto.\n',
    ['ann@client.test 5.1.1 failed'],
  ],
  [
    'a mailing list that takes no post from us',
    'You support@tkt.test are not member (example ML)',
    'You are not a member of this mailing list <list@client.test>.\n\nIf you know the general guide of this list, please send mail\n',
    ['list@client.test 5.7.1 failed'],
    { from: [{ name: '', address: 'list-admin@client.test' }] },
  ],
  [
    'X-Failed-Recipients where the text names nobody',
    'Delivery Status Notification (Failure)',
    "We're writing to let you know that the group you tried to contact may not exist, or you may not have permission to post messages to the group.\n",
    ['group@client.test 5.7.1 failed'],
    { fields: ['X-Failed-Recipients: Group@client.test'] },
  ],
  [
    'a success',
    'Successful Mail Delivery Report',
    'Your message was successfully delivered to the destination(s)\nlisted below.\n\n<ann@client.test>: delivery via mx: 250 2.0.0 OK\n',
    ['ann@client.test 2.0.0 delivered'],
  ],
  [
    'sendmail, late',
    'Warning: could not send message for past 4 hours',
    '    **      THIS IS A WARNING MESSAGE ONLY      **\n\n   ----- Transcript of session follows -----\n<ann@client.test>... Deferred: Connection timed out with mx.client.test.\nWarning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old\n',
    ['ann@client.test 4.4.1 delayed'],
  ],
  [
    'Exchange, in French',
    'Non remis : Bonjour',
    "Impossible de joindre le ou les destinataires suivants :\n\n      ann@client.test le 01/01/2010 10:00\n            Le compte de messagerie n'existe pas. 550 5.1.1\n",
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'Administrateur système', address: 'postmaster@mx.test' }] },
  ],
  [
    'a label of its own before the address',
    'Undeliverable Mail',
    'User mailbox exceeds allowed size: ann@client.test\n\nOriginal message follows.\n',
    ['ann@client.test 5.2.2 failed'],
    { from: [{ name: 'Postmaster', address: 'postmaster@mx.test' }] },
  ],
  [
    "Exchange's line for administrators under words of no language known here",
    'Xyzzy: Hello',
    'Plugh ann@client.test xyzzy:\n\nann@client.test\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'Microsoft Exchange', address: 'postmaster@mx.test' }] },
  ],
  [
    'the one address between words of another language',
    '退信',
    '您发送的邮件无法投递到 ann@client.test，原因：550 user not exist\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'mailer-daemon@mx.test' }] },
  ],
  [
    'recipients on one line',
    'Undeliverable mail',
    'Your message could not be delivered to: ann@client.test, bob@client.test and carl@client.test.\n',
    ['ann@client.test null failed', 'bob@client.test null failed', 'carl@client.test null failed'],
    {},
  ],
  [
    'recipients with numbers, and one with a name',
    'Undeliverable mail',
    'Your message could not be delivered to:\n1. ann@client.test\n2. bob@client.test\n',
    ['ann@client.test null failed', 'bob@client.test null failed'],
    {},
  ],
  [
    'recipients with names',
    'Undeliverable mail',
    'Your message could not be delivered to:\n\n  Ann Lee <ann@client.test>\n  "Lee, Bob" <bob@client.test>\n',
    ['ann@client.test null failed', 'bob@client.test null failed'],
    {},
  ],
  [
    'recipients that are no everyday addresses',
    'failure notice',
    '<"ann lee"@client.test>:\n(#5.1.1)\n\n<bob@[192.0.2.1]>:\n(#5.1.2)\n\n<carl@localhost>:\n(#5.2.1)\n\n<dan@host_1.client.test>:\n(#5.2.2)\n',
    [
      '"ann lee"@client.test 5.1.1 failed',
      'bob@[192.0.2.1] 5.1.2 failed',
      'carl@localhost 5.2.1 failed',
      'dan@host_1.client.test 5.2.2 failed',
    ],
    {},
  ],
  [
    'NDN of FirstClass',
    'NDN: Hello',
    'Sorry. Your message could not be delivered to:\n\nann@client.test (The name was not found at the remote site.)\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'postmaster@mx.test' }] },
  ],
  [
    'a receipt of Exchange',
    'Delivered: Hello',
    'Your message has been delivered to the following recipients:\n\nann@client.test\n',
    ['ann@client.test null delivered'],
    { from: [{ name: '', address: 'postmaster@mx.test' }] },
  ],
  [
    'a provider by its name, which returns nothing',
    'Delivery Failure',
    'Delivery to the following recipients failed:\n\n  ann@client.test\n\nReason: 550 5.1.1 User unknown\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'Example Mail', address: 'support@mx.test' }] },
  ],
  [
    'a rule of Dovecot',
    'Rejected: Hello',
    'Your message to <ann@client.test> was automatically rejected:\nQuota exceeded (mailbox for user is full)\n',
    ['ann@client.test 5.2.2 failed'],
    { from: [{ name: 'Mail Delivery Subsystem', address: 'postmaster@mx.test' }] },
  ],
  [
    'a service that sends for others',
    'Hard bounce: Hello',
    'The message to ann@client.test bounced.\n\nDetails: smtp;550 5.1.1 User unknown\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: 'Sender', address: 'support@mx.test' }] },
  ],
  [
    'a filter that writes in the name of the recipient',
    'Rejected mail: Hello',
    'Your mail to ann@client.test was rejected. Permanent error 550 5.7.1.\n',
    ['ann@client.test 5.7.1 failed'],
    { from: [{ name: '', address: 'ann@client.test' }], fields: ['Return-Path: <>'] },
  ],
  [
    'the words that a server begins with, from nobody known',
    'Hello',
    'Message from mx.test.\nUnable to deliver message to the following address(es).\n\n<ann@client.test>:\nThis user does not exist\n\n--- Original message follows.\n\nReturn-Path: <x@tkt.test>\nReceived: from a by b\nMessage-ID: <sent-1@tkt.test>\n',
    ['ann@client.test 5.1.1 failed'],
    { from: [{ name: '', address: 'info@mx.test' }] },
  ],
  [
    'a mail server that introduces itself under the subject it was sent',
    'Re: Hello',
    "Hi. This is the James mail server at mx.test.\nI'm afraid I wasn't able to deliver your message.\n\nFailed recipient(s):\nann@client.test\n",
    ['ann@client.test null failed'],
    { from: [{ name: '', address: 'postmaster@mx.test' }] },
  ],
];

describe('notices that are no RFC 3464 reports', () => {
  test.each(notices)('%s', (_, subject, text, expected, parts) => {
    const bounce = readBounce(inboundMessage({ from: daemon, subject, text, ...parts }));
    expect(lines(bounce)).toEqual(expected);
    if (text.includes('sent-1@tkt.test')) expect(bounce?.originalMessageId).toBe('sent-1@tkt.test');
  });

  test('Amazon SES as JSON, folded in the middle of a string', () => {
    const event = {
      notificationType: 'Bounce',
      bounce: {
        bounceType: 'Permanent',
        bouncedRecipients: [
          { emailAddress: 'Ann@client.test', action: 'failed', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 no' },
        ],
      },
      mail: { commonHeaders: { messageId: '<sent-1@tkt.test>', subject: 'Hello there' } },
    };
    const text = `${JSON.stringify(event).replace('Hello there', 'Hello\n there')}\n\n--\nTo unsubscribe, click\n`;
    const bounce = readBounce(
      inboundMessage({ from: [{ name: '', address: 'no-reply@sns.test' }], subject: 'AWS Notification Message', text }),
    );
    expect(lines(bounce)).toEqual(['ann@client.test 5.1.1 failed']);
    expect(bounce?.originalMessageId).toBe('sent-1@tkt.test');
  });

  test('the original is named by In-Reply-To where the report does not carry it', () => {
    const message = inboundMessage({
      from: daemon,
      subject: 'Undeliverable: Hello',
      text: 'Your message to ann@client.test could not be delivered.\n',
      inReplyTo: ['sent-2@tkt.test'],
    });
    expect(readBounce(message)?.originalMessageId).toBe('sent-2@tkt.test');
  });

  test('an HTML notice is read like its text', () => {
    const html =
      '<p>Your message<br><br>did not reach the following recipient(s):<br><br>ann@client.test on Thu, 11 Jul 2002<br>&nbsp;&nbsp;The recipient name is not recognized</p>';
    const message = inboundMessage({ from: daemon, subject: 'Undeliverable: Hello', text: null, html });
    expect(lines(readBounce(message))).toEqual(['ann@client.test 5.1.1 failed']);
  });
});

describe('what is no bounce', () => {
  const ordinary: Array<[name: string, parts: MessageParts]> = [
    [
      'a client who quotes an error',
      { text: 'Hi, my mail to bob@x.test came back:\n550 5.1.1 user unknown\nWhat now?\n' },
    ],
    [
      'a client who forwards a bounce',
      {
        subject: 'Fwd: Undelivered Mail Returned to Sender',
        text: `Can you look at this?\n\n> <bob@x.test>: host mx said: 550 5.1.1 unknown\n${returned}`,
      },
    ],
    [
      'a client who shows a report as it came',
      {
        subject: 'Re: Hello',
        text: `Message from mx.test.\nUnable to deliver message to <bob@x.test>: does not exist\n\n--- Original message follows.\n\n${returned}`,
      },
    ],
    [
      'a client whose filter refused our mail',
      {
        subject: 'Message rejected',
        text: 'Your message was rejected by our filter with 554 5.7.1. Can you send it without the file?',
      },
    ],
    [
      'a client who reads it out',
      {
        subject: 'Your message could not be delivered',
        text: 'I read this: "Your message could not be delivered to bob@x.test", 550 5.1.1.',
      },
    ],
    [
      'a client about a rejected form',
      { subject: 'Rejected: my form', text: 'My form was rejected. The error is 550.' },
    ],
    [
      'a client about a bounce',
      { subject: 'Hard bounce: what is it', text: 'My mail to bob@x.test bounced. Help me.' },
    ],
    ['a shop about an order', { subject: 'Delivered: order 4711', text: 'You delivered the wrong thing.' }],
    ['a client about NDN', { subject: 'NDN: what is it?', text: 'I received an NDN, my mail was not delivered.' }],
    [
      'a person of a mail server team',
      {
        from: [{ name: 'Mail Server Team', address: 'it@client.test' }],
        subject: 'Mail delivery problem',
        text: 'Mails to you could not be delivered today. Has your server moved?',
      },
    ],
    [
      'a client whose parcel did not come',
      {
        subject: 'Delivery failed',
        text: 'Hello,\n\nmy parcel 550 was not delivered to Main Street 5. The driver could not reach me.\n',
      },
    ],
    [
      'a client with mail trouble, who pastes a header',
      {
        subject: 'Mail delivery problem',
        text: `Hello,\nsome mails are not delivered since Monday. An example:\n\nReceived: from a by b\n`,
      },
    ],
    [
      'a postmaster who writes himself',
      {
        from: [{ name: 'Postmaster', address: 'postmaster@client.test' }],
        subject: 'Your mail server',
        text: 'Hello,\nyour mails are rejected by our filter with 550 5.7.1. Please mend your SPF record.\n',
      },
    ],
    [
      'a system administrator with a question',
      {
        from: [{ name: 'System Administrator', address: 'admin@client.test' }],
        text: 'The host is unknown to us, and mail to it could not be delivered.\n',
      },
    ],
    [
      'a vacation notice with a null reverse-path',
      {
        subject: 'Out of office: Hello',
        fields: ['Return-Path: <>', 'Auto-Submitted: auto-replied'],
        text: 'I am away. Your message has not been delivered to anybody else.\n',
      },
    ],
    [
      'a notice from Exchange that somebody is away',
      {
        subject: 'Automatic reply: Undeliverable: Hello',
        fields: ['Return-Path: <>'],
        text: 'I no longer work here; this mailbox does not exist after May. 550 Main Street.\n',
      },
    ],
    [
      'a client who forwards a bounce with its parts',
      {
        subject: 'Fwd: Undelivered Mail Returned to Sender',
        contentType: 'multipart/mixed',
        reportParts: [{ contentType: 'message/delivery-status', content: 'Final-Recipient: rfc822;bob@x.test\n' }],
      },
    ],
    [
      'a client who asks about a bounce and quotes it',
      {
        subject: 'Undelivered Mail Returned to Sender - why?',
        text: 'I get this:\n\n<bob@x.test>: 550 5.1.1 User unknown. Your message could not be delivered.\n',
      },
    ],
    [
      'a client under the subject of a server',
      { subject: 'Mail delivery failed', text: 'When I write to bob@x.test it says "mail delivery failed". Why?\n' },
    ],
    [
      'letters that came back',
      { subject: 'undeliverable', text: 'Our letters are undeliverable: recipient unknown.\n' },
    ],
    [
      'a client with trouble to send',
      {
        subject: 'Mail delivery problems',
        text: 'Messages to bob@x.test bounce with 550 5.1.1 user unknown. What can we do?\n',
      },
    ],
    ['JSON in a mail', { text: '{"notificationType":"Complaint"}\n' }],
    ['broken JSON in a mail', { text: '{"notificationType":"Bounce"' }],
  ];
  test.each(ordinary)('%s', (_, parts) => {
    expect(readBounce(inboundMessage(parts))).toBeNull();
  });
});

test('a hostile notice costs little time and gives a bounded report', async () => {
  const many = Array.from({ length: 5_000 }, (_, i) => `<user${i}@client.test>: 550 5.1.1 no`).join('\n');
  const texts = [
    many,
    'a'.repeat(2_000_000),
    `${'a'.repeat(998)}@\n`.repeat(2_000),
    'exceed'.repeat(300_000),
    `${'-'.repeat(900)}\n`.repeat(2_000),
    `${'<a@b.c '.repeat(140)}\n`.repeat(2_000),
  ];
  for (const text of texts) {
    const message = inboundMessage({ from: daemon, subject: 'failure notice', text });
    expect(readBounce(message)?.recipients.length).toBeLessThanOrEqual(200);
    expect(await cpuTime(() => readBounce(message), 1)).toBeLessThan(1_500);
  }
});
