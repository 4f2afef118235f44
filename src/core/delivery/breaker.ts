/**
 * @module The circuit breaker of one provider for one sending domain of one org: when it opens, whom it lets through,
 * when it closes. Pure. Instants are milliseconds. A provider that answers has none: it is made by a failure and goes
 * with the first success.
 */
import type { Receipt } from './receipt.js';

export interface Breaker {
  /** When the failures of the last `within` happened, oldest first; at most as many as open it. */
  recent: readonly number[];
  /** Since when it is open; null while it is closed. */
  openedAt: number | null;
  /** When the next probe may go. */
  retryAt: number | null;
  /** How often it has opened in a row. */
  opens: number;
  /** A probe is under way, until then at most; nobody else goes meanwhile. */
  probeUntil: number | null;
}

/** Milliseconds, but for `failures`. */
export interface BreakerSettings {
  /** So many in a row open it, */
  failures: number;
  /** where they come within this time. */
  within: number;
  /** How long it stays open the first time; each further time twice as long, */
  openFor: number;
  /** but never longer than this. */
  longest: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export function stateOf({ openedAt, retryAt }: Breaker, now: number): BreakerState {
  if (openedAt === null) return 'closed';
  return retryAt !== null && retryAt > now ? 'open' : 'half_open';
}

/** `probe`: one may go, if it is the first to say so. */
export function passage(breaker: Breaker, now: number): 'go' | 'probe' | 'no' {
  const state = stateOf(breaker, now);
  if (state === 'closed') return 'go';
  const isFree = breaker.probeUntil === null || breaker.probeUntil <= now;
  return state === 'half_open' && isFree ? 'probe' : 'no';
}

/** A probe's answer is mostly there long before its lease is over, so whoever waits for it looks this often. */
const PROBE_LOOK = 5_000;

/** When it is worth asking again; now, where somebody may go. */
export function asksAgainAt(breaker: Breaker, now: number): number {
  if (passage(breaker, now) !== 'no') return now;
  const { retryAt, probeUntil } = breaker;
  return retryAt !== null && retryAt > now ? retryAt : Math.min(probeUntil ?? now, now + PROBE_LOOK);
}

/** A try: when it was claimed, and when its answer came. */
export interface Tried {
  claimedAt: number;
  now: number;
}

export function afterFailure(
  before: Breaker | null,
  { claimedAt, now }: Tried,
  settings: BreakerSettings,
): Breaker {
  const { failures, within } = settings;
  if (before !== null && before.openedAt !== null)
    // Only a probe says something new. The others were under way when it opened, or went although it was open: what
    // repeats a send that has begun there is let through.
    return claimedAt < (before.retryAt ?? before.openedAt) ? before : opened(before, now, settings);
  const recent = [...(before?.recent ?? []).filter((at) => at > now - within), now].slice(-failures);
  const closed = { recent, openedAt: null, retryAt: null, opens: 0, probeUntil: null };
  return recent.length < failures ? closed : opened(closed, now, settings);
}

function opened(before: Breaker, now: number, { openFor, longest }: BreakerSettings): Breaker {
  const retryAt = now + Math.min(openFor * 2 ** before.opens, longest);
  return { ...before, openedAt: now, retryAt, opens: before.opens + 1, probeUntil: null };
}

/** Null where it is gone: it is closed, and no failure counts any more. */
export const afterSuccess = (before: Breaker, { claimedAt }: Tried): Breaker | null =>
  before.openedAt !== null && claimedAt < before.openedAt ? before : null;

/** Neither: the provider answered, but not about what it can. Where it was the probe, the next one may go. */
export const afterNeither = (before: Breaker, { claimedAt }: Tried): Breaker =>
  before.openedAt !== null && claimedAt >= before.openedAt ? { ...before, probeUntil: null } : before;

/** Reasons that speak against the provider, and those for which it has to be well to find them. */
const FAILURES: ReadonlySet<string> = new Set(['transient', 'timeout', 'config']);
const JUDGEMENTS: ReadonlySet<string> = new Set(['recipient', 'content', 'refused']);

/**
 * What one answer says of its provider. That nobody knows whether it was sent counts against it, as long as it took
 * nobody else; too fast (`rate`) and used up (`quota`) are no fault of it.
 */
export function signalOf({ recipients }: Receipt): 'success' | 'failure' | 'neither' {
  const reasonIn = (reasons: ReadonlySet<string>): boolean =>
    recipients.some(({ reason }) => reason !== undefined && reasons.has(reason));
  if (recipients.some((one) => one.outcome === 'accepted')) return 'success';
  if (recipients.some((one) => one.outcome === 'unknown') || reasonIn(FAILURES)) return 'failure';
  return reasonIn(JUDGEMENTS) ? 'success' : 'neither';
}
