/**
 * @module What an operator does to a workflow behind its back: resets it to a point of its history, or deletes
 * it with its history, as retention does.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Handle } from './warden.js';

const NAMESPACE = 'default';

/** `temporal.api.enums.v1.ResetReapplyExcludeType`: signals, updates, requests to cancel. */
const MESSAGES = [1, 2, 4];

type HistoryEvent = NonNullable<Awaited<ReturnType<Handle['fetchHistory']>>['events']>[number];

/** A point to which a run can be reset: the id of a completed workflow task. */
export interface ResetPoint {
  runId: string;
  eventId: NonNullable<HistoryEvent['eventId']>;
}

/** Every such point of the newest run, in order. */
export async function resetPoints(handle: Handle): Promise<ResetPoint[]> {
  const { runId } = await handle.describe();
  const { events } = await handle.client.getHandle(handle.workflowId, runId).fetchHistory();
  return (events ?? []).flatMap(({ eventId, workflowTaskCompletedEventAttributes }) =>
    eventId && workflowTaskCompletedEventAttributes ? [{ runId, eventId }] : [],
  );
}

/** Resets; what was sent to the workflow after that point is sent to it again, or left out. */
export async function resetTo(
  { client, workflowId }: Handle,
  { runId, eventId }: ResetPoint,
  messages: 'reapplied' | 'left out',
): Promise<void> {
  await client.workflowService.resetWorkflowExecution({
    namespace: NAMESPACE,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: eventId,
    requestId: randomUUID(),
    reason: 'a test',
    resetReapplyExcludeTypes: messages === 'reapplied' ? [] : MESSAGES,
  });
}

/** Deletes the newest run, and waits until the server knows the workflow no more. */
export async function deleteHistory(handle: Handle): Promise<void> {
  const { client, workflowId } = handle;
  const { runId } = await handle.describe();
  await client.workflowService.deleteWorkflowExecution({
    namespace: NAMESPACE,
    workflowExecution: { workflowId, runId },
  });
  const deadline = Date.now() + 15_000;
  while (await isKnown(handle)) {
    if (Date.now() > deadline) throw new Error(`${workflowId} is still known`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function isKnown(handle: Handle): Promise<boolean> {
  try {
    await handle.describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
