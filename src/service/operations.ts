/**
 * @module The one table of what can be asked of Mailwarden. HTTP routes, the CLI's commands and the
 * TypeScript client are made from it, so that a name, a field or a scope is said once. Imports only zod,
 * schemas and types, so that a client can carry it.
 */
import type { z } from 'zod';
import { FIELD_HINTS } from '../core/email/request.js';
import { BATCH } from './operations/batch.js';
import { ADDRESSES } from './operations/addresses.js';
import { ATTACHMENTS } from './operations/attachments.js';
import { CONSENTS } from './operations/consents.js';
import { DECISIONS } from './operations/decisions.js';
import { DRAFTS } from './operations/drafts.js';
import { EVENTS } from './operations/events.js';
import { INVESTIGATIONS } from './operations/investigations.js';
import { KEYS } from './operations/keys.js';
import { LEASES } from './operations/leases.js';
import { MAILBOXES } from './operations/mailboxes.js';
import { MESSAGES } from './operations/messages.js';
import type { Operation } from './operations/operation.js';
import { ORG } from './operations/org.js';
import { POLICY_CHANGES } from './operations/policy-changes.js';
import { POLICY_OPERATIONS } from './operations/policy.js';
import { PERSONS } from './operations/persons.js';
import { PRINCIPALS } from './operations/principals.js';
import { PROVIDERS } from './operations/providers.js';
import { QUOTAS } from './operations/quotas.js';
import { REHEARSALS } from './operations/rehearsals.js';
import { UNKNOWN } from './operations/unknown.js';
import { SUPPRESSIONS } from './operations/suppressions.js';
import { WEBHOOKS } from './operations/webhooks.js';

export { type Operation } from './operations/operation.js';

export const OPERATIONS = {
  ...MESSAGES,
  ...BATCH,
  ...DRAFTS,
  ...DECISIONS,
  ...UNKNOWN,
  ...ATTACHMENTS,
  ...EVENTS,
  ...SUPPRESSIONS,
  ...CONSENTS,
  ...PERSONS,
  ...INVESTIGATIONS,
  ...ADDRESSES,
  ...QUOTAS,
  ...REHEARSALS,
  ...PROVIDERS,
  ...LEASES,
  ...ORG,
  ...MAILBOXES,
  ...POLICY_OPERATIONS,
  ...POLICY_CHANGES,
  ...KEYS,
  ...PRINCIPALS,
  ...WEBHOOKS,
} as const;

export type OperationName = keyof typeof OPERATIONS;
/** Those that give events, one after the other, and no answer. */
export type StreamName = {
  [N in OperationName]: (typeof OPERATIONS)[N] extends { gives: 'events' } ? N : never;
}[OperationName];
/** What a caller writes. */
export type InputOf<N extends OperationName> = z.input<(typeof OPERATIONS)[N]['input']>;
/** What a verb gets: parsed, with defaults. */
export type ParsedOf<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['input']>;
/** What a caller gets. */
export type OutputOf<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['output']>;

/** Every operation with its name, in the order of the table. */
export const operationEntries = (): [OperationName, Operation][] =>
  Object.entries(OPERATIONS) as [OperationName, Operation][];

export const isStream = (name: OperationName): name is StreamName => {
  const { gives }: Operation = OPERATIONS[name];
  return gives === 'events';
};

/** The fields that stand in a path. */
export const pathFields = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1] ?? '');

/** Where a field belongs that was written in the body, or the query, but is not of it. */
export function misplaced(operation: Operation, field: string): string | null {
  if (pathFields(operation.path).includes(field)) return `stands in the path: ${operation.path}`;
  // The caller's own word: `constructor` is no header.
  const { headers = {} } = operation;
  if (!Object.hasOwn(headers, field)) return null;
  return !operation.keepsAnswer && Object.hasOwn(FIELD_HINTS, field)
    ? (FIELD_HINTS[field] ?? null)
    : `is the header ${headers[field] ?? field}`;
}
