/** @module From a verdict to what the message is and waits for, and where it needs a place. Pure. */
import type { MessageStatus } from '../core/email/state.js';
import type { WaitReason } from '../core/email/view.js';
import type { Policy } from '../core/policy/schema.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import { firstRoom, type Room } from './buckets.js';

/** Rules that wait for something else than a limit. */
const WAIT_REASONS: Readonly<Record<string, WaitReason>> = {
  ...{ sending_hours: 'hours', approval_age: 'undo', lease_conflict: 'lease' },
  ...{ tenant_paused: 'paused', mailbox_active: 'paused', key_paused: 'paused' },
};

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

export function placementOf(verdict: Verdict, room: Room, plan: Plan): Placement {
  const { now, expiresAt } = plan;
  if (verdict.outcome === 'deny') return { status: 'denied', wait: null, placeAt: null };
  if (expiresAt !== null && expiresAt <= now) return { status: 'expired', wait: null, placeAt: null };
  switch (verdict.outcome) {
    case 'review':
      return hold(plan);
    case 'wait': {
      // What opens sooner than the time that was set changes nothing about that.
      const set = nextTime(plan);
      const opens = new Date(Math.max(new Date(verdict.until ?? now).getTime(), set?.until.getTime() ?? 0));
      const until = firstRoom(room, opens);
      const reason = until.getTime() === set?.until.getTime() ? set.reason : waitReasonOf(verdict, until);
      return { status: 'scheduled', wait: { reason, until }, placeAt: until };
    }
    case 'allow': {
      const wait = nextTime(plan);
      return wait === null
        ? { status: 'queued', wait, placeAt: now }
        : { status: 'scheduled', wait, placeAt: null };
    }
  }
}

/** What it waits for at the last; where the hours open but the limits have no room yet, for that. */
function waitReasonOf(verdict: Verdict, until: Date): WaitReason {
  if (verdict.until !== until.toISOString()) return 'rate_limit';
  const last = decidingChecks(verdict).find((check) => check.until === verdict.until);
  return WAIT_REASONS[last?.rule ?? ''] ?? 'rate_limit';
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
