/**
 * @module Limits under races: whatever is admitted, claimed, answered, edited, moved and canceled in whatever
 * order, a bucket never counts past its limit, and counts exactly the places that are held in it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import type { Admission, Claimed, MailboxRow } from '../../src/store/store.js';
import { admission, claim, content, HOUR, makeMailbox, type TestStore } from '../support/store.js';
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

const scenarios = fc.record({
  hourly: fc.integer({ min: 1, max: 4 }),
  daily: fc.integer({ min: 2, max: 6 }),
  onLimit: fc.constantFrom('deny' as const, 'wait' as const),
  /** What is done in each of three hours. */
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
async function taken(run: () => Promise<unknown>, tries = 8): Promise<unknown> {
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
      const edited = content({ subject: `edited ${view.version}` });
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

/** Every bucket of the mailbox, against its limit and against the places that messages hold in it. */
async function audit({ bed: { db }, mailbox }: Play, limits: Record<string, number>): Promise<void> {
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
  for (const { limit_key, bucket, used } of buckets) {
    const name = `${limit_key} ${bucket.toISOString()}`;
    const held = places.filter(
      (one) => one.limit_key === limit_key && one.bucket.getTime() === bucket.getTime(),
    );
    expect(used, name).toBe(held.length);
    expect(used, name).toBeLessThanOrEqual(limits[limit_key.split(':').at(-1) ?? ''] ?? 0);
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
      fc.asyncProperty(scenarios, async ({ hourly, daily, onLimit, hours }) => {
        const limits = { hourly, daily };
        const mailbox = await makeMailbox(bed().store, { policy: { limits: { ...limits, onLimit } } });
        const all: Play = {
          ...{ bed: bed(), mailbox, gone: new Map(), accepted: new Map() },
          messages: Array.from({ length: MESSAGES }, () => admission(mailbox)),
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
            audit(all, limits),
          ]);
          await audit(all, limits);
          bed().clock.advance(HOUR);
        }
        for (const window of ['hourly', 'daily'] as const) {
          const size = window === 'hourly' ? HOUR : 24 * HOUR;
          const counts = new Map<number, number>();
          for (const at of all.accepted.values()) {
            const bucket = Math.floor(at / size);
            counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
          }
          for (const count of counts.values()) expect(count).toBeLessThanOrEqual(limits[window]);
        }
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 60_000);
}
