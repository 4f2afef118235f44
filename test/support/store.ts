/**
 * @module A store for tests: real PGlite in memory, a clock that the test moves, and helpers that make a
 * mailbox and an admission with little ado.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { blinder } from '../../src/blind.js';
import { contentSchema, type EmailContent } from '../../src/core/email/request.js';
import { createStore, openPglite, type StoreSettings, type Tables } from '../../src/store/index.js';
import type { Admission, Claimed, MailboxRow, NewMailbox, Store } from '../../src/store/store.js';

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

/** Starts on the hour, so that a test knows its bucket; stands still until it is moved. */
export const START = new Date('2026-03-02T10:00:00.000Z');

export interface TestClock {
  (): Date;
  set(at: Date | string): void;
  /** Milliseconds. */
  advance(ms: number): void;
}

export function testClock(start: Date = START): TestClock {
  let at = start;
  return Object.assign(() => new Date(at), {
    set: (to: Date | string) => void (at = new Date(to)),
    advance: (ms: number) => void (at = new Date(at.getTime() + ms)),
  });
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const testSettings = (clock: () => Date, changes: Partial<StoreSettings> = {}): StoreSettings => ({
  clock,
  sha256,
  blind: blinder([{ kid: 'test', key: new Uint8Array(32) }]),
  bounceHandling: {
    hardBounces: 'suppress_immediately',
    softBounces: { maxRetries: 2, backoffMinutes: [15, 60, 240], suppressAfter: 3 },
    complaints: 'suppress_and_investigate',
  },
  feedbackWindowMs: 72 * HOUR,
  roundBackoffMs: [MINUTE, 5 * MINUTE],
  giveUpAfterMs: 24 * HOUR,
  onUnknown: { transactional: 'hold', conversational: 'hold', commercial: 'hold' },
  unknown: {
    ...{ lookups: [MINUTE, 5 * MINUTE, 15 * MINUTE], retries: [MINUTE, 5 * MINUTE, 15 * MINUTE] },
    ...{ alertAfter: 15 * MINUTE, deadline: 24 * HOUR },
  },
  breaker: { failures: 5, within: MINUTE, openFor: 30_000, longest: 10 * MINUTE },
  keepEventsMs: 30 * 24 * HOUR,
  quietForMs: 2 * MINUTE,
  ...changes,
});

export interface TestStore {
  db: Kysely<Tables>;
  store: Store;
  clock: TestClock;
  /** Another store on the same database, with other settings. */
  with(changes: Partial<StoreSettings>): Store;
  end(): Promise<void>;
}

/** A migrated store over a database that is open already. */
export async function storeOver(db: Kysely<Tables>): Promise<TestStore> {
  const clock = testClock();
  const store = createStore(db, testSettings(clock));
  await store.migrate();
  return {
    ...{ db, store, clock },
    with: (changes) => createStore(db, testSettings(clock, changes)),
    end: () => store.end(),
  };
}

/** In memory; takes about two seconds, so share one per file and give each test its own org. */
export const testStore = async (): Promise<TestStore> => await storeOver(await openPglite());

export const newOrg = (): string => `org-${randomUUID().slice(0, 8)}`;

/** Tests write to one person more often than anybody wants to be written to, and ask nobody whether they agree. */
export const OFTEN = { recipients: { perHour: 100_000 }, consent: { requiredFor: [] } } as const;

/** The same for every mailbox of the org that says nothing else. */
export async function beLenient(store: Store, org: string): Promise<void> {
  const found = await store.policy({ org, mailbox: null });
  const set = { org, mailbox: null, patch: OFTEN, basedOn: found?.digest ?? '', by: 'test' };
  if (typeof (await store.applyPolicy(set)) !== 'object') throw new Error('the policy was not set');
}

/** A mailbox in an org of its own; `auto` unless told otherwise. */
export async function makeMailbox(store: Store, mailbox: Partial<NewMailbox> = {}): Promise<MailboxRow> {
  const made = await store.createMailbox(
    {
      ...{
        org: newOrg(),
        address: 'agent@sender.example',
        displayName: 'Agent',
        autonomy: 'auto',
        ...mailbox,
      },
      policy: { ...OFTEN, ...mailbox.policy },
    },
    'test',
  );
  if (made === 'exists') throw new Error('the mailbox exists');
  return made;
}

/** Parsed content, as a door would have it. */
export const content = (parts: Record<string, unknown> = {}): EmailContent =>
  contentSchema.parse({ to: ['ada@reader.example'], subject: 'Hello', text: 'Hello Ada', ...parts });

/** An admission by this mailbox with a message id of its own. */
export function admission(mailbox: MailboxRow, changes: Partial<Admission> = {}): Admission {
  const name = randomUUID().replaceAll('-', '');
  return {
    ...{ id: `msg_${name}`, run: `run-${name}`, org: mailbox.org, mailbox: mailbox.id, mode: 'live' },
    ...{ dedupeKey: name, requestHash: sha256(name), principal: 'prn_agent', key: null },
    ...{ content: content(), category: 'transactional' as const, attachments: [] },
    ...{ tags: [], metadata: {} },
    ...changes,
  };
}

export const attachment = (text: string): Admission['attachments'][number] => {
  const bytes = new TextEncoder().encode(text);
  const sha = sha256(bytes);
  return { filename: 'a.txt', contentType: 'text/plain', size: bytes.length, sha256: sha, bytes };
};

export type Go = Extract<Claimed, { answer: 'go' }>;
/** Of a message; the rest is as a first try at `smtp` would have it. */
export type ClaimChanges = Partial<Parameters<Store['claim']>[0]>;

/** Claims as the workflow would: with the current digest and the next attempt. */
export async function claim(
  store: Store,
  owner: { id: string; run: string },
  changes: ClaimChanges = {},
): Promise<Claimed> {
  const view = await store.view(owner.id);
  if (view === null) throw new Error('no such message');
  return await store.claim({
    ...{
      id: owner.id,
      run: owner.run,
      digest: view.digest,
      attempt: view.delivery.attempt,
      provider: 'smtp',
    },
    ...{ execution: { run: owner.run, try: 1 }, leaseMs: 60_000, dedupesFor: 0 },
    ...changes,
  });
}

/** Claims and gets `go`, or throws. */
export async function go(
  store: Store,
  owner: { id: string; run: string },
  changes: ClaimChanges = {},
): Promise<Go & { attempt: number }> {
  const view = await store.view(owner.id);
  const claimed = await claim(store, owner, changes);
  if (claimed.answer !== 'go') throw new Error(`no: ${claimed.view.status} ${claimed.view.stage}`);
  return { ...claimed, attempt: changes.attempt ?? view?.delivery.attempt ?? 0 };
}

/** Sends: claims and records that the provider accepted everybody. */
export async function send(
  store: Store,
  owner: { id: string; run: string },
  providerMessageId?: string,
): Promise<void> {
  const claimed = await go(store, owner);
  await store.recordReceipt({
    ...{
      id: owner.id,
      run: owner.run,
      attempt: claimed.attempt,
      try: claimed.try,
      provider: 'smtp',
      reports: [],
    },
    receipt: {
      recipients: claimed.recipients.map(({ index }) => ({ index, outcome: 'accepted' as const })),
      ...(providerMessageId !== undefined && { providerMessageId }),
    },
  });
}

/** Publishes every event, of other tests too. */
export async function publishAll(store: Store): Promise<void> {
  for (let rounds = 0; rounds < 100; rounds++) if ((await store.publishEvents(500)) === 0) return;
  throw new Error('there is no end of events');
}
