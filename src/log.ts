/**
 * @module The log: JSON lines to stderr. Ids, codes and counts only; the redaction here is the net below
 * that rule, not the rule.
 */
import { pino, type Logger } from 'pino';

const NEVER = [
  'authorization',
  'apiKey',
  'key',
  'token',
  'sealed',
  'to',
  'cc',
  'bcc',
  'from',
  'subject',
  'text',
  'html',
];

/** `level`: pino's; `destination`: file descriptor, stderr by default. */
export function createLog(level: string, destination = 2): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`]), remove: true },
      serializers: { err: errorSummary },
    },
    pino.destination({ dest: destination, sync: true }),
  );
}

/** An error as the log may show it: its kind and code. Messages of others may quote an address. */
function errorSummary(error: unknown): { name: string; code?: string; at?: string } {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code } = error as { code?: unknown };
  const at = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return { name: error.name, ...(typeof code === 'string' && { code }), ...(at && { at: at.trim() }) };
}
