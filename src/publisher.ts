/**
 * @module The publisher's timer, in every process that runs a worker: what committed is in the log soon after, at
 * once again while there is more. Which process publishes is settled in the store.
 */
import type { Logger } from 'pino';
import { patient, startRounds, type RunningRounds } from './rounds.js';
import type { Store } from './store/store.js';

export interface PublisherDeps {
  store: Pick<Store, 'publishEvents'>;
  /** Milliseconds between two looks that find nothing. */
  interval: number;
  log: Pick<Logger, 'warn'>;
}

/** Events of one transaction. */
const MOST = 500;

export function startPublisher({ store, interval, log }: PublisherDeps): RunningRounds {
  const look = async (): Promise<number> => ((await store.publishEvents(MOST)) > 0 ? 0 : interval);
  const failed = (error: unknown): void => {
    log.warn({ err: error }, 'events could not be published; they are kept, and come later');
  };
  return startRounds(interval, patient(interval, look, failed));
}
