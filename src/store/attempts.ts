/** @module Attempts as rows: one try at one provider, written before it is called. */
import { move, type Email } from './email.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

export type Attempt = Rows['attempts'];

/** Oldest first; a message has few. */
export async function attemptsOf(
  { trx }: Pick<Work, 'trx'>,
  { org, id }: Rows['messages'],
): Promise<Attempt[]> {
  return await trx
    .selectFrom('attempts')
    .selectAll()
    .where('org', '=', org)
    .where('message', '=', id)
    .orderBy('attempt')
    .orderBy('try')
    .execute();
}

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
    ...{ org: message.org, message: message.id, type: 'message.unknown', by: 'store' },
    data: {
      recipients: lost.map((one) => one.index),
      attempts: [...new Set(lost.map((one) => one.attempt))],
    },
  });
}
