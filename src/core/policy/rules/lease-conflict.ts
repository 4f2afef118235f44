/**
 * @module One agent of an org at a time is in contact with somebody. Whoever asks while another one is hears who, and
 * until when; what was accepted before waits for as long.
 */
import { failed, passed, type Rule } from '../rule.js';

export const leaseConflict: Rule = {
  code: 'lease_conflict',
  summary: 'Nobody writes to somebody with whom another agent of the org is in contact.',
  mode: 'enforce',
  settings: [],
  remedy: 'Leave the contact to the agent who holds it, or wait until the lease ends.',
  judge({ facts: { admitted, leases } }) {
    const [last] = leases.toSorted((a, b) => b.until.localeCompare(a.until));
    if (last === undefined) return passed();
    const recipients = leases.map((one) => one.index).sort((a, b) => a - b);
    const evidence = { recipients, holder: last.holder, until: last.until };
    return failed(admitted ? 'wait' : 'deny', evidence, last.until);
  },
};
