/** @module A policy that is only thought of: what holds, with a patch on it. Pure. */
import { applyPatch, type Patch } from './patch.js';
import { policySchema, type Policy } from './schema.js';

/** One answer per policy, so that the same one stays the same object. @throws ZodError where the patch is none. */
export function candidateBy(patch: Patch): (policy: Policy) => Policy {
  const made = new Map<Policy, Policy>();
  return (policy) => {
    const known = made.get(policy) ?? policySchema.parse(applyPatch(policy, patch));
    made.set(policy, known);
    return known;
  };
}
