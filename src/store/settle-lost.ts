/**
 * @module The end of a message whose workflow is gone: nobody is left who would send it, so what was not sent
 * has failed, what may have been is unknown, and its place in the limits is given back. What was sent listens
 * for reports as long as any other.
 */
import { leaveUnknown, lose } from './attempts.js';
import { isOpen, lockEmail, refuse, saveEmail, type Email } from './email.js';
import { feedbackEnd, nextLook } from './next-look.js';
import type { Store } from './store.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

type Loss = Parameters<Store['settleLost']>[0];

const BY = 'sweep';

/**
 * A workflow that runs finds out by itself that an attempt gave no answer, but for one that was reset after
 * the claim: there nobody waits for the answer. This long after the lease nobody else will find out either.
 */
const FORGOTTEN = 3_600_000;

export async function settleLost(work: Work, { id, run, workflow }: Loss): ReturnType<Store['settleLost']> {
  const { now, settings, note } = work;
  const email = await lockEmail(work, id);
  const { message, recipients } = email;
  if (message.owner_run !== run || message.closed_at !== null)
    return { result: 'over', view: viewOf(email, settings, now) };

  const runs = workflow === 'running';
  const leaseEnds = lastLeaseOf(email);
  if (leaseEnds !== null && leaseEnds.getTime() > now.getTime() - (runs ? FORGOTTEN : 0)) {
    // The answer of an attempt may still come: nothing is settled before its lease ends.
    if (!runs) await lookAt(work, id, leaseEnds);
    return { result: 'lease_active', view: viewOf(email, settings, now) };
  }
  const open = runs ? [] : recipients.filter(isOpen);
  const isListening = open.length === 0 && leaseEnds === null;
  if (isListening && (runs || feedbackEnd(email, settings) > now)) {
    if (!runs) await lookAt(work, id, nextLook(email, settings, now));
    return { result: 'unchanged', view: viewOf(email, settings, now) };
  }

  const reason = `workflow_${workflow}`;
  const { org } = message;
  if (!runs) note({ org, message: id, type: 'workflow.lost', by: BY, data: { reason } });
  // Where the workflow is gone nobody would try again.
  (runs ? lose : leaveUnknown)(work, email, recipients);
  refuse(work, email, open, { reason, by: BY });
  if (isListening) message.closed_at = now;
  await saveEmail(work, email);
  if (isListening)
    note({ org, message: id, type: 'message.closed', by: BY, data: { status: message.status } });
  return { result: 'settled', view: viewOf(email, settings, now) };
}

/** Null where nobody holds a claim. */
function lastLeaseOf({ recipients, attempts }: Email): Date | null {
  const claimed = recipients.filter((one) => one.status === 'claimed');
  if (claimed.length === 0) return null;
  const leases = attempts
    .filter((one) => claimed.some((it) => it.attempt === one.attempt && it.try === one.try))
    .map((one) => one.lease_until.getTime());
  return new Date(Math.max(...leases));
}

async function lookAt({ trx }: Work, id: string, at: Date | null): Promise<void> {
  await trx.updateTable('messages').set({ sweep_at: at }).where('id', '=', id).execute();
}
