/** @module Claims that nobody answered for. */
import { move, placeOf, type Email } from './email.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** Claimed, and no answer will be waited for: whether these were sent is not known. */
export function lose(
  { now, note }: Work,
  { message }: Email,
  recipients: readonly Rows['recipients'][],
): void {
  const lost = recipients.filter((one) => one.status === 'claimed');
  if (lost.length === 0) return;
  for (const one of lost) move(one, { on: 'lost' });
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
