/**
 * @module The end of an attempt that gave no answer, or gave up on its provider: voids it, so that it can
 * never claim, and says what is next: the rest of the route, a new round later, or the end.
 */
import { nextProvider } from '../core/delivery/route.js';
import { lose } from './attempts.js';
import { endedUnsent, isOpen, lockEmail, saveEmail, waits, type Email } from './email.js';
import { fromJson, toJson } from './json.js';
import { endRound, stays } from './round.js';
import type { Settlement, StoredView } from './store.js';
import { againOf, putOff } from './unknown.js';
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
  if (await isPutOff(work, email, settlement)) return view();
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
  const before = fromJson<string[]>(message.tried);
  const { subset, closed } = view().delivery;
  const fitting = route.filter((entry) => !subset || entry.envelope);
  if (stays(email, settlement))
    endRound(work, email, { route: fitting.filter((entry) => entry.provider === provider), tried: before });
  else {
    const tried = provider === '' || before.includes(provider) ? before : [...before, provider];
    message.tried = toJson(tried);
    if (nextProvider(route, message.id, [...tried, ...closed], subset) === undefined)
      endRound(work, email, { route: fitting, tried: [] });
  }
  await saveEmail(work, email);
  return view();
}

/** True where all that was to be done was to try again what is unknown, and nobody did. */
async function isPutOff(
  work: Work,
  email: Email,
  { attempt, provider, route }: Settlement,
): Promise<boolean> {
  const { now, settings } = work;
  const { message, recipients } = email;
  const due = againOf(email, settings).filter((one) => one.at <= now);
  if (due.length === 0 || recipients.some(isOpen) || waits(message, now)) return false;
  voidAttempt(email, attempt);
  if (provider !== '') message.tried = toJson([...new Set([...fromJson<string[]>(message.tried), provider])]);
  const { tried, subset, closed } = viewOf(email, settings, now).delivery;
  const isLeft = (names: readonly string[]): boolean =>
    nextProvider(route, message.id, names, subset) !== undefined;
  putOff(work, due, isLeft([...tried, ...closed]) ? 'now' : isLeft(tried) ? 'later' : 'never');
  await saveEmail(work, email);
  return true;
}

function voidAttempt({ message }: Email, attempt: number): void {
  message.attempt_floor = Math.max(message.attempt_floor, attempt + 1);
}
