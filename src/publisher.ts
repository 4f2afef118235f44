/**
 * @module The publisher's timer, in every process that runs a worker: what committed is in the log soon after, at
 * once again while there is more. Which process publishes is settled in the store.
 */
import type { Logger } from 'pino';
import { startRounds, type RunningRounds } from './rounds.js';
import type { Store } from './store/store.js';

export interface PublisherDeps {
  store: Pick<Store, 'publishEvents'>;
  /** Milliseconds between two looks that find nothing. */
  interval: number;
  log: Pick<Logger, 'warn'>;
}

/** Events of one transaction. */
const MOST = 500;
/** A store that does not answer is asked ever more seldom, up to this. */
const SELDOM_MS = 5_000;

export function startPublisher({ store, interval, log }: PublisherDeps): RunningRounds {
  let failures = 0;
  return startRounds(interval, async () => {
    try {
      const published = await store.publishEvents(MOST);
      failures = 0;
      return published > 0 ? 0 : interval;
    } catch (error) {
      // Once for each time that it began.
      if (failures === 0)
        log.warn({ err: error }, 'events could not be published; they are kept, and come later');
      failures += 1;
      return Math.min(SELDOM_MS, interval * 2 ** Math.min(failures, 10));
    }
  });
}
