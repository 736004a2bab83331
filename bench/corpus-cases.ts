// The cases of the mail corpus: how they are read from disk, and how an answer is compared with what is expected.
// The format, and the way to compare, is that of the README in the corpus folder.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Explanation } from '../src/pipeline/explain.ts';

export const areas = [
  'replies',
  'signatures',
  'bounces',
  'autoreplies',
  'charsets',
  'forwards',
  'malformed',
  'attachments',
] as const;
export type Area = (typeof areas)[number];

export interface Expectation {
  visible?: string;
  optional_tail?: string;
  text_contains?: string[];
  text_absent?: string[];
  max_seconds?: number;
  auto?: boolean;
  no_autoreply?: boolean;
  bounce?: { recipients?: string[]; status?: string[]; class?: 'permanent' | 'temporary' | 'delivered' };
  subject?: string;
  subject_contains?: string;
  from?: { address?: string; name?: string };
  attachments?: Array<{ name?: string; size?: number; type?: string; type_any?: string[]; sha256?: string }>;
  attachment_count?: number;
  attachment_count_min?: number;
  attachments_safe_names?: boolean;
  forwarded?: boolean;
  forwarded_from?: { address?: string; name?: string };
  forwarded_subject?: string;
  forwarded_body?: string;
  message?: string;
  no_crash?: boolean;
}

export interface Case {
  id: string;
  area: Area;
  source: string;
  file: string;
  input: 'message' | 'text' | 'html';
  kind?: string;
  subject?: string;
  hard?: boolean;
  mbox_from?: boolean;
  expect: Expectation;
  bytes: Buffer;
}

/** Every case of an area with one mail or text a case (`threads` has several), with the bytes of its file. An area whose folder is absent has none. */
export function readCases(folder: string, area: Area): Case[] {
  const path = join(folder, area, 'cases.jsonl');
  if (!existsSync(path)) return [];
  const cases: Case[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    const parsed = JSON.parse(line) as Omit<Case, 'area' | 'bytes'>;
    cases.push({ ...parsed, area, bytes: readFileSync(join(folder, parsed.file)) });
  }
  return cases;
}

/** What tkt made of a case: what `tkt explain --json` prints of it, or the exception, which is always a failure. */
export interface Answer {
  explanation: Explanation | null;
  crashed: string | null;
  milliseconds: number;
}

const collapse = (text: string): string =>
  text
    .replace(/[\u00a0\u3000]/g, ' ')
    .replace(/[\u200b\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
const squeeze = (text: string): string => text.replace(/[\s\u200b\ufeff]+/g, '');
const quote = (text: string | null | undefined): string => JSON.stringify(text ?? null).slice(0, 2_000);

/** What is wrong with an answer, one line a fault; empty when the case passes. */
export function findFaults({ expect, area }: Case, { explanation, crashed, milliseconds }: Answer): string[] {
  if (explanation === null) return [`threw ${crashed}`];
  const faults: string[] = [];
  if (expect.max_seconds !== undefined && milliseconds > expect.max_seconds * 1000)
    faults.push(`took ${Math.round(milliseconds)} ms`);
  if (explanation.class === 'unreadable' && !Object.keys(expect).every((key) => answeredByRefusal.has(key)))
    return [...faults, `refused as unreadable: ${explanation.reasons.join('; ')}`];
  return [
    ...faults,
    ...textFaults(expect, explanation, area === 'replies' || area === 'signatures'),
    ...headerFaults(expect, explanation),
    ...attachmentFaults(expect, explanation.attachments),
    ...machineFaults(expect, explanation),
    ...forwardFaults(expect, explanation),
  ];
}

/** A plain refusal meets these. */
const answeredByRefusal = new Set(['no_crash', 'max_seconds', 'no_autoreply']);

function textFaults(expect: Expectation, { body, fullBody }: Explanation, trimmed: boolean): string[] {
  const faults: string[] = [];
  if (expect.visible !== undefined) {
    const forms = [expect.visible, `${expect.visible} ${expect.optional_tail ?? ''}`].map(collapse);
    if (!forms.includes(collapse(body))) faults.push(`visible ${quote(body)}, expected ${quote(expect.visible)}`);
  }
  const haystack = squeeze(trimmed ? body : fullBody);
  for (const needle of expect.text_contains ?? [])
    if (!haystack.includes(squeeze(needle))) faults.push(`text lacks ${quote(needle)}`);
  for (const needle of expect.text_absent ?? [])
    if (haystack.includes(squeeze(needle))) faults.push(`text has ${quote(needle)}`);
  return faults;
}

function headerFaults(expect: Expectation, explanation: Explanation): string[] {
  const faults: string[] = [];
  const subject = collapse(explanation.subject);
  if (expect.subject !== undefined && subject !== collapse(expect.subject))
    faults.push(`subject ${quote(subject)}, expected ${quote(expect.subject)}`);
  if (expect.subject_contains !== undefined && !subject.includes(collapse(expect.subject_contains)))
    faults.push(`subject ${quote(subject)} lacks ${quote(expect.subject_contains)}`);
  const { email, name } = explanation.from;
  if (expect.from?.address !== undefined && email.toLowerCase() !== expect.from.address.toLowerCase())
    faults.push(`from ${quote(email)}, expected ${quote(expect.from.address)}`);
  if (expect.from?.name !== undefined && collapse(name) !== collapse(expect.from.name))
    faults.push(`from name ${quote(name)}, expected ${quote(expect.from.name)}`);
  return faults;
}

const unsafeName = /[/\\\u0000-\u001f\u007f]|\.\./;

type Stored = Explanation['attachments'][number];

function attachmentFaults(expect: Expectation, stored: readonly Stored[]): string[] {
  const faults: string[] = [];
  const left = [...stored];
  for (const wanted of expect.attachments ?? []) {
    const index = left.findIndex((attachment) => isAttachment(wanted, attachment));
    if (index < 0) {
      const have = stored.map((a) => `${a.filename} ${a.contentType} ${a.size}`).join(', ');
      faults.push(`no attachment ${JSON.stringify(wanted)} among [${have}]`);
    } else left.splice(index, 1);
  }
  if (expect.attachment_count !== undefined && stored.length !== expect.attachment_count)
    faults.push(`${stored.length} attachments, expected ${expect.attachment_count}`);
  if (expect.attachment_count_min !== undefined && stored.length < expect.attachment_count_min)
    faults.push(`${stored.length} attachments, expected at least ${expect.attachment_count_min}`);
  if (expect.attachments_safe_names)
    for (const { filename } of stored)
      if (filename.trim() === '' || unsafeName.test(filename)) faults.push(`unsafe name ${quote(filename)}`);
  return faults;
}

type WantedAttachment = NonNullable<Expectation['attachments']>[number];

function isAttachment(wanted: WantedAttachment, stored: Stored): boolean {
  if (wanted.name !== undefined && stored.filename !== wanted.name) return false;
  const slack = stored.contentType.startsWith('text/') ? 2 : 0;
  if (wanted.size !== undefined && Math.abs(stored.size - wanted.size) > slack) return false;
  if (wanted.type !== undefined && stored.contentType !== wanted.type) return false;
  if (wanted.type_any !== undefined && !wanted.type_any.includes(stored.contentType)) return false;
  return wanted.sha256 === undefined || stored.sha256 === wanted.sha256;
}

function machineFaults(expect: Expectation, { automatic, mayRespond, bounce }: Explanation): string[] {
  const faults: string[] = [];
  if (expect.auto !== undefined && automatic !== expect.auto)
    faults.push(`automatic ${automatic}, expected ${expect.auto}`);
  if (expect.no_autoreply !== undefined && mayRespond === expect.no_autoreply)
    faults.push(`mayRespond ${mayRespond}, expected ${!expect.no_autoreply}`);
  if (expect.bounce === undefined) return faults;
  if (bounce === null) return [...faults, 'bounce: not recognised'];
  const { recipients } = bounce;
  const list = recipients.map((r) => `${r.address} ${r.status} ${r.action}`).join(', ');
  for (const address of expect.bounce.recipients ?? [])
    if (!recipients.some((r) => r.address === address)) faults.push(`bounce: recipient ${address} not in [${list}]`);
  for (const status of expect.bounce.status ?? [])
    if (!recipients.some((r) => r.status === status)) faults.push(`bounce: status ${status} not in [${list}]`);
  return faults;
}

/** Lesser faults, counted apart: extra recipients of a bounce, and its class (permanent, temporary, delivered). */
export function findSmallFaults({ expect }: Case, { explanation }: Answer): string[] {
  const bounce = explanation?.bounce;
  if (!bounce || !expect.bounce) return [];
  const faults: string[] = [];
  const extra = expect.bounce.recipients
    ? bounce.recipients.filter((r) => !expect.bounce?.recipients?.includes(r.address))
    : [];
  if (extra.length > 0) faults.push(`bounce: extra recipients ${extra.map((r) => r.address).join(', ')}`);
  const got = bounce.recipients.map(classOf);
  const wanted = expect.bounce.class;
  if (
    wanted !== undefined &&
    got.length > 0 &&
    !got.some((c) => c === wanted || (c === 'either' && wanted !== 'delivered'))
  )
    faults.push(`bounce: class ${got.join(', ')}, expected ${wanted}`);
  return faults;
}

/** Exchange says `failed` with a 4.x.x status for what was given up after days: either word is right for that. */
function classOf({ action, status }: { action: string; status: string | null }): string {
  if (action === 'failed') return status?.startsWith('4') ? 'either' : 'permanent';
  return action === 'delayed' ? 'temporary' : 'delivered';
}

function forwardFaults(expect: Expectation, { forwarded }: Explanation): string[] {
  if (expect.forwarded === undefined) return [];
  if (!expect.forwarded) return forwarded === null ? [] : ['taken for a forward'];
  if (forwarded === null) return ['forward: not recognised'];
  const faults: string[] = [];
  const compare = (what: string, got: string | null | undefined, wanted: string | undefined): void => {
    if (wanted !== undefined && collapse(got ?? '') !== collapse(wanted))
      faults.push(`forward: ${what} ${quote(got)}, expected ${quote(wanted)}`);
  };
  compare('from', forwarded.from.email.toLowerCase(), expect.forwarded_from?.address?.toLowerCase());
  compare('from name', forwarded.from.name, expect.forwarded_from?.name);
  compare('subject', forwarded.subject, expect.forwarded_subject);
  compare('body', forwarded.body, expect.forwarded_body);
  compare('comment', forwarded.comment, expect.message);
  return faults;
}
