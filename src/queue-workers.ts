/**
 * @module Workers for providers with a rate limit. Their deliveries have a task queue of their own, `<queue>.<provider>`,
 * so that the server itself counts them, over all workers, and email for other providers does not stand behind them.
 */
import { Worker } from '@temporalio/worker';
import type { ProviderConfig } from './config.js';
import { activitiesOf, type WorkerSetup } from './worker.js';

/** What keeps a worker running needs of it. */
export type Runnable = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/** As the workflow names it: see workflows/proxies.ts. */
export const queueOf = (taskQueue: string, provider: string): string => `${taskQueue}.${provider}`;

export const withRateLimit = (providers: readonly ProviderConfig[]): ProviderConfig[] =>
  providers.filter((one) => one.rateLimit !== undefined);

/** One for each such provider; `run()` them beside the worker of `taskQueue`, on whose connection they are. */
export async function createQueueWorkers({
  connection,
  namespace,
  taskQueue,
  dependencies,
}: Pick<WorkerSetup, 'connection' | 'namespace' | 'taskQueue' | 'dependencies'>): Promise<Worker[]> {
  const limited = withRateLimit(dependencies.config.providers);
  if (limited.length === 0) return [];
  const activities = activitiesOf({ ...dependencies, searchAttribute: false });
  const workers: Worker[] = [];
  for (const { name, rateLimit } of limited) {
    const type = `mailwarden.deliver.${name}`;
    if (rateLimit === undefined || activities[type] === undefined) continue;
    workers.push(
      await Worker.create({
        ...{ connection, namespace, taskQueue: queueOf(taskQueue, name) },
        activities: { [type]: activities[type] },
        // Of the queue, not of this worker: however many poll it, the server gives out no more.
        maxTaskQueueActivitiesPerSecond: rateLimit.perSecond,
        shutdownGraceTime: '10s',
      }),
    );
  }
  return workers;
}

/**
 * As one: they end together, so that all of them are made anew where one dies. `run`: how the first one is run, where
 * that is somebody else's to say.
 */
export function together(
  first: Worker,
  others: readonly Worker[],
  run: () => Promise<void> = () => first.run(),
): Runnable {
  const all = [first, ...others];
  const shutdown = (): void => {
    for (const one of all) if (one.getState() === 'RUNNING') one.shutdown();
  };
  return {
    getState: () => first.getState(),
    shutdown,
    async run() {
      const runs = [run, ...others.map((one) => () => one.run())];
      const ends = await Promise.allSettled(runs.map((begin) => begin().finally(shutdown)));
      const failed = ends.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
