/**
 * @module Judged again at the claim: policy, suppressions and limits as they are now. Only an `allow` that
 * also got its place in the limits lets the claim go on.
 */
import type { Revision } from '../core/email/revision.js';
import { noteStatus, place } from './admit.js';
import { refuse, type Email } from './email.js';
import { judge, subjectOf, type Judged } from './judge.js';
import { fromJson, toJson } from './json.js';
import { hold, placementOf, type Placement, type Plan } from './placement.js';
import { count, lockRecipients } from './recipient-limits.js';
import { takePlace } from './reservations.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';
import { Problem } from '../errors.js';

const MOST_ROUNDS = 20;

/** False where the message now waits, is held, or has ended; the email says which. */
export async function release(
  work: Work,
  email: Email,
  revision: Revision,
  due: readonly Rows['recipients'][],
): Promise<boolean> {
  const { now } = work;
  const { message } = email;
  const circumstances = {
    ...{ goesAt: now, admitted: true },
    looked: { revision: message.revision, contacted: fromJson<number[]>(message.contacted) },
    only: new Set(due.map((one) => one.index)),
  };
  const subject = { ...subjectOf(email), revision };
  await lockRecipients(work, message, due, subject.policy);
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const judged = await judge(work, subject, circumstances);
    const { verdict, mailbox, room, places } = judged;
    if (mailbox.policy !== subject.policy) {
      // What it limits may be something that was not locked before it was read.
      subject.policy = mailbox.policy;
      await lockRecipients(work, message, due, subject.policy);
      continue;
    }
    if (verdict.outcome === 'allow') {
      if (await takePlace(work, message, places, room.limits, now, 'used')) {
        count(due, now, subject.policy);
        return true;
      }
      continue;
    }
    if (await withhold(work, email, judged, due)) return false;
  }
  throw new Problem('unavailable', { detail: 'The limit is contended; try again.', retryAfter: 1 });
}

/** Puts the message where the verdict wants it; false where its place in the limits was just taken. */
async function withhold(
  work: Work,
  email: Email,
  judged: Judged,
  due: readonly Rows['recipients'][],
): Promise<boolean> {
  const { now } = work;
  const { message, recipients } = email;
  const { mailbox, places, room } = judged;
  const plan: Plan = { policy: mailbox.policy, now, sendAt: null, expiresAt: null, undoUntil: null };
  const placement: Placement =
    judged.verdict.outcome === 'review'
      ? hold({ ...plan, expiresAt: message.expires_at })
      : placementOf(judged.verdict, judged.room, plan);
  const { placeAt, status } = placement;
  if (placeAt !== null && !(await takePlace(work, message, places, room.limits, placeAt, 'reserved')))
    return false;
  const untouched = recipients.every((one) => one.status === 'ready');
  if (!message.maybe_sent) count(due, null);
  if (untouched || status === 'scheduled') {
    const before = message.status;
    // What has begun keeps its status, which is its recipients'; it only waits.
    place(message, judged, untouched ? placement : { ...placement, status: before });
    noteStatus(work, email, { by: 'policy', before });
  } else {
    // Some were sent to already, so that the message as a whole can neither be held nor denied: fail closed.
    message.verdict = toJson(judged.verdict);
    refuse(work, email, due, { reason: 'policy', by: 'policy' });
  }
  return true;
}
