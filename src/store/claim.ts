/**
 * @module The claim: the last moment of judgement, written before any provider is called. Whoever gets `go`
 * may touch the wire once; whatever is not certain here is never sent.
 */
import type { Recipient, Revision } from '../core/email/revision.js';
import { leaveUnknown, lose } from './attempts.js';
import { noteStatus } from './admit.js';
import { leaveProbe, passageTo, takeProbe } from './breakers.js';
import { readBlobs } from './blobs.js';
import { claimable, type Claimable } from './claimable.js';
import { endedUnsent, lockEmail, move, refuse, saveEmail, waits, type Email } from './email.js';
import { fromJson, toJson } from './json.js';
import { release } from './release.js';
import type { Claimed, ClaimRequest } from './store.js';
import type { Rows } from './tables.js';
import { keyUntil } from './unknown.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

export async function claim(work: Work, request: ClaimRequest): Promise<Claimed> {
  const { now, settings, note } = work;
  const email = await lockEmail(work, request.id);
  const { message } = email;
  const no = (): Claimed => ({ answer: 'no', view: viewOf(email, settings, now) });
  const refused = async (): Promise<Claimed> => {
    await saveEmail(work, email);
    return no();
  };

  if (!mayClaim(email, request)) return no();
  // Too early. The version rises, so that the workflow sees an answer to its question, and asks again.
  if (waits(message, now)) return await refused();

  const taken = claimable(work, email, request);
  const { due, repeats, failsOver } = taken;
  // What repeats a send that has begun there is the end of that send; anything else begins where it may.
  const passage = repeats === null ? passageTo(email, request.provider, now) : 'go';
  if (due.length === 0 || passage === 'no') return taken.changed ? await refused() : no();
  // Whoever sends to all that the headers name may not have some of them.
  if (request.envelope === false && repeats === null && due.length < email.recipients.length)
    return taken.changed ? await refused() : no();
  // Whoever may have been sent to is not refused: that stays unknown, and is not tried again.
  const stopped = async (): Promise<Claimed> => {
    if (waits(message, now)) lose(work, email, due);
    else leaveUnknown(work, email, due);
    return await refused();
  };
  if (expire(work, email, due)) return await stopped();

  const probeUntil = passage === 'probe' ? new Date(now.getTime() + request.leaseMs) : null;
  if (probeUntil !== null && !(await takeProbe(work, email, request.provider, probeUntil)))
    return taken.changed ? await refused() : no();
  const revision = await revisionIn(work, message);
  if (!(await release(work, email, revision, due))) {
    if (probeUntil !== null) await leaveProbe(work, email, request.provider, probeUntil);
    return await stopped();
  }

  const attempt = writeAttempt(work, request, email, taken);
  for (const one of due) {
    if (failsOver.includes(one)) move(one, { on: 'failover' });
    move(one, { on: repeats === null ? 'claim' : 'repeat' });
    Object.assign(one, { attempt: attempt.attempt, try: attempt.try, retry_at: null });
  }
  message.attempt_floor = Math.max(message.attempt_floor, request.attempt);
  message.attempt_last = Math.max(message.attempt_last, request.attempt);
  message.first_claim_at ??= now;
  message.last_wire_at = now;
  await saveEmail(work, email);
  const recipients: Recipient[] = due.map(({ index, kind, address }) => ({ index, kind, address }));
  note({
    ...{ org: message.org, message: message.id, type: 'delivery.claimed', by: request.provider },
    data: {
      ...{ attempt: attempt.attempt, try: attempt.try, provider: request.provider, digest: message.digest },
      recipients: recipients.map((one) => one.index),
      ...(repeats && { repeats: `${repeats.attempt}.${repeats.try}` }),
    },
  });
  if (failsOver.length > 0)
    note({
      ...{ org: message.org, message: message.id, type: 'delivery.duplicate_possible', by: request.provider },
      data: {
        ...{ attempt: attempt.attempt, try: attempt.try, provider: request.provider },
        recipients: failsOver.map((one) => one.index),
      },
    });
  const blobs = await readBlobs(
    work.trx,
    revision.attachments.map((one) => one.sha256),
  );
  const { digest, mode } = message;
  const { key } = attempt;
  const { delivery } = viewOf(email, settings, now);
  return { answer: 'go', try: attempt.try, key, revision, digest, recipients, blobs, mode, delivery };
}

function mayClaim({ message, attempts }: Email, request: ClaimRequest): boolean {
  const { execution } = request;
  const superseded = attempts.some(
    (one) =>
      one.attempt === request.attempt &&
      one.execution_run === execution.run &&
      one.execution_try > execution.try,
  );
  return (
    message.owner_run === request.run &&
    message.closed_at === null &&
    !endedUnsent(message.status) &&
    message.status !== 'held' &&
    message.digest === request.digest &&
    request.attempt >= message.attempt_floor &&
    !superseded
  );
}

/** Past its time: nobody who has not been sent to will be. True where it is so. */
function expire(work: Work, email: Email, due: Rows['recipients'][]): boolean {
  const { message, recipients } = email;
  if (message.expires_at === null || message.expires_at > work.now) return false;
  if (recipients.every((one) => one.status === 'ready')) {
    message.status = 'expired';
    noteStatus(work, email, { by: 'policy' });
  } else refuse(work, email, due, { reason: 'expired', by: 'policy' });
  return true;
}

async function revisionIn({ trx }: Work, { org, id, revision }: Rows['messages']): Promise<Revision> {
  const { content } = await trx
    .selectFrom('revisions')
    .select('content')
    .where('org', '=', org)
    .where('message', '=', id)
    .where('revision', '=', revision)
    .executeTakeFirstOrThrow();
  return fromJson<Revision>(content);
}

function writeAttempt(
  { trx, now, settings, later }: Work,
  { attempt, provider, execution, leaseMs, dedupesFor }: ClaimRequest,
  { message: { org, id, owner_run }, attempts }: Email,
  { due, repeats, failsOver }: Claimable,
): Rows['attempts'] & { key: string } {
  const last = attempts
    .filter((one) => one.attempt === attempt)
    .reduce((most, one) => Math.max(most, one.try), 0);
  const row: Rows['attempts'] & { key: string } = {
    ...{ org, message: id, attempt, try: last + 1, provider },
    ...{ execution_run: execution.run, execution_try: execution.try },
    recipients: toJson(due.map((one) => one.index)),
    ...{ at: now, lease_until: new Date(now.getTime() + leaseMs), finished_at: null },
    ...{ outcome: null, provider_message_id: null, receipt: null },
    // Of this run, so that two installations with one account at a provider never take the other's key.
    key: repeats?.key ?? settings.sha256([id, owner_run, attempt, last + 1].join(' ')),
    key_until: repeats === null ? keyUntil(now, dedupesFor) : repeats.key_until,
    duplicates:
      failsOver.length > 0 ? toJson(failsOver.map((one) => one.index)) : (repeats?.duplicates ?? null),
    ...{ look_at: null, lookups: 0, alerts: 0 },
  };
  later(`attempt ${id} ${row.attempt}.${row.try}`, trx.insertInto('attempts').values(row));
  return row;
}
