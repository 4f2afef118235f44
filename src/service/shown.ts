/**
 * @module How what is stored is shown: indexes get their addresses, rows lose what is not for callers.
 */
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import type { View } from '../core/email/view.js';
import type { MessageDetail } from '../store/store.js';
import type { Changed, ShownVerdict } from './schemas/message.js';

/** The page on which a person decides about a held email. */
export const approvalUrlOf = (publicUrl: string, id: string): string =>
  `${publicUrl.replace(/\/+$/u, '')}/review/${encodeURIComponent(id)}`;

/** The verdict with the addresses to which `recipients` indexes point, so that a denied one is named. */
export function shownVerdict(
  verdict: Verdict,
  recipients: readonly { index: number; address: string }[],
): ShownVerdict {
  const byIndex = new Map(recipients.map((one) => [one.index, one.address]));
  return {
    ...verdict,
    checks: verdict.checks.map((check) => {
      const indexes = check.evidence?.['recipients'];
      if (!Array.isArray(indexes)) return check;
      const addresses = indexes.map((index) => byIndex.get(index)).filter((one) => one !== undefined);
      return addresses.length === 0 ? check : { ...check, evidence: { ...check.evidence, addresses } };
    }),
  };
}

/** Seconds until the checks that decided would find otherwise, where they say. */
export function retryAfterOf(verdict: Verdict, now: Date): number | undefined {
  const opens = decidingChecks(verdict).flatMap((check) =>
    check.until === undefined ? [] : [Date.parse(check.until)],
  );
  if (opens.length === 0) return undefined;
  return Math.max(1, Math.ceil((Math.max(...opens) - now.getTime()) / 1000));
}

/** True where nothing but a full limit stands in the way. */
export function isOnlyRateLimit(verdict: Verdict): boolean {
  const deciding = decidingChecks(verdict);
  return deciding.length > 0 && deciding.every((check) => check.rule.startsWith('rate_limit_'));
}

/** A message after a change, from the workflow's view of it. */
export function changedOf(view: View, before: MessageDetail): Changed {
  const { id, status, digest, revision, waitingFor, verdict } = view;
  return {
    id,
    status,
    digest,
    revision,
    ...(waitingFor && { waitingFor }),
    ...(verdict && { verdict: shownVerdict(verdict, before.revision === revision ? before.recipients : []) }),
  };
}

/** The same from the store, where the workflow was not needed to answer. */
export function changedFromDetail(detail: MessageDetail): Changed {
  const { id, status, digest, revision, waitingFor, verdict } = detail;
  return {
    id,
    status,
    digest,
    revision,
    ...(waitingFor && { waitingFor }),
    verdict: shownVerdict(verdict, detail.recipients),
  };
}
