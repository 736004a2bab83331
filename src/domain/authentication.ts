// What our own mail server found out about a sender: Authentication-Results (RFC 8601).

import { headerValues, type InboundMessage, soleAuthor } from './message.ts';

const maxLength = 16_000;
/** Every server on the way may have added one; the trusted one is near the top. */
const maxFields = 100;

/** The value without its comments (RFC 5322 §3.2.2: they nest, and quoted strings may hold parentheses). */
function dropComments(value: string): string {
  let text = '';
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const character = value[i] ?? '';
    if (character === '\\') {
      if (depth === 0) text += value.slice(i, i + 2);
      i++;
    } else if (character === '"' && depth === 0) {
      quoted = !quoted;
      text += character;
    } else if (character === '(' && !quoted) {
      depth++;
    } else if (character === ')' && !quoted && depth > 0) {
      depth--;
    } else if (depth === 0) {
      text += character;
    }
  }
  return text;
}

/** Splits at `;` outside of quoted strings; what is quoted and never closed goes to the end. */
function splitResults(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') {
      i++;
    } else if (text[i] === '"') {
      quoted = !quoted;
    } else if (text[i] === ';' && !quoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/**
 * The DMARC result of the server that we trust: true for pass, false for fail, null when it is not known (no
 * `trustedAuthservId`, no field of it, none, temperror, permerror). Only the topmost field of that authserv-id counts,
 * for anything below may have come with the message (RFC 8601 §5). A pass for another domain than that of the sender whom
 * we read is a fail: the server has seen another From than we do.
 */
export function readDmarc(message: InboundMessage, trustedAuthservId: string | null): boolean | null {
  const trusted = trustedAuthservId?.trim().toLowerCase() ?? '';
  if (trusted === '') return null;
  for (const value of headerValues(message, 'authentication-results').slice(0, maxFields)) {
    const [id = '', ...results] = splitResults(dropComments(value.slice(0, maxLength)));
    // "mx.example.com 1": the version may follow.
    const authservId = (id.trim().split(/\s/)[0] ?? '').replace(/^"|"$/g, '').toLowerCase();
    if (authservId !== trusted) continue;
    return readResult(results, soleAuthor(message)?.address ?? '');
  }
  return null;
}

function readResult(results: string[], sender: string): boolean | null {
  const found = results.map((result) => {
    const word = /^\s*dmarc(?:\s*\/\s*\d{1,3})?\s*=\s*([a-z]+)/i.exec(result)?.[1]?.toLowerCase();
    return word === 'pass' && !isAbout(result, sender) ? 'fail' : word;
  });
  if (found.includes('fail')) return false;
  return found.includes('pass') ? true : null;
}

// dmarc=pass (p=REJECT) header.from=client.test; some servers write the organisation's domain, or the address.
const headerFrom = /\sheader\.from\s{0,5}=\s{0,5}"?(?:[^\s"@;]{0,64}@)?([a-z0-9._-]{1,253})(?=["\s;]|$)/i;

function isAbout(result: string, sender: string): boolean {
  const domain = headerFrom.exec(result)?.[1]?.toLowerCase();
  return (
    domain === undefined || sender === '' || `.${sender.slice(sender.lastIndexOf('@') + 1)}`.endsWith(`.${domain}`)
  );
}
