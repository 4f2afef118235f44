/** @module The view: what Temporal may know of a message, and what plans its next delivery. Pure. */
import type { StoredView } from './store.js';
import { stageOf } from '../core/email/state.js';
import type { Verdict } from '../core/policy/verdict.js';
import { isOpen, waits, type Email } from './email.js';
import { fromJson, iso } from './json.js';
import { feedbackEnd } from './next-look.js';
import type { StoreSettings } from './settings.js';
import type { Rows } from './tables.js';

export function viewOf(email: Email, settings: StoreSettings, now: Date): StoredView {
  const { message, recipients, route } = email;
  const stage = stageOf(
    message.status,
    recipients.map((one) => one.status),
    waits(message, now),
    message.closed_at !== null,
  );
  const wait =
    stage === 'feedback' ? feedbackWait(email, settings) : stage === 'ready' ? null : storedWait(message);
  return {
    id: message.id,
    version: message.version,
    revision: message.revision,
    digest: message.digest,
    status: message.status,
    stage,
    recipients: recipients.map(({ index, status }) => ({ index, status })),
    ...(wait && { waitingFor: wait }),
    verdict: fromJson<Verdict>(message.verdict),
    delivery: {
      mode: message.mode,
      attempt: Math.max(message.attempt_last, message.attempt_floor - 1) + 1,
      tried: fromJson<string[]>(message.tried),
      subset: nextClaim(email, now).length < recipients.length,
      route,
    },
  };
}

type Wait = NonNullable<StoredView['waitingFor']>;

export function storedWait({ wait_reason, wait_until }: Rows['messages']): Wait | null {
  return wait_reason === null ? null : { reason: wait_reason, ...(wait_until && { until: iso(wait_until) }) };
}

function feedbackWait(email: Email, settings: StoreSettings): Wait {
  const { recipients } = email;
  const unknown = recipients.some((one) => one.status === 'unknown');
  return { reason: unknown ? 'unknown' : 'report', until: iso(feedbackEnd(email, settings)) };
}

/** Who is sent to at the next delivery, now or when the wait is over. */
function nextClaim({ message, recipients }: Email, now: Date): Rows['recipients'][] {
  const at = message.wait_until !== null && message.wait_until > now ? message.wait_until : now;
  return recipients.filter((one) => isDue(one, at));
}

/** Ready, or soft-bounced with its wait over. */
export const isDue = (recipient: Rows['recipients'], at: Date): boolean =>
  isOpen(recipient) && (recipient.retry_at === null || recipient.retry_at <= at);
