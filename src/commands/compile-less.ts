// How V8 compiles what reads mail.

import { setFlagsFromString } from 'node:v8';

/** What loads the pieces of the built program: scripts/loader.cjs. It has a compiled form of them for these settings, too. */
declare const __tktRequire: { nameSettings(name: string): void } | undefined;

/**
 * V8's optimizing compiler would take a fifth of all processor time of a sweep of a thousand mails: it is to wait until a
 * function is hotter. And the patterns that tell what a mail is are compiled once, not for an interpreter first, which
 * takes longer than to compile them for good. A matter of speed alone; where another Node may not know the settings, they
 * stay as they are. Call before the rest is loaded: code that is compiled already keeps to what was.
 */
export function compileLess(): void {
  const [major] = process.versions.node.split('.');
  if (major !== '20' && major !== '22') return;
  setFlagsFromString('--interrupt-budget=1000000');
  setFlagsFromString('--regexp-tier-up-ticks=0');
  if (typeof __tktRequire !== 'undefined') __tktRequire.nameSettings('less');
}
