/**
 * @module What becomes of a database's error on its way out: it loses whatever could hold an address or a
 * text, and one that only means "not now" becomes the problem that doors answer with 503.
 */
import { Problem } from '../errors.js';

/** The database refused a statement: a defect, or a schema that is not ours. Holds codes only. */
export class StoreError extends Error {
  override name = 'StoreError';
  constructor(
    readonly code: string,
    constraint: string | undefined,
  ) {
    super(`the database refused a statement: ${code}${constraint === undefined ? '' : ` (${constraint})`}`);
  }
}

/** The mailbox takes email only through a door. */
export class DirectStartOff extends Error {
  override name = 'DirectStartOff';
}

/**
 * Serialization failure, deadlock: the same transaction may be tried again. So may one that met a prepared
 * statement from before a migration (see dialect.ts).
 */
const TRY_AGAIN = new Set(['40001', '40P01', '0A000', '26000', '42P05']);
/** Connection, resources, operator intervention (a shutdown, a statement time-out). */
const NOT_NOW = /^(?:08|53|57|58|25P03)/u;

export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** SQLSTATE: five characters, at least one digit first or second (Node's codes begin with letters). */
const isSqlState = (code: string | undefined): code is string =>
  code !== undefined && /^[0-9A-Z]{5}$/u.test(code) && /\d/u.test(code);

export const mayTryAgain = (error: unknown): boolean => TRY_AGAIN.has(codeOf(error) ?? '');

/** Errors of our own pass; everything else leaves as one of two kinds. */
export function outward(error: unknown): unknown {
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  if (isSqlState(code)) {
    if (mayTryAgain(error) || NOT_NOW.test(code)) return unavailable(code);
    const { constraint, stack } = error as { constraint?: string; stack?: string };
    const refused = new StoreError(code, constraint);
    if (stack !== undefined) refused.stack = `${refused.name}: ${refused.message}\n${framesOf(stack)}`;
    return refused;
  }
  return isConnectionError(error) ? unavailable(code) : error;
}

const framesOf = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /u.test(line))
    .join('\n');

const isConnectionError = (error: unknown): boolean =>
  /^E[A-Z]{4,}$/u.test(codeOf(error) ?? '') ||
  (error instanceof Error &&
    /connect|Connection terminated|Query read timeout|timeout exceeded|Cannot use a pool|not queryable|driver has already been destroyed/u.test(
      error.message,
    ));

function unavailable(code: string | undefined): Problem {
  return new Problem('unavailable', {
    detail: `The database does not answer${code === undefined ? '' : ` (${code})`}; try again.`,
    retryAfter: 1,
  });
}
