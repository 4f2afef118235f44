/**
 * @module `sendEmail` as other workflows call it: the email is a child that outlives its parent. It tells the parent
 * when it has come as far as was asked; its result is what the parent hears where it never will. Sandbox-safe.
 */
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  condition,
  setHandler,
  startChild,
  TerminatedFailure,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { priorityOf } from '../src/core/delivery/priority.js';
import type { Outcome } from '../src/core/email/view.js';
import { outcomeSignal } from './parent.js';
import type { SendOptions, SendRequest, Tell } from './request.js';

/** The plugin's `taskQueue`, written into the bundle; not there in a bundle made without the plugin. */
declare const __MAILWARDEN_TASK_QUEUE__: string | undefined;
const bundledTaskQueue =
  typeof __MAILWARDEN_TASK_QUEUE__ === 'string' && __MAILWARDEN_TASK_QUEUE__ !== ''
    ? __MAILWARDEN_TASK_QUEUE__
    : undefined;

/** Calls that have not returned: run and id. */
const underWay = new Set<string>();

type Email = (request: SendRequest, tell?: Tell) => Promise<Outcome>;

export async function sendByChild(request: SendRequest, options: SendOptions): Promise<Outcome> {
  const { until = 'sent', taskQueue = bundledTaskQueue } = options;
  if (!['admitted', 'sent', 'final'].includes(until))
    throw ApplicationFailure.nonRetryable(
      `sendEmail: until is one of admitted, sent and final, not ${until}`,
      'mailwarden.invalid_option',
    );
  const id = options.workflowId ?? `msg_${uuid4().replaceAll('-', '')}`;
  const call = `${workflowInfo().runId} ${id}`;
  // It would fail at the server, too, but only after it had taken the handler of the one that is under way.
  if (underWay.has(call))
    throw new WorkflowExecutionAlreadyStartedError('this email is under way', id, 'mailwarden.sendEmail');
  underWay.add(call);
  const signal = outcomeSignal(id);
  let told: Outcome | undefined;
  setHandler(signal, (outcome) => {
    told ??= outcome;
  });
  // Not checked here: a caller of plain JavaScript may say anything.
  const given = request as Partial<Record<string, unknown>> | undefined;
  try {
    const child = await startChild<Email>('mailwarden.sendEmail', {
      workflowId: id,
      args: until === 'final' ? [request] : [request, { tell: until }],
      ...(taskQueue !== undefined && { taskQueue }),
      priority: priorityOf(given?.['category'] ?? 'transactional', given?.['mailbox']),
      parentClosePolicy: 'ABANDON',
      cancellationType: 'ABANDON',
    });
    const result = child.result().catch((error: unknown) => {
      throw asFailure(error, id);
    });
    // Once the parent was told, what becomes of the child is nobody's failure.
    result.catch(() => undefined);
    if (until === 'final') return await result;
    return await Promise.race([condition(() => told !== undefined).then(() => told as Outcome), result]);
  } finally {
    setHandler(signal, undefined);
    underWay.delete(call);
  }
}

/** The workflow of an email never fails by itself: somebody ended it, or the caller was canceled. */
function asFailure(error: unknown, id: string): unknown {
  if (!(error instanceof ChildWorkflowFailure)) return error;
  if (error.cause instanceof CancelledFailure) return error.cause;
  const terminated = error.cause instanceof TerminatedFailure;
  return ApplicationFailure.create({
    message: `the workflow of email ${id} ${terminated ? 'was terminated' : 'ended without an outcome'}`,
    type: terminated ? 'mailwarden.terminated' : 'mailwarden.ended',
    nonRetryable: true,
    details: [{ id }],
    cause: error,
  });
}
