/**
 * @module Admission: the message, its revision, the verdict and its place in the limits, in one transaction.
 * Once per id and once per dedupe key, for ever: whoever comes second gets the first one's view.
 */
import type { MessageStatus } from '../core/email/state.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import { dateOrNull, fromJson, toJson } from './json.js';
import { DirectStartOff } from './failure.js';
import { emailOf, endedUnsent, placeOf, readEmail, saveEmail, wait, type Email } from './email.js';
import type { Judged } from './judge.js';
import { isMisjudged, stopLoop } from './loop.js';
import { nextLook } from './next-look.js';
import { placementOf, type Placement, type Plan } from './placement.js';
import { findMailbox } from './mailboxes.js';
import { count } from './recipient-limits.js';
import { takePlace } from './reservations.js';
import { digestIn, judgeNew, recipientRows, revisionOf, writeRevision } from './revisions.js';
import type { Admission, Admitted, MailboxRow } from './store.js';
import { contentHashOf, takeTurn } from './same-content.js';
import { writeTags } from './tags.js';
import { viewOf } from './view.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';
import { Problem } from '../errors.js';

export async function admit(work: Work, admission: Admission): Promise<Admitted> {
  const { now, settings, note } = work;
  const { id, org, mode, principal, attachments } = admission;
  const mailbox = await findMailbox(work.trx, org, admission.mailbox);
  if (mailbox === null) throw new Problem('mailbox_unknown', { detail: 'There is no such mailbox.' });
  if (admission.direct === true && !mailbox.directStart) throw new DirectStartOff();

  const plan = planOf(admission, mailbox, now);
  const goesAt = goesAtOf(plan);
  const asked = revisionOf({ ...admission, mailbox, number: 1 });
  const { key, reason = null, untrusted } = admission;
  const subject = {
    ...{ id, org, mode, mailbox: mailbox.id, policy: mailbox.policy, principal, key, reason, untrusted },
    contentHash: contentHashOf(work, { revision: asked, policy: mailbox.policy }),
    revision: asked,
  };
  await takeTurn(work, subject);
  const judgeIt = (): ReturnType<typeof judgeNew> =>
    judgeNew(work, subject, { goesAt, admitted: false, hosts: admission.hosts });

  let judged = await judgeIt();
  const { revision } = judged;
  const digest = digestIn(work, revision);
  const placed = placementOf(judged.verdict, judged.room, plan);
  const message = messageOf(admission, { mailbox, plan, digest, now });
  message.content_hash = subject.contentHash;
  place(message, judged, placed);
  message.misjudged_at = isMisjudged(message.status, judged.verdict) ? now : null;
  if (endedUnsent(message.status)) message.closed_at = now;
  message.sweep_at = nextLook({ message, recipients: [] }, settings, now);
  if (!(await insertMessage(work, message))) return await whoCameFirst(work, admission, mailbox.id);

  const recipients = recipientRows(message, revision, { policy: mailbox.policy, now });
  await writeRevision(
    work,
    { org, mode, id, number: 1, revision, digest, attachments, by: principal },
    recipients,
  );
  writeTags(work, message, admission.tags);
  const { standing } = judged;
  const email = emailOf({ message, recipients, attempts: [], mailbox, standing });
  // Between the judgement and the place another message may have taken the last one: then judge again.
  const again = async (): Promise<Placed> => {
    judged = await judgeIt();
    const placement = placementOf(judged.verdict, judged.room, plan);
    place(message, judged, placement);
    count(recipients, message.status === 'queued' ? now : null);
    return { judged, placement };
  };
  if (await reserve(work, message, { judged, placement: placed }, again)) await saveEmail(work, email);

  note({
    ...{ org, message: id, type: 'message.admitted', by: principal },
    data: { revision: 1, digest, recipients: recipients.length, verdict: judged.verdict },
  });
  noteStatus(work, email, { by: principal });
  if (message.misjudged_at !== null) await stopLoop(work, message, mailbox.policy);
  return { owner: true, requestHash: message.request_hash, view: viewOf(email, settings, now) };
}

/** Puts what was decided on the message's row. */
export function place(
  message: Rows['messages'],
  judged: Judged,
  { status, wait: time, placeAt }: Placement,
): void {
  message.status = status;
  if (status === 'queued') message.due_since = placeAt ?? message.due_since;
  message.verdict = toJson(judged.verdict);
  message.contacted = toJson(judged.contacted);
  wait(message, time?.reason ?? null, time?.until ?? null);
}

const MOST_ROUNDS = 20;

export interface Placed {
  judged: Judged;
  placement: Placement;
}

/**
 * Takes the place that the placement asks for; where it went to somebody else meanwhile, `again` judges once
 * more. True where the placement changed on the way.
 */
export async function reserve(
  work: Work,
  message: Rows['messages'],
  placed: Placed,
  again: () => Promise<Placed>,
): Promise<boolean> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const { placeAt } = placed.placement;
    const { places, room } = placed.judged;
    if (placeAt === null || (await takePlace(work, message, places, room.limits, placeAt, 'reserved')))
      return rounds > 0;
    placed = await again();
  }
  throw new Problem('unavailable', { detail: 'The limit is contended; try again.', retryAfter: 1 });
}

/**
 * `message.queued` also of a scheduled one: what it waits for stands beside it. Where it is as it was `before`, only
 * the audit has it.
 */
export function noteStatus(
  { note }: Work,
  { message }: Email,
  { by, before }: { by: string; before?: MessageStatus },
): void {
  const { status, wait_reason, wait_until, revision, verdict } = message;
  const nameOf = (one: MessageStatus): string => `message.${one === 'scheduled' ? 'queued' : one}`;
  const type = nameOf(status);
  const isNews = before === undefined || nameOf(before) !== type;
  const time = wait_reason === null ? {} : { waitingFor: wait_reason, until: wait_until?.toISOString() };
  const decided = status === 'held' || status === 'denied';
  const reason = decided ? decidingChecks(fromJson<Verdict>(verdict))[0]?.rule : wait_reason;
  note({
    ...{ ...placeOf(message), type, by, data: { revision, ...time } },
    about: isNews ? [{ reason: reason ?? null }] : [],
  });
}

export function planOf(
  { sendAt, expiresAt }: Pick<Admission, 'sendAt' | 'expiresAt'>,
  { policy }: MailboxRow,
  now: Date,
): Plan {
  const undoUntil = policy.undoSeconds > 0 ? new Date(now.getTime() + policy.undoSeconds * 1_000) : null;
  return { policy, now, sendAt: dateOrNull(sendAt), expiresAt: dateOrNull(expiresAt), undoUntil };
}

/** The limits that count are those of the hour in which it is to go. */
export const goesAtOf = ({ now, sendAt, undoUntil }: Plan): Date =>
  new Date(Math.max(now.getTime(), sendAt?.getTime() ?? 0, undoUntil?.getTime() ?? 0));

async function insertMessage({ trx }: Work, message: Rows['messages']): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('messages')
    .values(message)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function whoCameFirst(work: Work, admission: Admission, mailbox: string): Promise<Admitted> {
  const { id, run, org, mode, dedupeKey } = admission;
  const first =
    (await readEmail(work.trx, id)) ??
    (await readEmail(
      work.trx,
      (
        await work.trx
          .selectFrom('messages')
          .select('id')
          .where('org', '=', org)
          .where('mailbox', '=', mailbox)
          .where('mode', '=', mode)
          .where('dedupe_key', '=', dedupeKey)
          .executeTakeFirstOrThrow()
      ).id,
    ));
  if (first === null) throw new Problem('unavailable', { detail: 'Try again.', retryAfter: 1 });
  return {
    owner: first.message.id === id && first.message.owner_run === run,
    requestHash: first.message.request_hash,
    view: viewOf(first, work.settings, work.now),
  };
}

function messageOf(
  admission: Admission,
  { mailbox, plan, digest, now }: { mailbox: MailboxRow; plan: Plan; digest: string; now: Date },
): Rows['messages'] {
  const { id, org, mode, run, category, content } = admission;
  const { reason, untrusted, context, tags, metadata } = admission;
  return {
    ...{ org, id, mailbox: mailbox.id, mode, category, subject: content.subject, revision: 1, digest },
    ...{ dedupe_key: admission.dedupeKey, request_hash: admission.requestHash, owner_run: run },
    ...{ principal: admission.principal, key: admission.key },
    ...{ status: 'queued', version: 1, verdict: toJson(null), contacted: toJson([]) },
    ...{ wait_reason: null, wait_until: null, undo_until: plan.undoUntil },
    ...{ send_at: plan.sendAt, expires_at: plan.expiresAt },
    notes: toJson({ reason, untrusted, context, tags, metadata }),
    ...{ attempt_floor: 1, attempt_last: 0, tried: toJson([]), round: 0 },
    ...{ first_claim_at: null, due_since: now, last_wire_at: null, maybe_sent: false },
    ...{ via: admission.via ?? null, closed_at: null, sweep_at: null, created_at: now, updated_at: now },
    ...{ content_hash: null, misjudged_at: null },
  };
}
