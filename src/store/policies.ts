/**
 * @module The policy that holds for a mailbox: what it says itself, on what its org says, on the defaults. Parsing a
 * thousand patterns takes longer than a transaction, so that the last ones are kept, by what they were made from.
 */
import { sql } from 'kysely';
import { applyPatch, type Patch } from '../core/policy/patch.js';
import { policySchema, type Policy } from '../core/policy/schema.js';
import { fromJson, type Json } from './json.js';

/** A column beside those of `mailboxes`: the patch of the org; null where it has none. */
export const ORG_POLICY = sql<Json | null>`(select orgs.policy from orgs where orgs.org = mailboxes.org)`;

/** Not checked yet. */
export const patched = (org: Json | null, mailbox: Json): Record<string, unknown> =>
  applyPatch(org === null ? {} : applyPatch({}, fromJson<Patch>(org)), fromJson<Patch>(mailbox));

const MOST_KEPT = 500;

/** What is given must not be changed: others have it, too. */
export function policiesKept(): (org: Json | null, mailbox: Json) => Policy {
  const kept = new Map<string, Policy>();
  return (org, mailbox) => {
    const name = `${org ?? '{}'}\n${mailbox}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    const policy = policySchema.parse(patched(org, mailbox));
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(name, policy);
    return policy;
  };
}

/** One for all stores of a process: what it keeps depends on nothing but what it is asked. */
export const policyOf = policiesKept();
