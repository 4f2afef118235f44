/**
 * @module The one table of what can be asked of Mailwarden. HTTP routes, the CLI's commands and the
 * TypeScript client are made from it, so that a name, a field or a scope is said once. Imports only zod,
 * schemas and types, so that a client can carry it.
 */
import type { z } from 'zod';
import { FIELD_HINTS } from '../core/email/request.js';
import { DECISIONS } from './operations/decisions.js';
import { KEYS } from './operations/keys.js';
import { MAILBOXES } from './operations/mailboxes.js';
import { MESSAGES } from './operations/messages.js';
import type { Operation } from './operations/operation.js';
import { SUPPRESSIONS } from './operations/suppressions.js';

export { type Operation } from './operations/operation.js';

export const OPERATIONS = { ...MESSAGES, ...DECISIONS, ...SUPPRESSIONS, ...MAILBOXES, ...KEYS } as const;

export type OperationName = keyof typeof OPERATIONS;
/** What a caller writes. */
export type InputOf<N extends OperationName> = z.input<(typeof OPERATIONS)[N]['input']>;
/** What a verb gets: parsed, with defaults. */
export type ParsedOf<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['input']>;
/** What a caller gets. */
export type OutputOf<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['output']>;

/** Every operation with its name, in the order of the table. */
export const operationEntries = (): [OperationName, Operation][] =>
  Object.entries(OPERATIONS) as [OperationName, Operation][];

/** The fields that stand in a path. */
export const pathFields = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1] ?? '');

/** Where a field belongs that was written in the body, or the query, but is not of it. */
export function misplaced(operation: Operation, field: string): string | null {
  if (pathFields(operation.path).includes(field)) return `stands in the path: ${operation.path}`;
  // The caller's own word: `constructor` is no header.
  const { headers = {} } = operation;
  if (!Object.hasOwn(headers, field)) return null;
  return Object.hasOwn(FIELD_HINTS, field)
    ? (FIELD_HINTS[field] ?? null)
    : `is the header ${headers[field] ?? field}`;
}
