/**
 * @module What is done about an outcome that nobody knows: which way for which category, and when somebody looks. Pure.
 */
import type { Category } from '../email/request.js';

/**
 * `hold`: nothing is sent; a lookup, a later report or a person settles it. `retry_same`: once more at the same
 * provider under the same key, where it deduplicates; elsewhere as `hold`. `failover`: the next provider sends it,
 * which may make a duplicate.
 */
export const ON_UNKNOWN = ['hold', 'retry_same', 'failover'] as const;
export type OnUnknown = (typeof ON_UNKNOWN)[number];
export type UnknownPolicy = Readonly<Record<Category, OnUnknown>>;

/** Milliseconds, all of them counted from the try but for `retries`. */
export interface UnknownSchedule {
  /** When the provider is asked what became of it, where it can be asked. */
  lookups: readonly number[];
  /** `retry_same`: from one unknown outcome to the next try; after the last one it is held. */
  retries: readonly number[];
  /** When people are told that it is still unknown. */
  alertAfter: number;
  /** When they are told for the last time, and nobody looks any more. */
  deadline: number;
}

/** A try that left some unknown. */
export interface Watched {
  at: Date;
  leaseUntil: Date;
  /** How often the provider was asked. */
  lookups: number;
  /** How often people were told. */
  alerts: number;
}

/** When the provider is asked next, never while the try may still be under way; null where it is not. */
export function nextLookup(
  { at, leaseUntil, lookups, alerts }: Watched,
  schedule: UnknownSchedule,
): Date | null {
  const after = schedule.lookups[lookups];
  if (after === undefined || alerts >= 2) return null;
  return new Date(Math.max(at.getTime() + after, leaseUntil.getTime()));
}

/** When people are told next; null once they were told twice. */
export function nextAlert({ at, alerts }: Watched, { alertAfter, deadline }: UnknownSchedule): Date | null {
  const after = [Math.min(alertAfter, deadline), deadline][alerts];
  return after === undefined ? null : new Date(at.getTime() + after);
}

/** The earlier of the two. `notBefore`: of the lookup, where one has just failed; null: the provider can't be asked. */
export function nextWatch(watched: Watched, schedule: UnknownSchedule, notBefore: Date | null): Date | null {
  const lookup = notBefore === null ? null : nextLookup(watched, schedule);
  const times = [
    ...(lookup === null || notBefore === null ? [] : [Math.max(lookup.getTime(), notBefore.getTime())]),
    ...[nextAlert(watched, schedule)].flatMap((one) => one?.getTime() ?? []),
  ];
  return times.length === 0 ? null : new Date(Math.min(...times));
}
