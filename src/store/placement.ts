/** @module From a verdict to what the message is and waits for, and where it needs a place. Pure. */
import type { MessageStatus } from '../core/email/state.js';
import type { WaitReason } from '../core/email/view.js';
import type { Policy } from '../core/policy/schema.js';
import type { Verdict } from '../core/policy/verdict.js';
import { firstRoom, type Counts } from './buckets.js';

export interface Placement {
  status: MessageStatus;
  wait: { reason: WaitReason; until: Date } | null;
  /** The hour in which it takes a place now; null where it is only counted when it goes. */
  placeAt: Date | null;
}

export interface Plan {
  policy: Policy;
  now: Date;
  sendAt: Date | null;
  expiresAt: Date | null;
  /** Until when it can be canceled without hurry; null where nobody asked for that. */
  undoUntil: Date | null;
}

export function placementOf(verdict: Verdict, counts: Counts, plan: Plan): Placement {
  const { policy, now, expiresAt } = plan;
  if (verdict.outcome === 'deny') return { status: 'denied', wait: null, placeAt: null };
  if (expiresAt !== null && expiresAt <= now) return { status: 'expired', wait: null, placeAt: null };
  switch (verdict.outcome) {
    case 'review':
      return hold(plan);
    case 'wait': {
      const until = firstRoom(counts, policy.limits, new Date(verdict.until ?? now));
      return { status: 'scheduled', wait: { reason: 'rate_limit', until }, placeAt: until };
    }
    case 'allow': {
      const wait = nextTime(plan);
      return wait === null
        ? { status: 'queued', wait, placeAt: now }
        : { status: 'scheduled', wait, placeAt: null };
    }
  }
}

/** A person has to look; nobody waits past the time after which it must not be sent. */
export function hold({ policy, now, expiresAt }: Pick<Plan, 'policy' | 'now' | 'expiresAt'>): Placement {
  const deadline = new Date(now.getTime() + policy.approvalMinutes * 60_000);
  const until = expiresAt !== null && expiresAt < deadline ? expiresAt : deadline;
  return { status: 'held', wait: { reason: 'approval', until }, placeAt: null };
}

/** The later of the times that were set, where one is still to come. */
export function nextTime({
  now,
  sendAt,
  undoUntil,
}: Pick<Plan, 'now' | 'sendAt' | 'undoUntil'>): { reason: WaitReason; until: Date } | null {
  const [latest] = [
    { reason: 'send_at' as const, until: sendAt },
    { reason: 'undo' as const, until: undoUntil },
  ]
    .flatMap(({ reason, until }) => (until !== null && until > now ? [{ reason, until }] : []))
    .sort((a, b) => b.until.getTime() - a.until.getTime());
  return latest ?? null;
}
