import { expect, test } from 'vitest';
import { classifyMessage } from '../../src/domain/classify.ts';
import { mayRespond } from '../../src/domain/responder.ts';
import { inboundMessage, type MessageParts } from '../support/inbound-message.ts';

const own = { addresses: ['support@tkt.test'], instance: 'instance-1' };
const answer = (parts: MessageParts) => {
  const message = inboundMessage(parts);
  return mayRespond(message, classifyMessage(message, own), own);
};
const from = (address: string): MessageParts => ({ from: [{ name: '', address }] });
const hops = (count: number): MessageParts => ({
  fields: Array.from({ length: count }, (_, i) => `Received: from a${i}`),
});

const answered: Array<[name: string, parts: MessageParts]> = [
  ['an ordinary mail', {}],
  ['a mail that passed 49 servers', hops(49)],
  ['Auto-Submitted: no', { fields: ['Auto-Submitted: no'] }],
  ['a mail that wants no delivery reports', { fields: ['X-Auto-Response-Suppress: DR, NDR, RN, NRN'] }],
  ['X-Auto-Response-Suppress: None', { fields: ['X-Auto-Response-Suppress: None'] }],
  ['X-OTRS-Loop: no', { fields: ['X-OTRS-Loop: no'] }],
  ['a reverse-path', { fields: ['Return-Path: <ann@client.test>'] }],
  ['a mail server of a company', from('info@client.test')],
];
test.each(answered)('%s is answered', (_, parts) => {
  expect(answer(parts)).toEqual({ respond: true, reasons: [] });
});

// RELIABILITY row 9: loops and storms
const silent: Array<[name: string, parts: MessageParts, reason: RegExp]> = [
  ['Auto-Submitted', { fields: ['Auto-Submitted: auto-generated'] }, /Auto-Submitted/],
  [
    'Auto-Submitted with parameters and comments',
    { fields: ['Auto-Submitted: (x) auto-replied; a=b'] },
    /Auto-Submitted/,
  ],
  ['Precedence: bulk', { fields: ['Precedence: bulk'] }, /Precedence/],
  ['Precedence: junk', { fields: ['Precedence: junk'] }, /Precedence/],
  ['Precedence: list', { fields: ['Precedence: LIST'] }, /Precedence/],
  ['Precedence: auto_reply', { fields: ['Precedence: auto_reply'] }, /precedence/],
  ['any List field', { fields: ['List-Anything: x'] }, /list-anything/],
  ['X-Auto-Response-Suppress: All', { fields: ['X-Auto-Response-Suppress: All'] }, /Suppress: All/],
  [
    'X-Auto-Response-Suppress with AutoReply among others',
    { fields: ['X-Auto-Response-Suppress: RN, NRN,AutoReply'] },
    /AutoReply/,
  ],
  ['X-Auto-Response-Suppress: OOF', { fields: ['X-Auto-Response-Suppress: oof'] }, /oof/],
  ['X-Autoreply', { fields: ['X-Autoreply: yes'] }, /x-autoreply/],
  ['X-Autorespond', { fields: ['X-Autorespond: 1'] }, /x-autorespond/],
  ['X-Loop', { fields: ['X-Loop: x@y.test'] }, /x-loop/],
  ['the loop mark of another instance', { fields: ['X-Tkt-Loop: other'] }, /x-tkt-loop/],
  ['our own loop mark', { fields: ['X-Tkt-Loop: instance-1'] }, /own/],
  ['a null reverse-path', { fields: ['Return-Path: <>'] }, /Return-Path/],
  ['MAILER-DAEMON', from('MAILER-DAEMON@mx.test'), /bounce/],
  ['postmaster', from('Postmaster@client.test'), /daemon/],
  ['no-reply', from('no-reply@shop.test'), /no replies/],
  ['our own address', from('SUPPORT@tkt.test'), /own address/],
  ['our own address with a tag', from('support+x@tkt.test'), /own address/],
  ['a Reply-To that is ours', { replyTo: [{ name: '', address: 'support@tkt.test' }] }, /own address/],
  ['50 Received fields', hops(50), /50 Received/],
  ['multipart/report', { contentType: 'multipart/report' }, /multipart\/report/],
  ['an out-of-office notice', { subject: 'Abwesenheitsnotiz: Hallo' }, /automatic reply/],
  ['nobody', { from: [] }, /no From/],
  [
    'two senders',
    {
      from: [
        { name: '', address: 'a@x.test' },
        { name: '', address: 'b@x.test' },
      ],
    },
    /several/,
  ],
];
test.each(silent)('%s is never answered', (_, parts, reason) => {
  const response = answer(parts);
  expect(response.respond).toBe(false);
  expect(response.reasons.join('; ')).toMatch(reason);
});
