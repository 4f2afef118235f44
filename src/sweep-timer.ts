/**
 * @module The sweep's timer: one round after the other, in every process that runs a worker. Which of them
 * does a round is settled in the store.
 */
import { startRounds, type RunningRounds } from './rounds.js';
import { sweep, type SweepDeps } from './sweep.js';

/** What was left behind when everything stopped need not wait for a whole interval. */
const FIRST_AFTER = 5_000;

export function startSweep(deps: SweepDeps): RunningRounds {
  return startRounds(Math.min(deps.interval, FIRST_AFTER), async (stopping) => {
    try {
      await sweep(deps, stopping);
    } catch (error) {
      deps.log.warn({ err: error }, 'a round of the sweep failed; the next one tries again');
    }
    return deps.interval;
  });
}
