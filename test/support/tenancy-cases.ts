/**
 * @module How every operation is called with what is another's. The table is typed by the operations, so that a new
 * one does not compile, and its test fails, until it has its cases here.
 */
import type { OperationName } from '../../src/service/operations.js';
import type { Intruder, Thing } from './tenants.js';

/** Stands where a thing of another's is named. */
export class Foreign {
  constructor(readonly thing: Thing) {}
}
/** Stands where the caller names a thing of its own. */
export class Own {
  constructor(readonly thing: keyof Intruder['own']) {}
}

export interface Variant {
  /** The whole input; an array in it is looked through as well. */
  input: Readonly<Record<string, unknown>>;
  /** Only for these. */
  only?: readonly Intruder['name'][];
}

const the = (thing: Thing): Foreign => new Foreign(thing);
const my = (thing: keyof Intruder['own']): Own => new Own(thing);
const named = (input: Variant['input'], only?: Variant['only']): Variant => ({
  input,
  ...(only && { only }),
});
/** Names nothing of another's: its answer just must not show any. */
const plain = named({});

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello' };
const START = '2026-03-02T10:00:00.000Z';
const LATER = '2026-03-03T10:00:00.000Z';
/** By these, where the thing is found by its mailbox. */
const inMailbox = (input: Variant['input'] = {}): Variant[] => [
  named({ ...input, mailbox: the('mailbox') }),
  named({ ...input, mailbox: the('address') }),
];
const message = (input: Variant['input'] = {}): Variant[] => [named({ id: the('message'), ...input })];
const webhook = (input: Variant['input'] = {}): Variant[] => [named({ id: the('webhook'), ...input })];
const reference = { sha256: the('sha256'), filename: 'a.txt', contentType: 'text/plain' };

/** An empty list: there is nothing of another's that it could name or show. */
export const CASES: Record<OperationName, readonly Variant[]> = {
  'messages.send': [
    ...inMailbox(EMAIL),
    named({ ...EMAIL, mailbox: my('mailbox'), attachments: [reference] }, ['stranger', 'tester']),
  ],
  'messages.batch': inMailbox({ messages: [EMAIL] }),
  'messages.get': message(),
  'messages.list': [plain, ...inMailbox()],
  'messages.trace': message(),
  'messages.raw': message(),
  'messages.cancel': message(),
  'messages.revise': message({ digest: the('digest'), ...EMAIL }),
  'messages.reschedule': message({ sendAt: LATER }),
  'messages.decide': message({ action: 'approve', digest: the('digest') }),
  'messages.resolve': message({ as: 'sent' }),
  'approvals.list': [plain],
  'approvals.token': message({ action: 'approve', digest: the('digest') }),
  'unknown.list': [plain, ...inMailbox()],
  'unknown.resolve': [named({ as: 'sent' }), ...inMailbox({ as: 'sent' })],
  'suppressions.list': [named({}, ['stranger', 'tester']), named({ address: the('suppressed') })],
  'suppressions.add': inMailbox({ address: 'ada@reader.example', scope: 'mailbox' }),
  'suppressions.check': [
    named({ address: the('suppressed') }),
    ...inMailbox({ address: 'ada@reader.example' }),
  ],
  'suppressions.import': [],
  'suppressions.export': [named({}, ['stranger', 'tester'])],
  'suppressions.remove': [named({ id: the('suppression') })],
  'persons.erase': [],
  'consents.record': [],
  'consents.list': [named({}, ['stranger', 'tester'])],
  'consents.revoke': [],
  'consents.import': [],
  'consents.export': [named({}, ['stranger', 'tester'])],
  'attachments.upload': [],
  'attachments.get': [named({ sha256: the('sha256') })],
  'quotas.get': [named({}, ['stranger', 'bound']), ...inMailbox()],
  'messages.simulate': inMailbox({ requests: [EMAIL] }),
  'policy.replay': [named({ policy: {} }), ...inMailbox({ policy: {} })],
  'providers.list': [plain],
  'providers.get': [],
  'providers.drain': [],
  'providers.resume': [],
  'providers.test': [],
  'addresses.check': [named({ address: the('suppressed') })],
  'mailboxes.create': [],
  'mailboxes.list': [named({}, ['stranger', 'bound'])],
  'mailboxes.get': inMailbox(),
  'mailboxes.update': inMailbox({ status: 'paused' }),
  'policy.get': inMailbox(),
  'policy.apply': [...inMailbox({ document: {} }), ...inMailbox({ document: {}, dryRun: true })],
  'policy.versions': [named({}, ['stranger', 'bound']), ...inMailbox()],
  'policy.version': [named({ version: the('policyVersion') }), named({ version: the('policyDigest') })],
  'policy.presets': [],
  'policyChanges.list': [named({}, ['stranger', 'bound'])],
  'policyChanges.get': [named({ id: the('policyChange') })],
  'policyChanges.decide': [
    named({ id: the('policyChange'), action: 'approve' }),
    named({ id: the('policyChange'), action: 'reject' }),
  ],
  'investigations.list': [plain],
  'investigations.get': [named({ id: the('investigation') })],
  'investigations.assign': [
    named({ id: the('investigation') }),
    named({ id: the('investigation'), to: the('principal') }),
  ],
  'investigations.resolve': [named({ id: the('investigation'), finding: 'Mine' })],
  'drafts.create': inMailbox(EMAIL),
  'drafts.list': [plain, ...inMailbox()],
  'drafts.get': [named({ id: the('draft') })],
  'drafts.update': [named({ id: the('draft'), subject: 'Mine' })],
  'drafts.delete': [named({ id: the('draft') })],
  'drafts.submit': [named({ id: the('draft') })],
  'keys.create': [
    named({ name: 'x', scopes: ['messages:read'], principal: the('principal') }),
    named({ name: 'x', scopes: ['messages:read'], mailboxes: [the('mailbox')] }),
  ],
  'keys.list': [named({}, ['stranger', 'bound']), named({ principal: the('principal') })],
  'keys.get': [named({ id: the('key') })],
  'keys.rotate': [named({ id: the('key') })],
  'keys.revoke': [named({ id: the('key') })],
  'keys.pause': [named({ id: the('key') })],
  'keys.resume': [named({ id: the('key') })],
  'keys.whoami': [plain],
  'leases.acquire': [],
  'leases.renew': [],
  'leases.release': [],
  'leases.list': [plain],
  'org.get': [],
  'org.pause': [],
  'org.resume': [],
  'principals.create': [],
  'principals.list': [named({}, ['stranger', 'bound'])],
  'principals.get': [named({ id: the('principal') })],
  'principals.update': [named({ id: the('principal'), name: 'Mine' })],
  'events.list': [
    ...[plain, ...inMailbox()],
    ...[named({ message: the('message') }), named({ since: the('event') })],
  ],
  'events.get': [named({ id: the('event') })],
  'events.stream': inMailbox(),
  'webhooks.create': [named({ url: 'https://hooks.example.com/mail', mailboxes: [the('mailbox')] })],
  'webhooks.list': [plain],
  'webhooks.get': webhook(),
  'webhooks.update': [
    ...webhook({ description: 'Mine' }),
    named({ id: my('webhook'), mailboxes: [the('mailbox')] }),
  ],
  'webhooks.delete': webhook(),
  'webhooks.rotate': webhook(),
  'webhooks.ping': webhook(),
  'webhooks.replay': [...webhook({ since: START }), named({ id: my('webhook'), since: the('event') })],
  'webhooks.deliveries': [...webhook(), named({ id: my('webhook'), event: the('event') })],
  'webhooks.redeliver': [
    ...webhook({ delivery: the('delivery') }),
    named({ id: my('webhook'), delivery: the('delivery') }),
  ],
};
