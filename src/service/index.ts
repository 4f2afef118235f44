/**
 * @module What the doors call: every operation of the table behind one function, which checks the scope,
 * parses the input and runs the verb. All doors thereby answer the same.
 */
import { fieldProblems } from '../core/email/problem.js';
import { Problem } from '../errors.js';
import type { Caller } from '../store/store.js';
import { requireScope } from './access.js';
import { approvalToken } from './approval-token.js';
import { authenticate } from './authenticate.js';
import { cancel, decide } from './decide.js';
import type { ServiceDeps, Verb } from './deps.js';
import { createKey, listKeys, revokeKey } from './keys.js';
import { createMailbox, getMailbox, listMailboxes, updateMailbox } from './mailboxes.js';
import { OPERATIONS, type OperationName, type OutputOf, type ParsedOf } from './operations.js';
import { get, list, listHeld, listUnknown, trace } from './read.js';
import { ready, type Readiness } from './ready.js';
import { receiveReports, type ReportsReceived } from './receive-reports.js';
import { resolve } from './resolve.js';
import { reschedule, revise } from './revise.js';
import { send } from './send.js';
import { addSuppression, listSuppressions, removeSuppression } from './suppressions.js';

export type { ServiceDeps, ReportParser } from './deps.js';
export { isOutage, unavailable } from './outage.js';

export interface Service {
  /** @throws Problem `unauthorized`. */
  authenticate(key: string | null): Promise<Caller>;
  /** Runs one operation on an input as a caller wrote it. @throws Problem. */
  call<N extends OperationName>(name: N, caller: Caller, input: unknown): Promise<OutputOf<N>>;
  /** A provider's webhook, on its raw bytes. @throws Problem. */
  receiveReports(provider: string, body: Uint8Array, headers: Headers): Promise<ReportsReceived>;
  ready(): Promise<Readiness>;
}

const VERBS: { [N in OperationName]: Verb<N> } = {
  'messages.send': send,
  'messages.get': get,
  'messages.list': list,
  'messages.trace': trace,
  'messages.cancel': cancel,
  'messages.revise': revise,
  'messages.reschedule': reschedule,
  'messages.decide': decide,
  'messages.resolve': resolve,
  'approvals.list': listHeld,
  'approvals.token': approvalToken,
  'unknown.list': listUnknown,
  'suppressions.list': listSuppressions,
  'suppressions.add': addSuppression,
  'suppressions.remove': removeSuppression,
  'mailboxes.create': createMailbox,
  'mailboxes.list': listMailboxes,
  'mailboxes.get': getMailbox,
  'mailboxes.update': updateMailbox,
  'keys.create': createKey,
  'keys.list': listKeys,
  'keys.revoke': revokeKey,
};

export function createService(deps: ServiceDeps): Service {
  return {
    authenticate: (key) => authenticate(deps, key),
    async call<N extends OperationName>(name: N, caller: Caller, input: unknown): Promise<OutputOf<N>> {
      requireScope(caller, OPERATIONS[name].scopes);
      const parsed = OPERATIONS[name].input.safeParse(input);
      if (!parsed.success) throw invalid(fieldProblems(parsed.error));
      return await VERBS[name](deps, caller, parsed.data as ParsedOf<N>, input as Record<string, unknown>);
    },
    receiveReports: (provider, body, headers) => receiveReports(deps, provider, body, headers),
    ready: () => ready(deps),
  };
}

function invalid(errors: { field: string; message: string }[]): Problem {
  const [first] = errors;
  return new Problem('invalid_request', {
    detail: first
      ? `${first.field === '' ? 'the input' : first.field}: ${first.message}`
      : 'the input is not valid',
    ...(first && first.field !== '' && { field: first.field }),
    errors,
  });
}
