/**
 * @module The person who gets a blind copy of every email to somebody outside (`oversight`). The copy is part of the
 * revision, so it is in the digest and everybody sees it who decides; but its reader is nobody to whom the agent writes,
 * so rules on recipients do not count them: an allow-list keeps no overseer out, and no limit runs full of copies. What
 * is suppressed is not written to all the same. Pure.
 */
import { domainOf } from '../email/address.js';
import { recipientsOf, type Revision } from '../email/revision.js';
import { matchesAny } from './rules/recipient-pattern.js';
import type { Policy } from './schema.js';

type Watched = Pick<Policy, 'oversight'>;

/** The revision with the copy that the policy wants; as it is where it wants none, or has it already. */
export function overseen(revision: Revision, policy: Watched): Revision {
  const bcc = overseerOf(revision, policy);
  if (bcc === null || recipientsOf(revision).some((one) => isSame(one.address, bcc))) return revision;
  return { ...revision, bcc: [...revision.bcc, { address: bcc }] };
}

/** The revision without that copy. It stands last, so that the others keep their indexes. */
export function withoutOverseer(revision: Revision, policy: Watched): Revision {
  const last = revision.bcc.at(-1);
  if (policy.oversight === undefined || last === undefined) return revision;
  const rest = { ...revision, bcc: revision.bcc.slice(0, -1) };
  const bcc = overseerOf(rest, policy);
  return bcc !== null && isSame(last.address, bcc) ? rest : revision;
}

/** Who gets a copy of it: where one of its recipients is outside, and not exempt. */
export function overseerOf(revision: Revision, { oversight }: Watched): string | null {
  if (oversight === undefined) return null;
  const own = domainOf(revision.from.address.toLowerCase());
  const needsIt = ({ address }: { address: string }): boolean =>
    domainOf(address.toLowerCase()) !== own &&
    !isSame(address, oversight.bcc) &&
    !matchesAny(oversight.exempt, address);
  return recipientsOf(revision).some(needsIt) ? oversight.bcc : null;
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
