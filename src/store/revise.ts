/**
 * @module Changes before anything was claimed: an edit makes the next revision and voids what was approved,
 * another time moves the send. Neither releases an email that is held.
 */
import { isEditable } from '../core/email/state.js';
import { goesAtOf, noteStatus, place, reserve } from './admit.js';
import { lockEmail, placeOf, saveEmail, wait, withRecipients, type Email } from './email.js';
import { dateOf } from './json.js';
import { findMailbox } from './mailboxes.js';
import { hold, nextTime, placementOf, type Placement, type Plan } from './placement.js';
import { count } from './recipient-limits.js';
import { giveBack } from './reservations.js';
import { subjectOf } from './judge.js';
import { digestIn, judgeNew, recipientRows, revisionOf, writeRevision } from './revisions.js';
import { contentHashOf } from './same-content.js';
import type { Decided, RevisionChange, Store } from './store.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';
import { Problem } from '../errors.js';

export async function revise(work: Work, change: RevisionChange): Promise<Decided> {
  const { now, settings, note } = work;
  const { by, attachments, content } = change;
  const email = await lockEmail(work, change.id);
  const { message } = email;
  const refusal = refusalOf(email) ?? (change.digest === message.digest ? null : 'digest_mismatch');
  if (refusal !== null) return ignored(work, email, 'revise', by, refusal);

  const { org, mode, id, category } = message;
  const mailbox = await findMailbox(work.trx, org, message.mailbox);
  if (mailbox === null) throw new Problem('mailbox_unknown', { detail: 'There is no such mailbox.' });
  const number = message.revision + 1;
  const plan: Plan = {
    ...{ policy: mailbox.policy, now, sendAt: message.send_at, expiresAt: message.expires_at },
    undoUntil: message.undo_until,
  };
  const made = revisionOf({ ...change, id, number, mailbox, category });
  const subject = { ...subjectOf(email), policy: mailbox.policy, revision: made };
  const before = message.status;
  const wasHeld = before === 'held';
  const judgeIt = async (): Promise<{
    judged: Awaited<ReturnType<typeof judgeNew>>;
    placement: Placement;
  }> => {
    const judged = await judgeNew(work, subject, {
      ...{ goesAt: goesAtOf(plan), admitted: true, hosts: change.hosts },
    });
    const placed = placementOf(judged.verdict, judged.room, plan);
    const released = wasHeld && (placed.status === 'queued' || placed.status === 'scheduled');
    return { judged, placement: released ? hold(plan) : placed };
  };

  let { judged, placement } = await judgeIt();
  const { revision } = judged;
  const digest = digestIn(work, revision);
  message.revision = number;
  message.digest = digest;
  message.content_hash = contentHashOf(work, { revision: made, policy: mailbox.policy });
  message.subject = content.subject;
  place(message, judged, placement);
  await work.trx.deleteFrom('recipients').where('org', '=', org).where('message', '=', id).execute();
  const recipients = recipientRows(message, revision, { policy: mailbox.policy, now });
  await writeRevision(work, { org, mode, id, number, revision, digest, attachments, by }, recipients);
  if (placement.placeAt === null) await giveBack(work, message);
  await reserve(work, message, { judged, placement }, async () => {
    ({ judged, placement } = await judgeIt());
    place(message, judged, placement);
    count(recipients, message.status === 'queued' ? now : null);
    return { judged, placement };
  });

  const edited = withRecipients(email, recipients);
  await saveEmail(work, edited);
  note({
    ...{ ...placeOf(message), type: 'message.edited', by },
    data: { revision: number, digest, recipients: recipients.length, verdict: judged.verdict },
  });
  noteStatus(work, edited, { by, before });
  return { result: 'applied', view: viewOf(edited, settings, now) };
}

export async function reschedule(
  work: Work,
  { id, sendAt, version, by }: Parameters<Store['reschedule']>[0],
): Promise<Decided> {
  const { now, settings, note } = work;
  const email = await lockEmail(work, id);
  const { message } = email;
  // Each change raises the version, so that an update that comes again moves nothing twice.
  const refusal = refusalOf(email) ?? (version === message.version ? null : 'too_late');
  if (refusal !== null) return ignored(work, email, 'reschedule', by, refusal);
  message.send_at = dateOf(sendAt);
  if (message.status !== 'held') {
    // What it had in a limit was for the time that no longer holds; the claim counts it when it goes.
    await giveBack(work, message);
    count(email.recipients, null);
    const undoUntil = message.wait_reason === 'undo' ? message.undo_until : null;
    const time = nextTime({ now, sendAt: message.send_at, undoUntil });
    message.status = time === null ? 'queued' : 'scheduled';
    wait(message, time?.reason ?? null, time?.until ?? null);
    message.due_since = time?.until ?? now;
  }
  await saveEmail(work, email);
  note({
    ...{ org: message.org, message: id, type: 'message.rescheduled', by },
    data: { sendAt: message.send_at.toISOString(), revision: message.revision },
  });
  return { result: 'applied', view: viewOf(email, settings, now) };
}

function refusalOf({ message }: Email): 'too_late' | null {
  return message.closed_at === null && isEditable(message.status) ? null : 'too_late';
}

function ignored(
  { settings, now, note }: Work,
  email: Email,
  action: 'revise' | 'reschedule',
  by: string,
  result: 'too_late' | 'digest_mismatch',
): Decided {
  const { org, id, revision } = email.message;
  note({ org, message: id, type: 'decision.ignored', by, data: { action, result, revision } });
  return { result, view: viewOf(email, settings, now) };
}
