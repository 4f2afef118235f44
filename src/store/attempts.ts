/** @module Claims that nobody answered for. */
import { move, placeOf, type Email } from './email.js';
import type { Rows } from './tables.js';
import { becameUnknown } from './unknown.js';
import type { Work } from './work.js';

/** Claimed, and no answer will be waited for: whether these were sent is not known. */
export function lose(work: Work, email: Email, recipients: readonly Rows['recipients'][]): void {
  const { now, note } = work;
  const { message } = email;
  const lost = recipients.filter((one) => one.status === 'claimed');
  if (lost.length === 0) return;
  for (const one of lost) move(one, { on: 'lost' });
  becameUnknown(work, email, lost);
  message.maybe_sent = true;
  message.last_wire_at = now;
  note({
    ...{ ...placeOf(message), type: 'message.unknown', by: 'store' },
    data: {
      recipients: lost.map((one) => one.index),
      attempts: [...new Set(lost.map((one) => one.attempt))],
    },
  });
}

/** Whatever was planned for them: they wait for a lookup, a report or a person. */
export function leaveUnknown(work: Work, email: Email, those: readonly Rows['recipients'][]): void {
  lose(work, email, those);
  for (const one of those) if (one.status === 'unknown') one.retry_at = null;
}
