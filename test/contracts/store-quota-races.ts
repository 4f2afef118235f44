/**
 * @module Limits under races: whatever is admitted, claimed, answered, edited, moved and canceled in whatever
 * order, a bucket never counts past its limit, and counts exactly the places that are held in it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import type { Admission, Claimed, MailboxRow } from '../../src/store/store.js';
import { domainOf } from '../../src/core/email/address.js';
import { policySchema, type Policy } from '../../src/core/policy/schema.js';
import { RATE_SUBJECTS, RATE_WINDOWS } from '../../src/core/policy/settings/limits.js';
import { limitsOf } from '../../src/store/limits.js';
import { expectKept } from '../support/kept-limits.js';
import { admission, claim, content, HOUR, makeMailbox, MINUTE, type TestStore } from '../support/store.js';
import type { Bed } from './store.js';

const STEPS = [
  'admit',
  'admit',
  'later',
  'claim',
  'claim',
  'accept',
  'refuse',
  'edit',
  'move',
  'cancel',
  'settle',
] as const;
const MESSAGES = 8;
const PEOPLE = ['ann@a.example', 'bob@a.example', 'cyd@b.example', 'dan@b.example'] as const;

/** Limits of every kind, so low that they are met; the clock moves by less than the hours that they count. */
const policies: fc.Arbitrary<Policy> = fc
  .record({
    limits: fc.record({
      hourly: fc.integer({ min: 1, max: 8 }),
      daily: fc.integer({ min: 2, max: 12 }),
      onLimit: fc.constantFrom('deny' as const, 'wait' as const),
      rates: fc.uniqueArray(
        fc.record({
          per: fc.constantFrom(...RATE_SUBJECTS),
          window: fc.constantFrom(...RATE_WINDOWS),
          limit: fc.integer({ min: 1, max: 5 }),
        }),
        { maxLength: 4, selector: ({ per, window }) => `${per} ${window}` },
      ),
    }),
    recipients: fc.record({
      perHour: fc.integer({ min: 1, max: 4 }),
      cooldownMinutes: fc.constantFrom(0, 0, 30, 90),
      distinct: fc.oneof(
        fc.constant({}),
        fc.record({ fiveMinutes: fc.integer({ min: 1, max: 3 }), day: fc.integer({ min: 1, max: 4 }) }),
      ),
    }),
  })
  .map((policy) => policySchema.parse(policy));

const scenarios = fc.record({
  policy: policies,
  /** To whom each message goes. */
  to: fc.array(fc.constantFrom(...PEOPLE), { minLength: MESSAGES, maxLength: MESSAGES }),
  /** What is done in each of three rounds. */
  hours: fc.array(
    fc.array(fc.record({ step: fc.constantFrom(...STEPS), who: fc.nat(MESSAGES - 1) }), {
      minLength: 10,
      maxLength: 30,
    }),
    { minLength: 3, maxLength: 3 },
  ),
});
type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never;
type Step = Scenario['hours'][number][number];

/** "Not now; repeat" is an answer that every caller of the store obeys. */
async function taken<T>(run: () => Promise<T>, tries = 8): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (tries === 0 || !(error instanceof Problem) || error.code !== 'unavailable') throw error;
    return await taken(run, tries - 1);
  }
}

interface Play {
  bed: TestStore;
  mailbox: MailboxRow;
  messages: Admission[];
  /** The claims that were let through, by message. */
  gone: Map<string, Extract<Claimed, { answer: 'go' }> & { attempt: number; at: number }>;
  /** Accepted by the provider: when each was claimed. */
  accepted: Map<string, number>;
}

async function play(
  { bed: { store, clock }, messages, ...all }: Play,
  { step, who }: Step,
): Promise<unknown> {
  const message = messages[who];
  if (message === undefined) return;
  if (step === 'admit') return await store.admit(message);
  if (step === 'later')
    return await store.admit({ ...message, sendAt: new Date(clock().getTime() + HOUR).toISOString() });
  const view = await store.view(message.id);
  if (view === null) return;
  const { id, run } = message;
  const { attempt } = view.delivery;
  const gone = all.gone.get(id);
  switch (step) {
    case 'claim': {
      const claimed = await claim(store, message, { attempt });
      if (claimed.answer === 'go') all.gone.set(id, { ...claimed, attempt, at: clock().getTime() });
      return;
    }
    case 'accept':
    case 'refuse': {
      if (gone === undefined) return;
      const outcome = step === 'accept' ? ('accepted' as const) : ('not_sent_retry' as const);
      const after = await store.recordReceipt({
        ...{ id, run, attempt: gone.attempt, try: gone.try, provider: 'smtp', reports: [] },
        receipt: { recipients: [{ index: 0, outcome, reason: 'transient' }] },
      });
      if (after.status === 'sent' && !all.accepted.has(id)) all.accepted.set(id, gone.at);
      return;
    }
    case 'edit': {
      const edited = content({ to: message.content.to, subject: `edited ${view.version}` });
      return await store.revise({
        id,
        digest: view.digest,
        content: edited,
        attachments: [],
        by: 'prn_agent',
      });
    }
    case 'move': {
      const sendAt = new Date(clock().getTime() + HOUR).toISOString();
      return await store.reschedule({ id, sendAt, version: view.version, by: 'prn_agent' });
    }
    case 'cancel':
      return await store.decide({ id, action: 'cancel', by: 'prn_agent', via: 'door' });
    case 'settle':
      return await store.settle({
        ...{ id, run, attempt: gone?.attempt ?? 0, provider: 'smtp' },
        route: [{ provider: 'smtp', weight: 1, failover: false, envelope: true }],
      });
  }
}

const KEY = 'key_of_the_agent';
const personOf = ({ content: { to } }: Admission): string => to[0]?.address ?? '';

/** Every bucket of the mailbox, against its limit and against the places that messages hold in it. */
async function audit({ bed: { db }, mailbox, messages }: Play, policy: Policy): Promise<void> {
  const { buckets, places, ended } = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      buckets: await trx.selectFrom('quotas').selectAll().where('org', '=', mailbox.org).execute(),
      places: await trx
        .selectFrom('reservations')
        .selectAll()
        .where('org', '=', mailbox.org)
        .where('state', '!=', 'returned')
        .execute(),
      ended: await trx
        .selectFrom('messages')
        .select('id')
        .where('org', '=', mailbox.org)
        .where('status', 'in', ['denied', 'canceled', 'expired', 'rejected'])
        .where('maybe_sent', '=', false)
        .execute(),
    }));
  const recipientDomains = new Map(messages.map((one) => [domainOf(personOf(one)), [0]]));
  const domain = domainOf(mailbox.address);
  const limits = limitsOf(policy, { mailbox: mailbox.id, domain, key: KEY, recipientDomains });
  const now = new Date();
  for (const { limit_key, bucket, used } of buckets) {
    const name = `${limit_key} ${bucket.toISOString()}`;
    const held = places.filter(
      (one) => one.limit_key === limit_key && one.bucket.getTime() === bucket.getTime(),
    );
    expect(used, name).toBe(held.length);
    expect(used, name).toBeLessThanOrEqual(limits.find((one) => one.key === limit_key)?.limitAt(now) ?? 0);
  }
  const known = new Set(buckets.map((one) => `${one.limit_key} ${one.bucket.toISOString()}`));
  for (const one of places) expect(known).toContain(`${one.limit_key} ${one.bucket.toISOString()}`);
  const over = new Set(ended.map((one) => one.id));
  expect(places.filter((one) => over.has(one.message))).toEqual([]);
}

/** `racers`: how many steps are under way at once. */
export function quotaRaces(bed: Bed, racers: number, runs: number): void {
  test(`${racers} racers admit, claim, cancel and edit in any order: no bucket passes its limit, and each counts the places held in it`, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async ({ policy, to, hours }) => {
        const mailbox = await makeMailbox(bed().store, { policy });
        const all: Play = {
          ...{ bed: bed(), mailbox, gone: new Map(), accepted: new Map() },
          messages: to.map((one) => admission(mailbox, { key: KEY, content: content({ to: [one] }) })),
        };
        for (const steps of hours) {
          let next = 0;
          const racer = async (): Promise<void> => {
            for (let step = steps[next++]; step !== undefined; step = steps[next++]) {
              const one = step;
              await taken(() => play(all, one));
            }
          };
          await Promise.all([
            ...Array.from({ length: racers }, racer),
            // Also in the middle of it.
            audit(all, policy),
          ]);
          await audit(all, policy);
          bed().clock.advance(40 * MINUTE);
        }
        const person = new Map(all.messages.map((one) => [one.id, personOf(one)]));
        expectKept(
          policy,
          [...all.accepted].map(([id, at]) => ({ to: person.get(id) ?? '', at })),
        );
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 60_000);
}

/** `racers`: how many sends are under way at once. */
export function sendRaces(bed: Bed, racers: number, runs: number): void {
  test(`64 emails, ${racers} at once: no limit of any kind lets one too many through`, async () => {
    await fc.assert(
      fc.asyncProperty(
        policies,
        fc.array(fc.constantFrom(...PEOPLE), { minLength: 64, maxLength: 64 }),
        async (policy, to) => {
          const { store, clock } = bed();
          const mailbox = await makeMailbox(store, { policy });
          const went: { to: string; at: number }[] = [];
          let next = 0;
          const racer = async (): Promise<void> => {
            for (let one = to[next++]; one !== undefined; one = to[next++]) {
              const wanted = admission(mailbox, { key: KEY, content: content({ to: [one] }) });
              const { view } = await taken(() => store.admit(wanted));
              if (view.status !== 'queued') continue;
              const { answer } = await taken(() => claim(store, wanted));
              if (answer === 'go') went.push({ to: one, at: clock().getTime() });
            }
          };
          await Promise.all(Array.from({ length: racers }, racer));
          expectKept(policy, went);
          expect(went.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs, endOnFailure: true },
    );
  }, 120_000);
}
