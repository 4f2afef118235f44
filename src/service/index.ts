/**
 * @module What the doors call: every operation of the table behind one function, which checks the scope,
 * parses the input and runs the verb. All doors thereby answer the same.
 */
import type { Caller } from '../store/store.js';
import { requireScope } from './access.js';
import { checkAddress } from './addresses.js';
import { approvalToken } from './approval-token.js';
import { getAttachment, uploadAttachment } from './attachments.js';
import { authenticator } from './authenticate.js';
import { sendBatch } from './batch.js';
import { exportConsents, importConsents, listConsents, recordConsent, revokeConsent } from './consents.js';
import { cancel, decide } from './decide.js';
import type { CallContext, ServiceDeps, Verb } from './deps.js';
import { createDraft, deleteDraft, getDraft, listDrafts, updateDraft } from './drafts.js';
import { erasePerson } from './erasures.js';
import { openFeed, type EventFeed, type FeedContext } from './event-feed.js';
import { getEvent, listEvents } from './events.js';
import { invalidInput } from './invalid.js';
import {
  assignInvestigation,
  getInvestigation,
  listInvestigations,
  resolveInvestigation,
} from './investigations.js';
import { keepingAnswer } from './kept-answers.js';
import { createKey, getKey, listKeys, revokeKey, rotateKey, whoami } from './keys.js';
import { acquireLease, listLeases, releaseLease, renewLease } from './leases.js';
import { createMailbox, getMailbox, listMailboxes, updateMailbox } from './mailboxes.js';
import {
  OPERATIONS,
  isStream,
  type Operation,
  type OperationName,
  type OutputOf,
  type ParsedOf,
  type StreamName,
} from './operations.js';
import { decidePolicyChange, getPolicyChange, listPolicyChanges } from './policy-changes.js';
import { applyPolicy, getPolicy, getPolicyVersion, listPolicyVersions, listPresets } from './policy.js';
import { createPrincipal, getPrincipal, listPrincipals, updatePrincipal } from './principals.js';
import { drainProvider, getProvider, listProviders, resumeProvider } from './providers.js';
import { getQuotas } from './quotas.js';
import { raw } from './raw.js';
import { get, list, listHeld, trace } from './read.js';
import { ready, type Readiness } from './ready.js';
import { reportReceiver, type ReceiveReports } from './receive-reports.js';
import { testProvider } from './test-provider.js';
import { waker } from './waker.js';
import { resolve } from './resolve.js';
import { replayPolicy } from './replay-policy.js';
import { reschedule, revise } from './revise.js';
import { send } from './send.js';
import { simulate } from './simulate.js';
import { getOrg, pauseKey, pauseOrg, resumeKey, resumeOrg } from './switches.js';
import { submitDraft } from './submit-draft.js';
import { listUnknown, resolveUnknown } from './unknown.js';
import {
  addSuppression,
  checkSuppressions,
  exportSuppressions,
  importSuppressions,
  listSuppressions,
  removeSuppression,
} from './suppressions.js';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listWebhooks,
  pingWebhook,
  redeliver,
  replay,
  rotateWebhook,
  updateWebhook,
} from './webhooks.js';

export type { CallContext, ServiceDeps, HookReader } from './deps.js';
export { problemOf } from './outage.js';

export interface Service {
  /** `from`: the address that the call comes from. @throws Problem `unauthorized`, `rate_limited`. */
  authenticate(key: string | null, from?: string): Promise<Caller>;
  /** Runs one operation on an input as a caller wrote it. @throws Problem. */
  call<N extends OperationName>(
    name: N,
    caller: Caller,
    input: unknown,
    context?: CallContext,
  ): Promise<OutputOf<N>>;
  /** The same for an operation that gives events. @throws Problem. */
  stream(name: StreamName, caller: Caller, input: unknown, context: FeedContext): Promise<EventFeed>;
  /** A provider's webhook, on its raw bytes. @throws Problem. */
  receiveReports: ReceiveReports;
  ready(): Promise<Readiness>;
  /** Resolves when nothing is left that goes on after its call was answered. */
  idle(): Promise<void>;
}

const VERBS: { [N in Exclude<OperationName, StreamName>]: Verb<N> } = {
  'messages.send': send,
  'messages.batch': sendBatch,
  'messages.get': get,
  'messages.list': list,
  'messages.trace': trace,
  'messages.raw': raw,
  'messages.cancel': cancel,
  'messages.revise': revise,
  'messages.reschedule': reschedule,
  'messages.decide': decide,
  'messages.resolve': resolve,
  'approvals.list': listHeld,
  'approvals.token': approvalToken,
  'unknown.list': listUnknown,
  'unknown.resolve': resolveUnknown,
  'drafts.create': createDraft,
  'drafts.list': listDrafts,
  'drafts.get': getDraft,
  'drafts.update': updateDraft,
  'drafts.delete': deleteDraft,
  'drafts.submit': submitDraft,
  'attachments.upload': uploadAttachment,
  'attachments.get': getAttachment,
  'addresses.check': checkAddress,
  'quotas.get': getQuotas,
  'messages.simulate': simulate,
  'policy.replay': replayPolicy,
  'providers.list': listProviders,
  'providers.get': getProvider,
  'providers.drain': drainProvider,
  'providers.resume': resumeProvider,
  'providers.test': testProvider,
  'events.list': listEvents,
  'events.get': getEvent,
  'suppressions.list': listSuppressions,
  'suppressions.add': addSuppression,
  'suppressions.check': checkSuppressions,
  'suppressions.import': importSuppressions,
  'suppressions.export': exportSuppressions,
  'suppressions.remove': removeSuppression,
  'persons.erase': erasePerson,
  'consents.record': recordConsent,
  'consents.list': listConsents,
  'consents.revoke': revokeConsent,
  'consents.import': importConsents,
  'consents.export': exportConsents,
  'investigations.list': listInvestigations,
  'investigations.get': getInvestigation,
  'investigations.assign': assignInvestigation,
  'investigations.resolve': resolveInvestigation,
  'leases.acquire': acquireLease,
  'leases.renew': renewLease,
  'leases.release': releaseLease,
  'leases.list': listLeases,
  'org.get': getOrg,
  'org.pause': pauseOrg,
  'org.resume': resumeOrg,
  'mailboxes.create': createMailbox,
  'mailboxes.list': listMailboxes,
  'mailboxes.get': getMailbox,
  'mailboxes.update': updateMailbox,
  'policy.get': getPolicy,
  'policy.apply': applyPolicy,
  'policy.versions': listPolicyVersions,
  'policy.version': getPolicyVersion,
  'policy.presets': listPresets,
  'policyChanges.list': listPolicyChanges,
  'policyChanges.get': getPolicyChange,
  'policyChanges.decide': decidePolicyChange,
  'keys.create': createKey,
  'keys.list': listKeys,
  'keys.get': getKey,
  'keys.rotate': rotateKey,
  'keys.revoke': revokeKey,
  'keys.pause': pauseKey,
  'keys.resume': resumeKey,
  'keys.whoami': whoami,
  'principals.create': createPrincipal,
  'principals.list': listPrincipals,
  'principals.get': getPrincipal,
  'principals.update': updatePrincipal,
  'webhooks.create': createWebhook,
  'webhooks.list': listWebhooks,
  'webhooks.get': getWebhook,
  'webhooks.update': updateWebhook,
  'webhooks.delete': deleteWebhook,
  'webhooks.rotate': rotateWebhook,
  'webhooks.ping': pingWebhook,
  'webhooks.replay': replay,
  'webhooks.deliveries': listDeliveries,
  'webhooks.redeliver': redeliver,
};

export function createService(deps: ServiceDeps): Service {
  const wakes = waker(deps);
  return {
    authenticate: authenticator(deps),
    async call<N extends OperationName>(
      name: N,
      caller: Caller,
      input: unknown,
      context: CallContext = {},
    ): Promise<OutputOf<N>> {
      if (isStream(name)) throw new Error(`${name} gives events: call stream`);
      const parsed = parsedFor(name, caller, input);
      const run = (): Promise<OutputOf<N>> =>
        (VERBS as unknown as Verbs)[name](deps, caller, parsed, input as Record<string, unknown>, context);
      const { keepsAnswer }: Operation = OPERATIONS[name];
      if (!keepsAnswer) return await run();
      const call = { operation: name, input: parsed as Record<string, unknown>, run };
      return await keepingAnswer(deps, caller, call, context);
    },
    stream: async (name, caller, input, context) =>
      await openFeed(deps, caller, parsedFor(name, caller, input), context),
    receiveReports: reportReceiver(deps, wakes),
    idle: () => wakes.idle(),
    ready: () => ready(deps),
  };
}

type Verbs = { [N in OperationName]: Verb<N> };

/** @throws Problem where the key may not, or the input is not valid. */
function parsedFor<N extends OperationName>(name: N, caller: Caller, input: unknown): ParsedOf<N> {
  requireScope(caller, OPERATIONS[name].scopes);
  const parsed = OPERATIONS[name].input.safeParse(input);
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data as ParsedOf<N>;
}
