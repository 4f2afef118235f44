/** @module The view: what Temporal may know of a message, and what plans its next delivery. Pure. */
import { domainOf } from '../core/email/address.js';
import type { StoredView } from './store.js';
import { stageOf } from '../core/email/state.js';
import type { Verdict } from '../core/policy/verdict.js';
import { isOpen, waits, type Email } from './email.js';
import { fromJson, iso } from './json.js';
import { feedbackEnd } from './next-look.js';
import type { StoreSettings } from './settings.js';
import { shutAt } from './standing.js';
import type { Rows } from './tables.js';
import { againOf, type Again } from './unknown.js';

export function viewOf(email: Email, settings: StoreSettings, now: Date): StoredView {
  const { message, recipients, mailbox } = email;
  const again = againOf(email, settings);
  const stage = stageOf(
    message.status,
    recipients.map((one) => one.status),
    waits(message, now),
    message.closed_at !== null,
    again.length > 0,
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
      ...nextClaim(email, again, now),
      mailbox: { id: message.mailbox, address: mailbox.address },
      category: message.category,
      domains: [...new Set(recipients.map((one) => domainOf(one.address).toLowerCase()))],
      closed: [...shutAt(email, nextAt(email, now)).keys()],
      route: message.via === null ? mailbox.route : [{ provider: message.via, weight: 1, failover: false }],
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

/** When the next delivery is: now, or when the wait is over. */
const nextAt = ({ message: { wait_until } }: Pick<Email, 'message'>, now: Date): Date =>
  wait_until !== null && wait_until > now ? wait_until : now;

/** Who may be asked for the next delivery, now or when the wait is over: those who are ready go first. */
function nextClaim(
  { message, recipients }: Email,
  again: readonly Again[],
  now: Date,
): Pick<StoredView['delivery'], 'tried' | 'subset' | 'only'> {
  const at = nextAt({ message }, now);
  const tried = fromJson<string[]>(message.tried);
  const due = recipients.filter((one) => isDue(one, at));
  const next = due.length > 0 ? [] : again.filter((one) => one.at <= at);
  const repeated = next.find((one) => one.how === 'retry_same');
  if (repeated !== undefined) return { tried, subset: false, only: repeated.row.provider };
  const others = next.flatMap((one) => one.had);
  const count = due.length + next.reduce((sum, one) => sum + one.recipients.length, 0);
  return { tried: [...new Set([...tried, ...others])], subset: count < recipients.length };
}

/** Ready, or soft-bounced with its wait over. */
export const isDue = (recipient: Rows['recipients'], at: Date): boolean =>
  isOpen(recipient) && (recipient.retry_at === null || recipient.retry_at <= at);
