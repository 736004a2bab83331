// How hard V8 works at making code fast.

import { setFlagsFromString } from 'node:v8';

/**
 * V8's optimizing compiler would take a fifth of all processor time of a sweep of a thousand mails: it is to wait until a
 * function is hotter. A matter of speed alone; where another Node may not know the setting, it stays as it is. To be called
 * once everything is loaded: compiled code that was kept is taken under the settings alone that it was made with.
 */
export function compileLess(): void {
  const [major] = process.versions.node.split('.');
  if (major === '20' || major === '22') setFlagsFromString('--interrupt-budget=1000000');
}
