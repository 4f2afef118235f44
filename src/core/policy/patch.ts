/**
 * @module Policies that say only what differs: a mailbox's on its org's, and that on the defaults. JSON Merge Patch
 * (RFC 7396): objects are merged, null takes a setting back to its default, everything else stands in place. Pure.
 */

/** JSON; what may stand in a policy as it is written. */
export type Patch = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Patch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value with the patch applied to it. */
export function applyPatch(value: Patch, patch: Patch): Record<string, unknown> {
  const result = new Map(Object.entries(value));
  for (const [key, change] of Object.entries(patch)) {
    const before = result.get(key);
    if (change === null || change === undefined) result.delete(key);
    else result.set(key, isObject(change) ? applyPatch(isObject(before) ? before : {}, change) : change);
  }
  return Object.fromEntries(result);
}

/** One patch that does what the two do, one after the other: what takes something back still does. */
export function joinPatches(first: Patch, second: Patch): Record<string, unknown> {
  const result = new Map(Object.entries(first));
  for (const [key, change] of Object.entries(second)) {
    if (change === undefined) continue;
    const before = result.get(key);
    result.set(key, isObject(change) && isObject(before) ? joinPatches(before, change) : change);
  }
  return Object.fromEntries(result);
}
