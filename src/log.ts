// Log lines on standard error: text, or JSON for a collector; on a terminal with a line below them that says how far it is.

import type { GlobalOptions, Log, Output } from './context.ts';
import { forTerminalLine, safeJson } from './text/terminal.ts';

export interface ProcessLog extends Log {
  format: 'text' | 'json';
}

/** To the start of the line, and all of it cleared (ECMA-48 EL). */
const clearLine = '\r\u001b[K';

export function createLog(stderr: Output, globals: Pick<GlobalOptions, 'quiet' | 'verbose'>): ProcessLog {
  let shown = '';

  function write(level: string, line: string): void {
    const text =
      log.format === 'json'
        ? safeJson({ time: new Date().toISOString(), level, message: line })
        : forTerminalLine(line);
    put(shown === '' ? `${text}\n` : `${clearLine}${text}\n${shown}`);
  }

  function put(text: string): void {
    try {
      stderr.write(text);
    } catch {
      // Nobody can be told that the place to tell it is gone; the work matters more than the line.
    }
  }

  const log: ProcessLog = {
    format: 'text',
    debug: (line) => globals.verbose && write('debug', line),
    info: (line) => !globals.quiet && write('info', line),
    warn: (line) => write('warning', line),
    error: (line) => write('error', line),
    progress(line) {
      if (globals.quiet || !stderr.isTerminal || log.format === 'json') return;
      const next = forTerminalLine(line).slice(0, Math.max(stderr.columns - 1, 0));
      if (next !== shown) put(`${clearLine}${next}`);
      shown = next;
    },
  };
  return log;
}
