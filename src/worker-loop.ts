/**
 * @module Keeps a worker running: one that dies is made anew, until it dies too often.
 */
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Runnable } from './queue-workers.js';

export interface RunningWorker {
  /** Lets what is under way finish (the worker's grace time), then resolves. */
  stop(): Promise<void>;
}

type Open = () => Promise<{ worker: Runnable; connection: NativeConnection }>;

/** Waits before the next try, in milliseconds; a worker that ran for a minute starts them anew. */
const BACKOFF = [200, 1_000, 2_000, 5_000, 10_000];
const STABLE_MS = 60_000;

/** Resolves once the first worker polls. `onFailure` is called when it died too often in a row. */
export async function keepRunning(
  open: Open,
  log: Logger,
  onFailure: (error: Error) => void,
): Promise<RunningWorker> {
  let stopping = false;
  let current = await open();
  const loop = async (): Promise<void> => {
    for (let failures = 0; ;) {
      const since = Date.now();
      let failure: unknown;
      try {
        await current.worker.run();
      } catch (error) {
        failure = error;
      }
      await current.connection.close().catch(() => undefined);
      if (stopping) return;
      failures = Date.now() - since > STABLE_MS ? 0 : failures + 1;
      log.error({ err: failure, failures }, 'the worker stopped by itself');
      const reopened = await reopen(failures);
      if (reopened === null) return;
      current = reopened;
    }
  };
  const reopen = async (failures: number): Promise<Awaited<ReturnType<Open>> | null> => {
    for (let i = failures - 1; i < BACKOFF.length; i++) {
      await new Promise((resolve) => setTimeout(resolve, BACKOFF[Math.max(i, 0)]));
      if (stopping) return null;
      try {
        return await open();
      } catch (error) {
        log.error({ err: error }, 'the worker could not start');
      }
    }
    onFailure(new Error('the worker stopped again and again: see the log'));
    return null;
  };
  const running = loop();
  return {
    async stop() {
      stopping = true;
      if (current.worker.getState() === 'RUNNING') current.worker.shutdown();
      await running;
    },
  };
}
