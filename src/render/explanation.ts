// What explain and poll --dry-run print for a person: the outcome first, then why.

import type { Explanation } from '../pipeline/explain.ts';
import { forTerminal, forTerminalLine } from '../text/terminal.ts';

const outcomes: Record<Explanation['outcome'], string> = {
  ticket: 'a new ticket',
  comment: 'a comment on',
  bounce: 'noted as a delivery report',
  ignore: 'ignored',
  quarantine: 'quarantined',
};

/** Several lines, the last one empty. */
export function explanationLines(explanation: Explanation): string {
  const { from, attachments, bounce, forwarded } = explanation;
  const lines = [
    `${explanation.file}: ${outcomes[explanation.outcome]}${explanation.ticket ? ` ${explanation.ticket}` : ''}`,
    `  From:     ${from.name ? `${from.name} <${from.email}>` : from.email || '(none)'}`,
    `  Subject:  ${explanation.subject || '(none)'}`,
    `  Class:    ${explanation.class}; an automatic reply is ${explanation.mayRespond ? 'fine' : 'not safe, or not due'}`,
    ...explanation.reasons.map((reason) => `  Because:  ${reason}`),
    ...attachments.map((one) => `  Attached: ${one.filename} (${one.contentType}, ${one.size} bytes)`),
    ...(bounce?.recipients ?? []).map(
      (one) => `  Bounced:  ${one.address} ${one.action}${one.status ? ` ${one.status}` : ''}`,
    ),
    ...(forwarded ? [`  Forwards: ${forwarded.from.email || 'somebody'}: ${forwarded.subject ?? '(no subject)'}`] : []),
  ].map(forTerminalLine);
  const body = forTerminal(explanation.body).replace(/^/gm, '  | ');
  return `${lines.join('\n')}\n${explanation.body ? `${body}\n` : ''}\n`;
}
