/**
 * @module The end of an attempt that gave no answer, or gave up on its provider: voids it, so that it can
 * never claim, and says what is next: the rest of the route, a new round later, or the end.
 */
import { nextProvider } from '../core/delivery/route.js';
import { noteStatus } from './admit.js';
import { lose } from './attempts.js';
import { endedUnsent, isOpen, lockEmail, refuse, saveEmail, wait, waits, type Email } from './email.js';
import { fromJson, toJson } from './json.js';
import type { Settlement, StoredView } from './store.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

export async function settle(work: Work, settlement: Settlement): Promise<StoredView> {
  const { now, settings } = work;
  const { attempt, provider, route } = settlement;
  const email = await lockEmail(work, settlement.id);
  const { message, recipients } = email;
  const view = (): StoredView => viewOf(email, settings, now);
  const voided = attempt > 0 && attempt < message.attempt_floor;
  if (message.owner_run !== settlement.run || message.closed_at !== null || voided) return view();

  const claimed = recipients.filter((one) => one.status === 'claimed' && one.attempt === attempt);
  lose(work, email, claimed);
  const isReady = !endedUnsent(message.status) && message.status !== 'held' && recipients.some(isOpen);
  // Its time has not come: what ended was an attempt that may not have begun, and nobody failed.
  if (!isReady || waits(message, now)) {
    if (claimed.length > 0) {
      voidAttempt(email, attempt);
      await saveEmail(work, email);
    }
    return view();
  }

  voidAttempt(email, attempt);
  const tried = fromJson<string[]>(message.tried);
  if (provider !== '' && !tried.includes(provider)) tried.push(provider);
  message.tried = toJson(tried);
  const { subset } = view().delivery;
  if (nextProvider(route, message.id, tried, subset) === undefined) endRound(work, email);
  await saveEmail(work, email);
  return view();
}

function voidAttempt({ message }: Email, attempt: number): void {
  message.attempt_floor = Math.max(message.attempt_floor, attempt + 1);
}

/** Nobody in the route takes it now. */
function endRound(work: Work, email: Email): void {
  const { now, settings, note } = work;
  const { message, recipients } = email;
  const { org, id, round } = message;
  const expired = message.expires_at !== null && message.expires_at <= now;
  const givesUp = now.getTime() - message.due_since.getTime() >= settings.giveUpAfterMs;
  if (expired && recipients.every((one) => one.status === 'ready')) {
    message.status = 'expired';
    noteStatus(work, email, { by: 'deadline' });
  } else if (expired || givesUp) {
    const reason = expired ? 'expired' : 'gave_up';
    refuse(work, email, recipients.filter(isOpen), { reason, by: 'store' });
  } else {
    const backoff = settings.roundBackoffMs[Math.min(round, settings.roundBackoffMs.length - 1)] ?? 0;
    const until = new Date(now.getTime() + backoff);
    message.tried = toJson([]);
    message.round = round + 1;
    wait(message, 'retry', until);
    note({
      ...{ org, message: id, type: 'delivery.round_over', by: 'store' },
      data: { round: round + 1, until: until.toISOString() },
    });
  }
}
