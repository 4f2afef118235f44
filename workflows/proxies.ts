/**
 * @module Every activity as the workflow calls it, with every time-out and retry policy in one place.
 * Sandbox-safe.
 */
import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { CoreActivities, Deliver } from '../activities/interface.js';
import type { NextDelivery } from '../src/core/email/view.js';

type Named<T> = { [K in keyof T & string as `mailwarden.${K}`]: T[K] };

/** A quick try inside the workflow task: no event but a marker, and no round trip to the server. */
const local = proxyLocalActivities<Named<CoreActivities>>({
  startToCloseTimeout: '3s',
  retry: { maximumAttempts: 3, initialInterval: '100ms', backoffCoefficient: 2 },
});

/** The patient form, for a database that is down or hangs: it waits in the server, not in the history. */
const durable = proxyActivities<Named<CoreActivities>>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

type Input<K extends keyof CoreActivities> = Parameters<CoreActivities[K]>[0];
type Output<K extends keyof CoreActivities> = Awaited<ReturnType<CoreActivities[K]>>;

/**
 * One step: first as a local activity, then, where that gave up, as a regular one that never does. Each
 * is idempotent, because a local activity may run again without leaving a trace.
 */
export async function step<K extends keyof CoreActivities>(name: K, input: Input<K>): Promise<Output<K>> {
  const type = `mailwarden.${name}` as const;
  type Call = (input: Input<K>) => Promise<Output<K>>;
  try {
    return await (local[type] as Call)(input);
  } catch {
    return await (durable[type] as Call)(input);
  }
}

/** The delivery activity of one provider: its own type, so that the UI and metrics tell them apart. */
export function deliverBy(next: NextDelivery): Deliver {
  const type = `mailwarden.deliver.${next.provider}`;
  const activities = proxyActivities<Record<string, Deliver>>({
    ...(next.ownQueue === true && { taskQueue: `${workflowInfo().taskQueue}.${next.provider}` }),
    ...(next.priority !== undefined && { priority: next.priority }),
    scheduleToStartTimeout: next.timeouts.scheduleToStart,
    startToCloseTimeout: next.timeouts.startToClose,
    heartbeatTimeout: next.timeouts.heartbeat,
    scheduleToCloseTimeout: next.timeouts.scheduleToClose,
    retry: next.retry,
  });
  return activities[type] as Deliver;
}
