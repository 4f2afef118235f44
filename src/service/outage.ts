/**
 * @module Tells a service that does not answer from a mistake of ours: the former is a 503 that may be
 * repeated, the latter a 500.
 */
import { Problem } from '../errors.js';

/** Node's socket errors, PostgreSQL's shut-down and connection classes, and its statement time-out. */
const CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'ENETUNREACH', '57P01', '57P02', '57P03', '57014', '53300', '55P03'],
]);
/** gRPC: deadline exceeded, resource exhausted, unavailable. */
const GRPC = new Set([4, 8, 14]);
/** Ours, and the SDK's for an update whose call came to its deadline. */
const NAMES = new Set(['NotConnected', 'NoAnswer', 'WorkflowUpdateRPCTimeoutOrCancelledError']);
/** Pools and PGlite give their outages no code. */
const MESSAGES =
  /timeout exceeded when trying to connect|connection terminated|connection timeout|client was closed|cannot use a pool after calling end|pglite is clos|channel has been shut down|before the deadline/iu;

/** True where a database or Temporal does not answer; looks through causes. */
export function isOutage(error: unknown): boolean {
  return causes(error).some((one) => {
    if (one instanceof Problem) return one.code === 'unavailable';
    const { code } = one as { code?: unknown };
    if (typeof code === 'string' && (CODES.has(code) || code.startsWith('08'))) return true;
    if (typeof code === 'number' && GRPC.has(code)) return true;
    return NAMES.has(one.name) || MESSAGES.test(one.message);
  });
}

/** What is answered then. */
export const unavailable = (cause?: unknown): Problem =>
  new Problem(
    'unavailable',
    { detail: 'the database or Temporal does not answer; repeat the call later', retryAfter: 5 },
    { cause },
  );

/** The problem that an error is. What was not foreseen is `internal`, and says nothing more. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isOutage(error)) return unavailable(error);
  return new Problem(
    'internal',
    {
      detail:
        'this is a mistake of ours; tell whoever runs this server, with the request id where there is one',
    },
    { cause: error },
  );
}

/** The error, what caused it, and so on; the errors of an AggregateError count as causes. */
export function causes(error: unknown): Error[] {
  const found: Error[] = [];
  const next = [error];
  while (next.length > 0 && found.length < 20) {
    const one = next.shift();
    if (!(one instanceof Error) || found.includes(one)) continue;
    found.push(one);
    next.push(one.cause, ...(one instanceof AggregateError ? (one.errors as unknown[]) : []));
  }
  return found;
}
