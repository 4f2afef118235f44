/**
 * @module How a door changes an email that is under way: one sealed update to its workflow, with a
 * deterministic id and a deadline. The store's compare-and-set decides; this turns what it said into
 * an answer or a problem.
 */
import type { UpdateDefinition } from '@temporalio/client';
import { canonical } from '../core/email/canonical.js';
import { Problem, type ProblemCode } from '../errors.js';
import type { Purpose } from '../seal.js';
import type { Caller, MessageDetail } from '../store/store.js';
import type { DecisionResult } from '../../activities/interface.js';
import type { SealedArgument } from '../../workflows/messages.js';
import { maySeeStart, messageNotFound, visibleMessage } from './access.js';
import type { ServiceDeps } from './deps.js';
import { unavailable } from './outage.js';
import type { Changed } from './schemas/message.js';
import { changedFromDetail, changedOf } from './shown.js';
import { sealed } from './sealing.js';
import { askTemporal, failureOf, withDeadline } from './temporal.js';

export interface Change {
  update: UpdateDefinition<DecisionResult, [SealedArgument]>;
  purpose: Purpose;
  /** What is sealed. */
  value: unknown;
  /** What makes two calls the same one, besides the state of the message. */
  sameness: unknown;
  /** True where the message already is what is asked for, so that a repeated call is answered alike. */
  isDone: (detail: MessageDetail) => boolean;
  /** What can be done without the workflow, where that has ended. */
  withoutWorkflow?: () => Promise<DecisionResult>;
}

/** The message to change. @throws Problem `not_found`, or `conflict` where it is not admitted yet. */
export async function changeable(deps: ServiceDeps, caller: Caller, id: string): Promise<MessageDetail> {
  const detail = await visibleMessage(deps, caller, id);
  if (detail) return detail;
  if ((await deps.store.view(id)) !== null) throw messageNotFound();
  const known = await askTemporal(deps, id);
  if (known === null || !known.running || !maySeeStart(caller, known.memo)) throw messageNotFound();
  throw new Problem('conflict', {
    detail: 'this email is accepted but no worker has taken it up yet; repeat the call in a few seconds',
    retryAfter: 5,
    members: { id, messageStatus: 'queued' },
  });
}

/** Makes the change. @throws Problem for everything but success. */
export async function change(
  deps: ServiceDeps,
  caller: Caller,
  before: MessageDetail,
  asked: Change,
): Promise<Changed> {
  const { id } = before;
  const argument = { sealed: await sealed(deps, asked.purpose, asked.value) };
  // The state is part of the id: the same call is the same update until something has changed.
  const sameness = [id, caller.key, asked.sameness, before.updatedAt, before.status, before.revision];
  const updateId = `${asked.update.name}:${deps.sha256(canonical(sameness))}`;
  try {
    const handle = deps.temporal.client.workflow.getHandle(id);
    const done = await withDeadline(deps, 'update', () =>
      handle.executeUpdate(asked.update, { args: [argument], updateId }),
    );
    return await fromResult(deps, caller, before, asked, done);
  } catch (error) {
    if (error instanceof Problem) throw error;
    return await fromFailure(deps, caller, before, asked, error);
  }
}

async function fromResult(
  deps: ServiceDeps,
  caller: Caller,
  before: MessageDetail,
  asked: Change,
  { result, view, retryAfter }: DecisionResult,
): Promise<Changed> {
  if (result === 'applied' && view) return changedOf(view, before, deps.clock());
  if (result === 'invalid_seal')
    throw new Error('the worker could not open the seal: its key ring is another one');
  const now = await visibleMessage(deps, caller, before.id);
  if (now === null) throw messageNotFound();
  if (asked.isDone(now)) return changedFromDetail(now, deps.clock());
  throw refused(result, now, retryAfter);
}

async function fromFailure(
  deps: ServiceDeps,
  caller: Caller,
  before: MessageDetail,
  asked: Change,
  error: unknown,
): Promise<Changed> {
  const { id } = before;
  switch (failureOf(error)) {
    case 'refused':
      throw unavailable(error);
    case 'unclear':
      throw new Problem(
        'outcome_unknown',
        {
          detail:
            'it is not known whether this took effect; it is safe to repeat the call, or to look at the message',
          retryAfter: 5,
          members: { id },
        },
        { cause: error },
      );
    case 'closed': {
      // An update can also fail at a workflow that goes on, which then has the say.
      if (asked.withoutWorkflow && (await askTemporal(deps, id))?.running !== true)
        return await fromResult(deps, caller, before, asked, await asked.withoutWorkflow());
      const now = await visibleMessage(deps, caller, id);
      if (now === null) throw messageNotFound();
      if (asked.isDone(now)) return changedFromDetail(now, deps.clock());
      throw refused(
        now.decisions.length > 0 && asked.update.name === 'decide' ? 'already_decided' : 'closed',
        now,
      );
    }
    case 'other':
      throw error;
  }
}

/** The codes of `Decided` and of `resolveUnknown`, as problems. */
const REFUSALS: Readonly<Record<string, [ProblemCode, string]>> = {
  already_decided: ['already_decided', 'somebody, or the deadline, decided before you'],
  digest_mismatch: ['digest_mismatch', 'the email was changed; read it again and decide on its new digest'],
  own_decision: [
    'own_decision',
    'you sent this email, or your key was made by whoever did; another person has to decide',
  ],
  not_held: ['conflict', 'this email is not waiting for a person'],
  too_late: [
    'conflict',
    'it is too late: this email was handed to a provider, has ended, or was changed just now',
  ],
  ignored: ['conflict', 'this cannot be decided now'],
  attachment_unknown: ['conflict', 'an attachment that was named is no longer kept; upload it again'],
  closed: ['conflict', 'this email has ended'],
  not_unknown: ['conflict', 'what was unknown of this email when you asked no longer is; read it again'],
  lease_active: ['lease_active', 'an attempt may still be under way; repeat the call when its time is over'],
};

function refused(
  result: string,
  {
    id,
    status,
    digest,
    revision,
    waitingFor,
  }: Pick<MessageDetail, 'id' | 'status' | 'digest' | 'revision' | 'waitingFor'>,
  retryAfter?: number,
): Problem {
  const [code, detail] = REFUSALS[result] ?? ['conflict', 'it is not in a state that allows this'];
  return new Problem(code, {
    detail: `${detail} (it is ${status})`,
    ...(retryAfter !== undefined && { retryAfter: Math.max(1, Math.ceil(retryAfter)) }),
    members: { id, messageStatus: status, digest, revision, ...(waitingFor && { waitingFor }) },
  });
}
