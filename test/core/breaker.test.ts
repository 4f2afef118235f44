/** @module The breaker of a provider: a few failures open it, one probe at a time, a success closes it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterFailure,
  afterNeither,
  afterSuccess,
  asksAgainAt,
  passage,
  signalOf,
  stateOf,
  type Breaker,
  type BreakerSettings,
} from '../../src/core/delivery/breaker.js';
import type { RecipientReceipt, RefusalReason } from '../../src/core/delivery/receipt.js';

const SETTINGS: BreakerSettings = { failures: 5, within: 60_000, openFor: 30_000, longest: 600_000 };

/** Failures of tries that were claimed when they failed. */
const failing = (times: readonly number[], settings = SETTINGS): Breaker | null =>
  times.reduce<Breaker | null>((one, now) => afterFailure(one, { claimedAt: now, now }, settings), null);

const open = (): Breaker => failing([0, 1, 2, 3, 4]) as Breaker;

test('five failures in a row within a minute open it for thirty seconds, four do not', () => {
  const closed = failing([0, 1, 2, 3]) as Breaker;
  expect([stateOf(closed, 3), passage(closed, 3)]).toEqual(['closed', 'go']);
  expect(open()).toMatchObject({ openedAt: 4, retryAt: 30_004, opens: 1, probeUntil: null });
  expect([stateOf(open(), 30_003), passage(open(), 30_003)]).toEqual(['open', 'no']);
  expect([stateOf(open(), 30_004), passage(open(), 30_004)]).toEqual(['half_open', 'probe']);
});

test('failures count only while they lie within the time, however it is cut', () => {
  expect(stateOf(failing([0, 20_000, 40_000, 60_000, 80_000]) as Breaker, 80_000)).toBe('closed');
  expect(stateOf(failing([0, 59_990, 59_991, 59_992, 60_001, 60_002]) as Breaker, 60_002)).toBe('open');
});

test('a success in between begins the count anew', () => {
  const four = failing([0, 1, 2, 3]) as Breaker;
  expect(afterSuccess(four, { claimedAt: 3, now: 4 })).toBeNull();
});

test('each probe that fails keeps it open twice as long, up to the longest; one that succeeds closes it', () => {
  let one = open();
  const waits: number[] = [];
  for (let probes = 0; probes < 7; probes++) {
    const now = one.retryAt as number;
    expect(passage(one, now)).toBe('probe');
    one = afterFailure({ ...one, probeUntil: now + 1_000 }, { claimedAt: now, now: now + 10 }, SETTINGS);
    expect(one.probeUntil).toBeNull();
    waits.push(((one.retryAt as number) - now - 10) / 1_000);
  }
  expect(waits).toEqual([60, 120, 240, 480, 600, 600, 600]);
  expect(afterSuccess(one, { claimedAt: one.retryAt as number, now: one.retryAt as number })).toBeNull();
});

test('what was under way when it opened neither closes it nor keeps it open longer', () => {
  const late = { claimedAt: 3, now: 20_000 };
  expect(afterSuccess(open(), late)).toEqual(open());
  expect(afterFailure(open(), late, SETTINGS)).toEqual(open());
  expect(afterNeither({ ...open(), probeUntil: 40_000 }, late).probeUntil).toBe(40_000);
});

test('what is repeated while it is open probes nothing: it fails without keeping it open longer, and closes it where it succeeds', () => {
  const repeated = { claimedAt: 20_000, now: 20_010 };
  expect(afterFailure(open(), repeated, SETTINGS)).toEqual(open());
  expect(afterSuccess(open(), repeated)).toBeNull();
});

test('while a probe is under way nobody else goes; one that says nothing of the provider lets the next one', () => {
  const probing: Breaker = { ...open(), probeUntil: 50_000 };
  expect(passage(probing, 40_000)).toBe('no');
  expect(passage(probing, 50_000)).toBe('probe');
  expect(passage(afterNeither(probing, { claimedAt: 30_004, now: 40_000 }), 40_000)).toBe('probe');
});

test('whoever waits asks again when a probe may go, and soon where one is under way', () => {
  expect(asksAgainAt(open(), 5)).toBe(30_004);
  expect(asksAgainAt({ ...open(), probeUntil: 150_000 }, 40_000)).toBe(45_000);
  expect(asksAgainAt({ ...open(), probeUntil: 41_000 }, 40_000)).toBe(41_000);
  expect(asksAgainAt(open(), 30_004)).toBe(30_004);
});

test('for any course of answers it is open exactly where a model that counts says so, and never without an end', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 40_000 }),
    signal: fc.constantFrom('failure', 'success', 'neither' as const),
  });
  const settings = fc.record({
    failures: fc.integer({ min: 1, max: 6 }),
    within: fc.integer({ min: 10, max: 90_000 }),
    openFor: fc.integer({ min: 10, max: 60_000 }),
    longest: fc.integer({ min: 60_000, max: 600_000 }),
  });
  fc.assert(
    fc.property(settings, fc.array(step, { maxLength: 60 }), (limits, steps) => {
      let one: Breaker | null = null;
      let now = 0;
      let run: number[] = [];
      let until: number | null = null;
      let opens = 0;
      for (const { wait, signal } of steps) {
        now += wait;
        const may = one === null ? 'go' : passage(one, now);
        expect(may === 'no').toBe(until !== null && now < until);
        if (one !== null) expect(asksAgainAt(one, now)).toBeLessThanOrEqual(now + limits.longest);
        // Whoever may not go gives no answer.
        if (may === 'no') continue;
        const tried = { claimedAt: now, now };
        if (signal === 'success') {
          one = one === null ? null : afterSuccess(one, tried);
          [run, until, opens] = [[], null, 0];
          expect(one).toBeNull();
        } else if (signal === 'failure') {
          one = afterFailure(one, tried, limits);
          run = [...run, now].filter((at) => at > now - limits.within);
          if (until !== null || run.length >= limits.failures) {
            until = now + Math.min(limits.openFor * 2 ** opens, limits.longest);
            opens += 1;
          }
        } else if (one !== null) one = afterNeither(one, tried);
      }
    }),
    { numRuns: 500 },
  );
});

test('what an answer says of its provider: failures are ours or its own, judgements prove that it is well', () => {
  const say = (...recipients: Omit<RecipientReceipt, 'index'>[]): string =>
    signalOf({ recipients: recipients.map((one, index) => ({ index, ...one })) });
  const retry = (reason: RefusalReason) => ({ outcome: 'not_sent_retry' as const, reason });
  const never = (reason: RefusalReason) => ({ outcome: 'not_sent_permanent' as const, reason });
  for (const reason of ['transient', 'timeout', 'config'] as const) {
    expect(say(retry(reason))).toBe('failure');
    expect(say(never(reason))).toBe('failure');
  }
  for (const reason of ['recipient', 'content', 'refused'] as const)
    expect(say(never(reason))).toBe('success');
  for (const reason of ['rate', 'quota'] as const) expect(say(retry(reason))).toBe('neither');
  expect(say({ outcome: 'unknown' })).toBe('failure');
  expect(say({ outcome: 'accepted' }, { outcome: 'unknown' })).toBe('success');
  expect(say(never('recipient'), { outcome: 'unknown' })).toBe('failure');
});
