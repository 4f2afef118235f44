/**
 * @module The verb `messages.send`. The start of the workflow is the acceptance, so each way in which
 * that call can end has an answer of its own; whatever is not certain says so and is safe to repeat.
 */
import { WithStartWorkflowOperation } from '@temporalio/client';
import { priorityOf } from '../core/delivery/priority.js';
import { canonical } from '../core/email/canonical.js';
import { messageIdFor } from '../core/email/id.js';
import { withoutKey } from '../core/email/request.js';
import type { MessageStatus } from '../core/email/state.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import { Problem } from '../errors.js';
import type { Caller, MailboxRow, MessageDetail } from '../store/store.js';
import { submitUpdate, type Submitted } from '../../workflows/messages.js';
import { mailboxFor } from './access.js';
import { requireAttachments } from './attachments.js';
import type { ServiceDeps, Verb } from './deps.js';
import type { OutputOf, ParsedOf } from './operations.js';
import { isOutage } from './outage.js';
import { sealed } from './sealing.js';
import { answerFromDetail, answerFromOutcome, answerFromSubmitted, answerQueued } from './send-answer.js';
import { keyFor, type Submission } from './submission.js';
import { askTemporal, failureOf, withDeadline, type StartMemo } from './temporal.js';

export const send: Verb<'messages.send'> = (deps, caller, input, raw) => sendBy(deps, caller, input, raw);

/** `via`: by this provider alone, whatever the route of the mailbox says. */
export async function sendBy(
  deps: ServiceDeps,
  caller: Caller,
  { mailbox: name, ...input }: ParsedOf<'messages.send'>,
  raw: Record<string, unknown>,
  via?: string,
): Promise<OutputOf<'messages.send'>> {
  const mailbox = await mailboxFor(deps, caller, name, 'as in POST /v1/mailboxes/{mailbox}/messages');
  return await sendFrom(deps, caller, mailbox, input, raw, via);
}

/** From a mailbox that the caller was seen to have. */
export async function sendFrom(
  deps: ServiceDeps,
  caller: Caller,
  mailbox: MailboxRow,
  { idempotencyKey, ...request }: Omit<ParsedOf<'messages.send'>, 'mailbox'>,
  raw: Record<string, unknown>,
  via?: string,
): Promise<OutputOf<'messages.send'>> {
  await requireAttachments(deps, caller, request.attachments);
  const { key, source, replayed } = await keyFor(deps, caller, mailbox.id, request, idempotencyKey);
  const id = messageIdFor(caller.org, mailbox.id, caller.mode, key, deps.sha256);
  const submission: Submission = {
    id,
    key,
    source,
    replayed: replayed || (source !== 'content' && (await deps.store.view(id)) !== null),
    requestHash: deps.sha256(canonical(withoutKey(request))),
    request,
    mailbox,
  };
  const { mailbox: _name, idempotencyKey: _key, ...asWritten } = raw;
  const argument = await sealed(deps, 'request', {
    org: caller.org,
    mailbox: mailbox.id,
    mode: caller.mode,
    principal: caller.principal,
    key: caller.key,
    dedupeKey: key,
    requestHash: submission.requestHash,
    request: asWritten,
    ...(via !== undefined && { via }),
  });
  try {
    const submitted = await submit(deps, caller, submission, argument);
    const first = submitted.view && (await firstOf(deps, caller, submission, submitted.view));
    if (first) return first;
    const answer = answerFromSubmitted(deps, submission, submitted);
    if (answer) return answer;
  } catch (error) {
    if (error instanceof Problem) throw error;
    return await afterFailure(deps, caller, submission, error);
  }
  // The workflow could only say how it had ended; the store knows the rest.
  return await fromWhatIsKnown(deps, caller, submission);
}

async function submit(
  deps: ServiceDeps,
  caller: Caller,
  { id, requestHash, request, mailbox }: Submission,
  argument: string,
): Promise<Submitted> {
  const { client, taskQueue } = deps.temporal;
  const memo: StartMemo = { org: caller.org, mailbox: mailbox.id, mode: caller.mode, requestHash };
  return await withDeadline(deps, 'update', () =>
    client.workflow.executeUpdateWithStart(submitUpdate, {
      updateId: `submit:${requestHash}`,
      startWorkflowOperation: new WithStartWorkflowOperation('sendEmail', {
        workflowId: id,
        taskQueue,
        args: [{ mailbox: mailbox.id, sealed: argument }],
        memo,
        priority: priorityOf(request.category, mailbox.id),
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      }),
    }),
  );
}

/** The email that said the same to the same people first, where that alone is why this one is denied. */
async function firstOf(
  deps: ServiceDeps,
  { org }: Caller,
  submission: Submission,
  { status, verdict }: { status: MessageStatus; verdict?: Verdict },
): Promise<OutputOf<'messages.send'> | null> {
  const id = status === 'denied' && verdict ? duplicateIn(verdict) : null;
  const first = id === null ? null : await deps.store.message(org, id);
  if (id === null || first === null) return null;
  const same = { ...submission, requestHash: first.requestHash };
  return { ...answerFromDetail(deps, same, first), replayed: true, duplicateOf: id };
}

/** The id that the rule `duplicate` names, where no other rule denies. */
function duplicateIn(verdict: Verdict): string | null {
  const [only, ...others] = decidingChecks(verdict);
  const id = only?.rule === 'duplicate' && others.length === 0 ? only.evidence?.['duplicateOf'] : undefined;
  return typeof id === 'string' ? id : null;
}

async function afterFailure(
  deps: ServiceDeps,
  caller: Caller,
  submission: Submission,
  error: unknown,
): ReturnType<typeof send> {
  switch (failureOf(error)) {
    case 'refused':
      throw new Problem(
        'unavailable',
        {
          detail: 'Temporal cannot be reached and nothing was accepted; repeat the call with the same key',
          retryAfter: 5,
          members: { id: submission.id, dedupeKey: submission.key },
        },
        { cause: error },
      );
    case 'closed':
      return await fromWhatIsKnown(deps, caller, { ...submission, replayed: true });
    case 'unclear':
      return await fromWhatIsKnown(deps, caller, submission);
    case 'other':
      throw error;
  }
}

/** Answers from the store, else from Temporal; where neither knows, says that nobody knows. */
async function fromWhatIsKnown(
  deps: ServiceDeps,
  caller: Caller,
  submission: Submission,
): ReturnType<typeof send> {
  const unknown = (cause?: unknown): Problem =>
    new Problem(
      'outcome_unknown',
      {
        detail:
          'it is not known whether this was accepted; repeat the call with the same key, or ask for the id',
        retryAfter: 5,
        members: { id: submission.id, dedupeKey: submission.key },
      },
      { cause },
    );
  try {
    const stored = (id: string): Promise<MessageDetail | null> => deps.store.message(caller.org, id);
    const detail = await stored(submission.id);
    if (detail)
      return (await firstOf(deps, caller, submission, detail)) ?? answerFromDetail(deps, submission, detail);
    const known = await askTemporal(deps, submission.id);
    if (known === null) throw unknown();
    if (!known.outcome) return answerQueued(submission, known.memo.requestHash);
    // Its key had named another email before, started without a door under an id of its own.
    const first = known.outcome.id === submission.id ? null : await stored(known.outcome.id);
    return first ? answerFromDetail(deps, submission, first) : answerFromOutcome(known.outcome);
  } catch (error) {
    // Not even the store can be asked: the start may have been accepted all the same.
    if (isOutage(error)) throw unknown(error);
    throw error;
  }
}
