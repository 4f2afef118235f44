/**
 * @module Emails that say the same to the same people. Those of one mailbox take turns at the door, so that of two at
 * once the second finds the first.
 */
import { canonical } from '../core/email/canonical.js';
import type { Address } from '../core/email/address.js';
import type { Revision } from '../core/email/revision.js';
import { modeOf } from '../core/policy/mode.js';
import type { Policy } from '../core/policy/schema.js';
import type { Subject } from './judge.js';
import { lockName, type Work } from './work.js';

/** A hash of what its recipients see; null where the policy does not ask. */
export function contentHashOf(
  { settings }: Pick<Work, 'settings'>,
  { revision, policy }: { revision: Revision; policy: Policy },
): string | null {
  if (policy.duplicateMinutes === 0 || modeOf(policy, 'duplicate') === 'off') return null;
  const { messageId: _, to, cc, bcc, ...seen } = revision;
  return settings.sha256(canonical({ ...seen, to: named(to), cc: named(cc), bcc: named(bcc) }));
}

/** In whatever order they were written. */
const named = (list: readonly Address[]): string[] => list.map((one) => one.address.toLowerCase()).sort();

/** Until the end of the transaction nobody else asks whether this was sent before. */
export async function takeTurn(
  work: Work,
  { org, mode, mailbox, contentHash }: Pick<Subject, 'org' | 'mode' | 'mailbox' | 'contentHash'>,
): Promise<void> {
  if (contentHash) await lockName(work, `same content ${org} ${mode} ${mailbox} ${contentHash}`);
}
