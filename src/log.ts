/**
 * @module The log: JSON lines to stderr. Ids, codes and counts only; the redaction here is the net below
 * that rule, not the rule.
 */
import { DefaultLogger, Runtime } from '@temporalio/worker';
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

/**
 * Puts the Temporal SDK's own messages into the log: what was said, which workflow and activity, and the
 * code of a failure. Their stacks and texts stay out. Call once per process, before anything connects.
 */
export function logTemporal(log: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const { workflowId, activityType, attempt, error } = (meta ?? {}) as Record<string, unknown>;
      const code = (error as { type?: unknown } | undefined)?.type;
      // A failed try is ordinary: the provider's answer is in the trace, and Temporal tries again.
      const isOrdinary = level === 'INFO' || message === 'Activity failed';
      log[isOrdinary ? 'info' : 'warn']({ workflowId, activityType, attempt, code }, message.split('\n')[0]);
    }),
    telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
  });
}
