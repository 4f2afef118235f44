/** @module What a person, or a provider that was asked, says about recipients of whom nobody knows whether they were sent to. */
import { lockEmail, move, placeOf, refuse, saveEmail, wait, type Email } from './email.js';
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
  const { now, settings } = work;
  const email = await lockEmail(work, id);
  // An answer is about what was seen: an update that comes again would send again what became unknown since.
  const those = email.recipients.filter(
    (one) => one.status === 'unknown' && seen.some((it) => isOf(one, it)),
  );
  if (those.length === 0 || those.length < seen.length)
    return { result: 'not_unknown', view: viewOf(email, settings, now) };

  const leases = email.attempts
    .filter((one) => those.some((it) => it.attempt === one.attempt))
    .map((one) => one.lease_until.getTime() - now.getTime());
  const left = Math.max(0, ...leases);
  if (left > 0)
    return {
      result: 'lease_active',
      view: viewOf(email, settings, now),
      retryAfter: Math.ceil(left / 1_000),
    };

  await settleUnknown(work, email, those, { as, by, workflowOver });
  return { result: 'applied', view: viewOf(email, settings, now) };
}

/** Says what became of them, and saves the email. Their leases are over. */
export async function settleUnknown(
  work: Work,
  email: Email,
  those: readonly Rows['recipients'][],
  { as, by, workflowOver = false }: Pick<Resolution, 'as' | 'by' | 'workflowOver'>,
): Promise<void> {
  const { now, note } = work;
  const { message } = email;
  for (const one of those) {
    move(one, { on: 'resolve', as });
    one.retry_at = null;
    one.reason = `resolved_${as}`;
  }
  if (as === 'sent') message.last_wire_at = now;
  if (as === 'not_sent') {
    // Whoever still holds their attempt may not claim under it again.
    for (const { attempt } of those)
      message.attempt_floor = Math.max(message.attempt_floor, (attempt ?? 0) + 1);
    wait(message, null);
    message.due_since = now;
    // The workflow is over, so nobody is left who would send it.
    if (workflowOver || message.closed_at !== null) refuse(work, email, those, { reason: 'closed', by });
  }
  await saveEmail(work, email);
  const type = TOLD[as];
  const reason = `resolved_${as}`;
  note({
    ...{ ...placeOf(message), type: 'message.resolved', by },
    data: { as, recipients: those.map((one) => one.index), at: iso(now) },
    about: type === null ? [] : those.map(({ index }) => ({ index, type, reason })),
  });
}

const isOf = (one: Rows['recipients'], it: UnknownTry): boolean =>
  it.index === one.index && it.attempt === one.attempt && it.try === one.try;
