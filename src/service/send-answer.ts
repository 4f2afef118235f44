/**
 * @module What `messages.send` answers, from whichever of workflow, store or Temporal could tell.
 */
import { adviceOn } from '../core/delivery/advice.js';
import type { MessageStatus } from '../core/email/state.js';
import { makeRevision, recipientsOf, type Recipient } from '../core/email/revision.js';
import type { Outcome, View } from '../core/email/view.js';
import { overseen } from '../core/policy/oversight.js';
import { retryAfterOf } from '../core/policy/explain.js';
import type { Verdict } from '../core/policy/verdict.js';
import { Problem } from '../errors.js';
import type { MessageDetail } from '../store/store.js';
import type { Submitted } from '../../workflows/messages.js';
import type { ServiceDeps } from './deps.js';
import type { SendAnswer } from './schemas/message.js';
import { approvalUrlOf, isOnlyRateLimit, shownVerdict } from './shown.js';
import type { Submission } from './submission.js';

interface Standing {
  id: string;
  status: MessageStatus;
  digest: string;
  revision: number;
  verdict?: Verdict | undefined;
  waitingFor?: View['waitingFor'] | null | undefined;
}

/** Null where the workflow has ended and knows only how: then the store is asked. */
export function answerFromSubmitted(
  deps: ServiceDeps,
  submission: Submission,
  submitted: Submitted,
): SendAnswer | null {
  const { view, outcome, requestHash } = submitted;
  if (view) return answer(deps, submission, view, requestHash, addressees(submission));
  if (outcome?.problem) return answerFromOutcome(outcome);
  return null;
}

export function answerFromDetail(
  deps: ServiceDeps,
  submission: Submission,
  detail: MessageDetail,
): SendAnswer {
  return answer(deps, submission, detail, detail.requestHash, detail.recipients);
}

/** Accepted: durable in Temporal, and taken up as soon as a worker is there. */
export function answerQueued(submission: Submission, requestHash: string | undefined): SendAnswer {
  const { id } = submission;
  const again = replay(submission, requestHash, { id, status: 'queued' });
  return { id, status: 'queued', retryAfter: 5, ...again };
}

/** It ended before it could be admitted; where the request itself was unusable, that is the answer. */
export function answerFromOutcome({ id, status, problem }: Outcome): SendAnswer {
  if (!problem) return { id, status, replayed: true };
  throw new Problem('invalid_request', {
    detail: problem.fields[0]
      ? `${problem.fields[0].field} ${problem.fields[0].message}`
      : 'the request is not valid',
    ...(problem.fields[0] && { field: problem.fields[0].field }),
    errors: problem.fields,
    members: { id },
  });
}

function answer(
  deps: ServiceDeps,
  submission: Submission,
  { id, status, digest, revision, verdict, waitingFor }: Standing,
  requestHash: string | undefined,
  recipients: readonly Pick<Recipient, 'index' | 'address'>[],
): SendAnswer {
  const now = deps.clock();
  // The stored email is another one than the caller's, so the caller's addresses are not its.
  const named = submission.requestHash === requestHash || submission.source === 'content' ? recipients : [];
  const shown = verdict && shownVerdict(verdict, named, { status, now });
  const standing = { id, status, digest, revision, ...(shown && { verdict: shown }) };
  const again = replay(submission, requestHash, standing);
  if (status === 'denied' && verdict) throw denied(verdict, { ...membersOf(standing), ...again }, now);
  const retryAfter = verdict?.outcome === 'wait' ? retryAfterOf(verdict, now) : undefined;
  const copied = named.find((one) => one.address === submission.mailbox.policy.oversight?.bcc)?.address;
  return {
    ...standing,
    ...(waitingFor && { waitingFor }),
    ...(status === 'held' && { approvalUrl: approvalUrlOf(deps.publicUrl, id) }),
    ...(copied !== undefined && { oversight: copied }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...again,
  };
}

/** Members that say that this is the answer to an earlier call. @throws Problem `idempotency_conflict`. */
function replay(
  { requestHash: mine, source, replayed }: Submission,
  stored: string | undefined,
  standing: Pick<SendAnswer, 'id' | 'status'>,
): Pick<SendAnswer, 'replayed' | 'contentDiffers'> {
  if (stored === undefined || stored === mine || source === 'content') return replayed ? { replayed } : {};
  if (source === 'body') return { replayed: true, contentDiffers: true };
  throw new Problem('idempotency_conflict', {
    detail:
      'this Idempotency-Key was used for another email, which is shown; nothing new was sent: use another key',
    field: 'Idempotency-Key',
    members: membersOf(standing),
  });
}

function denied(verdict: Verdict, members: Record<string, unknown>, now: Date): Problem {
  const rules = verdict.checks.filter((check) => check.effect === 'deny').map((check) => check.rule);
  if (isOnlyRateLimit(verdict)) {
    const retryAfter = retryAfterOf(verdict, now);
    return new Problem('rate_limited', {
      detail: `the mailbox has reached its limit (${rules.join(', ')}); send it again with a new key when the window opens`,
      ...(retryAfter !== undefined && { retryAfter }),
      members,
    });
  }
  const advice = rules.includes('suppression_check') ? adviceOn({ status: 'suppressed' }) : undefined;
  return new Problem('policy_denied', {
    detail: `policy denies this email (${rules.join(', ')}); the failed checks in verdict say why. Do not retry it unchanged`,
    members: { ...members, ...(advice !== undefined && { advice }) },
  });
}

/** In a problem, `status` is the one of HTTP. */
const membersOf = ({ status, ...rest }: Pick<SendAnswer, 'id' | 'status'>): Record<string, unknown> => ({
  ...rest,
  messageStatus: status,
});

/** The recipients as the revision numbers them. */
function addressees({ request, mailbox }: Submission): Recipient[] {
  const sender = { address: mailbox.address };
  const source = { messageId: '', sender, revision: 1, category: request.category, attachments: [] };
  return recipientsOf(overseen(makeRevision(request, source), mailbox.policy));
}
