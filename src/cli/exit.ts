/**
 * @module How a command ends: its exit code, and on failure one line that says what and how to mend it.
 */
import { CommanderError } from 'commander';
import { MailwardenError } from '../client.js';
import { UsageError } from './io.js';
import { printable } from './render.js';

export interface End {
  code: number;
  /** Null where something has said it already. */
  line: string | null;
}

/** Part of the interface: scripts branch on them. */
export const EXIT_CODES = `  0  done; an email that is held, queued or scheduled is done
  1  failed; doing the same again fails again
  2  wrongly used: a flag, an argument or a setting
  3  refused by policy
  4  not now: no answer, a limit, or something that is needed is down; try again later
`;

const REFUSED: ReadonlySet<string> = new Set(['policy_denied', 'human_decision_required']);

export function endOf(error: unknown): End {
  // Commander has printed its own line, or the help that was asked for.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, line: null };
  if (error instanceof UsageError) return { code: 2, line: error.message };
  if (error instanceof MailwardenError) return { code: codeOf(error), line: lineOf(error) };
  return { code: 1, line: error instanceof Error ? (error.message.split('\n')[0] ?? 'failed') : 'failed' };
}

function codeOf({ code, details }: MailwardenError): number {
  if (REFUSED.has(code)) return 3;
  return code === 'connection_failed' || details['retryable'] === true ? 4 : 1;
}

function lineOf({ code, message, details }: MailwardenError): string {
  if (code === 'connection_failed')
    return `${code}: ${message}; start the server with \`mailwarden dev\`, or set MAILWARDEN_URL`;
  const rest = Array.isArray(details['errors'])
    ? (details['errors'] as { field: string; message: string }[]).slice(1)
    : [];
  const more = rest.map(({ field, message: why }) => `${field}: ${why}`);
  // The server speaks of its paths.
  if (details['field'] === 'mailbox') more.push('here: --mailbox <id or address>');
  const id = typeof details['id'] === 'string' ? ` [${details['id']}]` : '';
  return printable(`${[`${code}: ${message}`, ...more].join('; ')}${id}`);
}
