/** @module The timer of the looks into what nobody knows, in every process that runs a worker; they share the work. */
import { reconcile, type ReconcileDeps } from './reconcile.js';
import { patient, startRounds, type RunningRounds } from './rounds.js';

export interface ReconcileTimerDeps extends ReconcileDeps {
  /** Milliseconds between two rounds. */
  interval: number;
}

export function startReconcile(deps: ReconcileTimerDeps): RunningRounds {
  const { interval, log } = deps;
  const failed = (error: unknown): void => {
    log.warn(
      { err: error },
      'what is unknown could not be looked into; it stays unknown, and is looked at later',
    );
  };
  let isStopping = (): boolean => false;
  const round = patient(
    interval,
    async () => {
      await reconcile(deps, isStopping);
      return interval;
    },
    failed,
  );
  return startRounds(interval, (stopping) => {
    isStopping = stopping;
    return round();
  });
}
