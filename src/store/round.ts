/**
 * @module The end of a round through a route: nobody takes the email now. It waits, for longer each time, and as long
 * as those who might take it asked for; or it is given up.
 */
import type { RouteEntry } from '../core/delivery/route.js';
import { DEFAULT_TRIGGERS, failsOver } from '../core/delivery/triggers.js';
import type { Receipt } from '../core/delivery/receipt.js';
import { noteStatus } from './admit.js';
import { isOpen, refuse, wait, type Email } from './email.js';
import { fromJson, iso, toJson } from './json.js';
import { shutAt } from './standing.js';
import type { Settlement } from './store.js';
import type { Work } from './work.js';

/**
 * True where what the provider last answered to this attempt is nothing for which the route lets the next one try:
 * the email waits, and is tried there again.
 */
export function stays(
  { attempts, recipients }: Email,
  { attempt, triggers = DEFAULT_TRIGGERS }: Settlement,
): boolean {
  const receipt = attempts.filter((one) => one.attempt === attempt).at(-1)?.receipt ?? null;
  if (receipt === null) return false;
  const open = recipients.filter((one) => one.status === 'ready').map((one) => one.index);
  return !failsOver(fromJson<Receipt>(receipt), open, triggers);
}

export interface Round {
  /** The part of the route that could take those who are left. */
  route: readonly RouteEntry[];
  /** Tried in this round, and not to be asked in the next one: where the email stays with one provider. */
  tried: readonly string[];
}

export function endRound(work: Work, email: Email, round: Round): void {
  const { now, settings, note } = work;
  const { message, recipients } = email;
  const { org, id } = message;
  const expired = message.expires_at !== null && message.expires_at <= now;
  const givesUp = now.getTime() - message.due_since.getTime() >= settings.giveUpAfterMs;
  if (expired && recipients.every((one) => one.status === 'ready')) {
    message.status = 'expired';
    noteStatus(work, email, { by: 'deadline' });
  } else if (expired || givesUp) {
    const reason = expired ? 'expired' : 'gave_up';
    refuse(work, email, recipients.filter(isOpen), { reason, by: 'store' });
  } else {
    const { until, isBreakers } = nextRound(work, email, round);
    message.tried = toJson(round.tried);
    // Nobody was asked, so the next wait need not be longer.
    if (!isBreakers) message.round += 1;
    wait(message, 'retry', until);
    note({
      ...{ org, message: id, type: 'delivery.round_over', by: 'store' },
      data: { round: message.round, until: iso(until), ...(isBreakers && { breakers: true }) },
    });
  }
}

/** With every provider behind an open breaker, it waits for the first probe, but never less than this. */
const SHORTEST = 1_000;

function nextRound(
  { now, settings }: Work,
  email: Email,
  { route, tried }: Round,
): { until: Date; isBreakers: boolean } {
  const { round, due_since } = email.message;
  const { roundBackoffMs, giveUpAfterMs } = settings;
  const shut = shutAt(email, now);
  const left = route.filter((entry) => !tried.includes(entry.provider));
  const waits = left.map((entry) => shut.get(entry.provider));
  const isBreakers =
    waits.some((one) => one?.by === 'breaker') &&
    waits.every((one) => one !== undefined && one.by !== 'retry_after');
  const backoff = isBreakers ? SHORTEST : (roundBackoffMs[Math.min(round, roundBackoffMs.length - 1)] ?? 0);
  const soonest = now.getTime() + backoff;
  const opens = Math.min(...waits.map((one) => one?.until ?? 0));
  // A last look at the time at which it is given up, however long somebody asked to be left alone.
  const latest = Math.max(soonest, due_since.getTime() + giveUpAfterMs);
  return {
    until: new Date(Number.isFinite(opens) ? Math.min(Math.max(soonest, opens), latest) : soonest),
    isBreakers,
  };
}
