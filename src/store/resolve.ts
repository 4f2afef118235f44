/** @module What a person says about recipients of whom nobody knows whether they were sent to. */
import { lockEmail, move, placeOf, refuse, saveEmail, wait } from './email.js';
import { iso } from './json.js';
import type { Store, UnknownTry } from './store.js';
import type { Rows } from './tables.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

/** What was not sent is tried again, and what comes of that is told. */
const TOLD = { sent: 'message.sent', abandoned: 'message.failed', not_sent: null } as const;

type Resolution = Parameters<Store['resolveUnknown']>[0];

export async function resolveUnknown(
  work: Work,
  { id, as, by, unknown: seen, workflowOver = false }: Resolution,
): ReturnType<Store['resolveUnknown']> {
  const { now, settings, note } = work;
  const email = await lockEmail(work, id);
  const { message, recipients } = email;
  const unknown = recipients.filter((one) => one.status === 'unknown');
  // An answer is about what was seen: an update that comes again would send again what became unknown since.
  if (unknown.length === 0 || !isSame(unknown, seen))
    return { result: 'not_unknown', view: viewOf(email, settings, now) };

  const leases = email.attempts
    .filter((one) => unknown.some((it) => it.attempt === one.attempt))
    .map((one) => one.lease_until.getTime() - now.getTime());
  const left = Math.max(0, ...leases);
  if (left > 0)
    return {
      result: 'lease_active',
      view: viewOf(email, settings, now),
      retryAfter: Math.ceil(left / 1_000),
    };

  for (const one of unknown) {
    move(one, { on: 'resolve', as });
    one.reason = `resolved_${as}`;
  }
  if (as === 'sent') message.last_wire_at = now;
  if (as === 'not_sent') {
    wait(message, null);
    message.due_since = now;
    // The workflow is over, so nobody is left who would send it.
    if (workflowOver || message.closed_at !== null) refuse(work, email, unknown, { reason: 'closed', by });
  }
  await saveEmail(work, email);
  const type = TOLD[as];
  const reason = `resolved_${as}`;
  note({
    ...{ ...placeOf(message), type: 'message.resolved', by },
    data: { as, recipients: unknown.map((one) => one.index), at: iso(now) },
    about: type === null ? [] : unknown.map(({ index }) => ({ index, type, reason })),
  });
  return { result: 'applied', view: viewOf(email, settings, now) };
}

function isSame(unknown: readonly Rows['recipients'][], seen: readonly UnknownTry[]): boolean {
  return (
    unknown.length === seen.length &&
    unknown.every((one) =>
      seen.some((it) => it.index === one.index && it.attempt === one.attempt && it.try === one.try),
    )
  );
}
