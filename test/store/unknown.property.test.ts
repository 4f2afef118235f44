/**
 * @module Whatever the providers answer and whatever comes in between: the store ends where a small model ends, and
 * nobody gets an email twice without somebody having said that it was not sent, or having chosen that it may be.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MailboxRow } from '../../src/store/store.js';
import { HOUR, makeMailbox, START, testStore, type TestStore } from '../support/store.js';
import { Model, Vendor, type Call, type VendorKind } from './unknown-model.js';
import { World, type Step } from './unknown-world.js';

const YEAR = 365 * 24 * HOUR;

let bed: TestStore;
let mailbox: MailboxRow;
beforeAll(async () => {
  bed = await testStore();
  mailbox = await makeMailbox(bed.store, { policy: { limits: { hourly: 1_000_000, daily: 1_000_000 } } });
}, 60_000);
afterAll(() => bed.end());

const kind: fc.Arbitrary<VendorKind> = fc.record({
  dedupes: fc.constantFrom(true, true, false),
  envelope: fc.boolean(),
  lookup: fc.constantFrom('none', 'partial', 'complete'),
});
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    is: fc.constantFrom('accepted' as const, 'retry' as const, 'permanent' as const, 'config' as const),
  }),
  fc.record({
    is: fc.constant('mixed' as const),
    answers: fc.array(fc.constantFrom('accepted', 'retry', 'permanent', 'unknown'), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
  { weight: 3, arbitrary: fc.record({ is: fc.constant('unknown' as const), takes: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('crash' as const), takes: fc.boolean(), late: fc.boolean() }),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'work' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(1, 6, 20, 150, 150) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'late' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      type: fc.constantFrom(
        'deferred' as const,
        'delivered' as const,
        'bounced' as const,
        'complained' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lookup' as const), misses: fc.boolean(), fails: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resolve' as const),
      as: fc.constantFrom('sent' as const, 'not_sent' as const, 'abandoned' as const),
    }),
  },
);
/** The vendor took it, nobody heard so, and by the time of the repetition it has forgotten the key. */
const FORGOTTEN = (policy: 'hold' | 'retry_same') => ({
  ...{ kinds: [{ dedupes: true, envelope: true, lookup: 'none' as const }], count: 2, policy },
  calls: [{ is: policy === 'hold' ? ('crash' as const) : ('unknown' as const), takes: true, late: false }],
  steps: [{ do: 'work' as const }, { do: 'wait' as const, minutes: 150 }, { do: 'work' as const }],
});

const scripts = fc.record({
  kinds: fc.array(kind, { minLength: 1, maxLength: 3 }),
  count: fc.integer({ min: 1, max: 3 }),
  policy: fc.constantFrom('hold' as const, 'retry_same' as const, 'failover' as const),
  calls: fc.array(call, { maxLength: 7 }),
  steps: fc.array(step, { minLength: 3, maxLength: 16 }),
});

test('for any script of answers and interleavings the store ends where the model does, and sends nothing twice', async () => {
  const property = fc.asyncProperty(scripts, async ({ kinds, count, policy, calls, steps }) => {
    bed.clock.set(START);
    const store = bed.with({
      onUnknown: { transactional: policy, conversational: policy, commercial: policy },
      ...{ feedbackWindowMs: YEAR, giveUpAfterMs: YEAR },
      breaker: { failures: 99, within: 1, openFor: 1, longest: 1 },
    });
    const vendors = kinds.map((one, i) => new Vendor(`p${i}`, one));
    const model = new Model(count, policy);
    const world = await World.open(store, bed.clock, mailbox, vendors, model, [...calls]);
    for (const one of steps) await world.step(one);
    await world.drain();
    expect(await world.states()).toEqual(model.all.map((one) => one.state));
    model.all.forEach(({ excuses: { said, failovers } }, index) => {
      const emails = vendors.map((one) => one.emailsTo(index));
      for (const one of emails) expect(one).toBeLessThanOrEqual(1 + said);
      expect(emails.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1 + said + failovers);
    });
  });
  const examples: [ReturnType<typeof FORGOTTEN>][] = [[FORGOTTEN('hold')], [FORGOTTEN('retry_same')]];
  await fc.assert(property, {
    examples,
    numRuns: 400,
    interruptAfterTimeLimit: 35_000,
    markInterruptAsFailure: false,
  });
}, 60_000);
