/**
 * @module How the service speaks to a `sendEmail` workflow: always with a deadline, and with each way of
 * failing told from the others, because "not accepted" and "nobody knows" are different answers.
 */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { Outcome } from '../core/email/view.js';
import type { Mode } from '../core/email/id.js';
import { NotConnected, untilConnected, within } from './connectivity.js';
import { DEADLINES, type Deadlines, type ServiceDeps } from './deps.js';
import { causes, isOutage } from './outage.js';

export const WORKFLOW_TYPES: readonly string[] = ['sendEmail', 'mailwarden.sendEmail'];

/** What a door writes beside a start: ids and hashes, so that an email can be shown before it is admitted. */
export interface StartMemo extends Record<string, unknown> {
  org: string;
  mailbox: string;
  mode: Mode;
  requestHash: string;
}

/**
 * `refused`: it never reached Temporal. `closed`: the workflow has ended, or its id was used before.
 * `unclear`: it may have been taken. `other`: a mistake, not an outage.
 */
export type Failure = 'refused' | 'closed' | 'unclear' | 'other';

/** The deadline went by without an answer: what was asked may still happen. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** What it takes to ask Temporal. */
export type TemporalDeps = Pick<ServiceDeps, 'clock' | 'deadlines'> & {
  temporal: Pick<ServiceDeps['temporal'], 'client'>;
};

/** Calls Temporal with one of our deadlines. @throws NotConnected, NoAnswer, and what the SDK throws. */
export async function withDeadline<T>(
  deps: TemporalDeps,
  kind: keyof Deadlines,
  call: () => Promise<T>,
): Promise<T> {
  const { client } = deps.temporal;
  const limits = { ...DEADLINES, ...deps.deadlines };
  await untilConnected(client, deps.clock(), Math.min(limits.connect, limits[kind]));
  const deadline = deps.clock().getTime() + limits[kind];
  // A little later than the deadline itself, whose own error says more.
  return await within(
    limits[kind] + 200,
    client.withDeadline(deadline, call),
    () => new NoAnswer('no answer in time'),
  );
}

/**
 * gRPC's failed precondition and aborted: an update that met a workflow in the instant of its closing, or one whose
 * task has just failed.
 */
const PASSING = new Set<unknown>([9, 10]);

/** `StartDeduped`: a cluster whose shards move; the workflow is there. */
const isPassing = (one: Error): boolean =>
  PASSING.has((one as { code?: unknown }).code) || /StartDeduped|update was aborted/u.test(one.message);

export function failureOf(error: unknown): Failure {
  if (error instanceof NotConnected) return 'refused';
  if (error instanceof WorkflowExecutionAlreadyStartedError || error instanceof WorkflowNotFoundError)
    return 'closed';
  if (error instanceof WorkflowUpdateFailedError) return 'closed';
  return isOutage(error) || causes(error).some(isPassing) ? 'unclear' : 'other';
}

/** What Temporal knows of an id; null where it has no such email. `outcome` only where it has ended. */
export interface Known {
  running: boolean;
  memo: Partial<StartMemo>;
  outcome?: Outcome;
}

/** Asks Temporal about an email that the store does not know (yet). Throws where it can't be asked. */
export async function askTemporal(deps: ServiceDeps, id: string): Promise<Known | null> {
  const handle = deps.temporal.client.workflow.getHandle(id);
  const described = await withDeadline(deps, 'ask', () => handle.describe()).catch(nullIfNotFound);
  if (described === null || !WORKFLOW_TYPES.includes(described.type)) return null;
  const memo = (described.memo ?? {}) as Partial<StartMemo>;
  if (described.status.name === 'RUNNING' || described.status.name === 'PAUSED')
    return { running: true, memo };
  // It ended without a result: terminated or timed out before anything of it was sent.
  const ended: Outcome = { id, status: 'failed', recipients: [] };
  if (described.status.name !== 'COMPLETED') return { running: false, memo, outcome: ended };
  const result = (await withDeadline(deps, 'ask', () => handle.result())) as Outcome | undefined;
  return { running: false, memo, outcome: result ?? ended };
}

function nullIfNotFound(error: unknown): WorkflowExecutionDescription | null {
  if (error instanceof WorkflowNotFoundError) return null;
  throw error;
}
