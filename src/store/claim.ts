/**
 * @module The claim: the last moment of judgement, written before any provider is called. Whoever gets `go`
 * may touch the wire once; whatever is not certain here is never sent.
 */
import type { Recipient, Revision } from '../core/email/revision.js';
import { lose } from './attempts.js';
import { noteStatus } from './admit.js';
import { readBlobs } from './blobs.js';
import { endedUnsent, lockEmail, move, refuse, saveEmail, waits, type Email } from './email.js';
import { fromJson, toJson } from './json.js';
import { release } from './release.js';
import type { Claimed, ClaimRequest } from './store.js';
import type { Rows } from './tables.js';
import { isDue, viewOf } from './view.js';
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

  const { again, lost } = unanswered(email, request, now);
  lose(work, email, lost);
  const due = email.recipients.filter((one) => isDue(one, now) || again.includes(one));
  if (due.length === 0) return lost.length === 0 ? no() : await refused();
  if (expire(work, email, due)) return await refused();

  const revision = await revisionIn(work, message);
  if (!(await release(work, email, revision, due))) return await refused();

  const attempt = writeAttempt(work, request, email, due);
  for (const one of due) {
    move(one, { on: 'claim' });
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
    },
  });
  const blobs = await readBlobs(
    work.trx,
    revision.attachments.map((one) => one.sha256),
  );
  const { digest, mode } = message;
  const key = `${message.id}.${attempt.attempt}.${attempt.try}`;
  return { answer: 'go', try: attempt.try, key, revision, digest, recipients, blobs, mode };
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

/**
 * Somebody claimed and gave no answer. Where the provider deduplicates, these may be asked for again there;
 * anywhere else it is not known whether they were sent.
 */
function unanswered(
  { recipients, attempts }: Email,
  { provider, dedupesFor }: ClaimRequest,
  now: Date,
): { again: Rows['recipients'][]; lost: Rows['recipients'][] } {
  const claimed = recipients.filter((one) => one.status === 'claimed');
  const again = claimed.filter((one) => {
    const row = attempts.find((it) => it.attempt === one.attempt && it.try === one.try);
    return row?.provider === provider && now.getTime() - row.at.getTime() < dedupesFor;
  });
  return { again, lost: claimed.filter((one) => !again.includes(one)) };
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
  { trx, now, later }: Work,
  { attempt, provider, execution, leaseMs }: ClaimRequest,
  { message: { org, id }, attempts }: Email,
  due: readonly Rows['recipients'][],
): Rows['attempts'] {
  const last = attempts
    .filter((one) => one.attempt === attempt)
    .reduce((most, one) => Math.max(most, one.try), 0);
  const row: Rows['attempts'] = {
    ...{ org, message: id, attempt, try: last + 1, provider },
    ...{ execution_run: execution.run, execution_try: execution.try },
    recipients: toJson(due.map((one) => one.index)),
    ...{ at: now, lease_until: new Date(now.getTime() + leaseMs), finished_at: null },
    ...{ outcome: null, provider_message_id: null, receipt: null },
  };
  later(`attempt ${id} ${row.attempt}.${row.try}`, trx.insertInto('attempts').values(row));
  return row;
}
