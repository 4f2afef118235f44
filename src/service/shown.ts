/**
 * @module How what is stored is shown: indexes get their addresses, rows lose what is not for callers.
 */
import { isLimitRule } from '../core/policy/codes.js';
import { explain } from '../core/policy/explain.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import type { MessageStatus } from '../core/email/state.js';
import type { View } from '../core/email/view.js';
import type { MessageDetail } from '../store/store.js';
import type { Changed, ShownVerdict } from './schemas/message.js';

/** The page on which a person decides about a held email. */
export const approvalUrlOf = (publicUrl: string, id: string): string =>
  `${publicUrl.replace(/\/+$/u, '')}/review/${encodeURIComponent(id)}`;

/** Where a message stands that has this verdict now; once it is elsewhere, the verdict is history. */
const STATUS_OF = { deny: 'denied', review: 'held', wait: 'scheduled' } as const;

/**
 * The verdict with the addresses to which `recipients` indexes point, so that a denied one is named; and in words, as
 * long as it is why the message stands where it does.
 */
export function shownVerdict(
  verdict: Verdict,
  recipients: readonly { index: number; address: string }[],
  { status, now }: { status: MessageStatus; now: Date },
): ShownVerdict {
  const isWhy = verdict.outcome === 'allow' || STATUS_OF[verdict.outcome] === status;
  const byIndex = new Map(recipients.map((one) => [one.index, one.address]));
  return {
    ...verdict,
    ...(isWhy && { explain: explain(verdict, now) }),
    checks: verdict.checks.map((check) => {
      const indexes = check.evidence?.['recipients'];
      if (!Array.isArray(indexes)) return check;
      const addresses = indexes.map((index) => byIndex.get(index)).filter((one) => one !== undefined);
      return addresses.length === 0 ? check : { ...check, evidence: { ...check.evidence, addresses } };
    }),
  };
}

/** True where nothing but a full limit stands in the way. */
export function isOnlyRateLimit(verdict: Verdict): boolean {
  const deciding = decidingChecks(verdict);
  return deciding.length > 0 && deciding.every((check) => isLimitRule(check.rule));
}

/** A message after a change, from the workflow's view of it. */
export function changedOf(view: View, before: MessageDetail, now: Date): Changed {
  const { id, status, digest, revision, waitingFor, verdict } = view;
  return {
    id,
    status,
    digest,
    revision,
    ...(waitingFor && { waitingFor }),
    ...(verdict && {
      verdict: shownVerdict(verdict, before.revision === revision ? before.recipients : [], { status, now }),
    }),
  };
}

/** The same from the store, where the workflow was not needed to answer. */
export function changedFromDetail(detail: MessageDetail, now: Date): Changed {
  const { id, status, digest, revision, waitingFor, verdict } = detail;
  return {
    id,
    status,
    digest,
    revision,
    ...(waitingFor && { waitingFor }),
    verdict: shownVerdict(verdict, detail.recipients, { status, now }),
  };
}
