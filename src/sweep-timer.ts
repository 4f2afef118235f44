/**
 * @module The sweep's timer: one round after the other, in every process that runs a worker. Which of them
 * does a round is settled in the store.
 */
import { sweep, type SweepDeps } from './sweep.js';

export interface RunningSweep {
  /** Lets the round in flight end, early, and resolves. */
  stop(): Promise<void>;
}

/** What was left behind when everything stopped need not wait for a whole interval. */
const FIRST_AFTER = 5_000;

export function startSweep(deps: SweepDeps): RunningSweep {
  let stopped = false;
  let wakeUp = (): void => undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    for (let wait = Math.min(deps.interval, FIRST_AFTER); !stopped; wait = deps.interval) {
      await pause(wait);
      if (stopped) return;
      try {
        await sweep(deps, () => stopped);
      } catch (error) {
        deps.log.warn({ err: error }, 'a round of the sweep failed; the next one tries again');
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}
