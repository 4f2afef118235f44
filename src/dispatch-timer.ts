/**
 * @module The dispatcher, beside each worker: takes what is due, tries many at once, and never lets one endpoint take
 * all the places. Any number of them share the work; it is never on the way of an email.
 */
import type { Config } from './config.js';
import { deliver, type DispatchDeps } from './dispatch.js';
import { poster } from './dispatch-post.js';
import { patient, startRounds } from './rounds.js';
import type { TakenDelivery } from './store/store.js';

export interface RunningDispatch {
  /** Lets the deliveries in flight end, for a short while, and resolves. */
  stop(): Promise<void>;
}

export interface DispatchTimerDeps extends DispatchDeps {
  /** Milliseconds between two looks that find nothing. */
  interval: number;
  /** Longer than one try can take. */
  leaseMs: number;
  /** Milliseconds that deliveries in flight get when it stops. Default 5,000. */
  grace?: number;
}

/** In flight at once in this process; of these to endpoints that fail; to one endpoint and of one org, over all processes. */
const PLACES = { all: 64, failing: 16, each: 8, org: 16 };

/** Beside the time-out: reading the event before, recording after. */
const LEASE_MARGIN_MS = 15_000;

/** The dispatcher's share of the settings. */
export function dispatchSettings({
  webhooks: { allowPrivate, interval, timeout },
}: Pick<Config, 'webhooks'>): Pick<DispatchTimerDeps, 'interval' | 'leaseMs' | 'post'> {
  const post = poster({ timeoutMs: timeout, allowPrivate });
  return { interval, leaseMs: timeout + LEASE_MARGIN_MS, post };
}

export function startDispatch(deps: DispatchTimerDeps): RunningDispatch {
  const { store, interval, leaseMs, grace = 5_000, log } = deps;
  const inFlight = new Map<TakenDelivery, Promise<void>>();
  const over = new AbortController();
  let after: string | null = null;

  const begin = (taken: TakenDelivery): void => {
    const done = deliver(deps, taken, over.signal).then(() => {
      inFlight.delete(taken);
      // A place is free, and the next one about the same message may go.
      rounds.wake();
    });
    inFlight.set(taken, done);
  };

  const look = async (): Promise<number> => {
    const failing = [...inFlight.keys()].filter((one) => one.failing).length;
    const { taken, last, more } = await store.takeDeliveries({
      ...{
        limit: PLACES.all - inFlight.size,
        failing: Math.max(0, PLACES.failing - failing),
        leaseMs,
        after,
      },
      ...{ perEndpoint: PLACES.each, perOrg: PLACES.org },
    });
    after = last;
    taken.forEach(begin);
    return more ? 0 : interval;
  };
  const round = patient(interval, look, (error) => {
    log.warn({ err: error }, 'webhooks could not be looked for; they are kept, and go later');
  });

  const rounds = startRounds(interval, async () => (inFlight.size < PLACES.all ? await round() : interval));
  return {
    stop: async () => {
      await rounds.stop();
      const timer = setTimeout(() => over.abort(), grace);
      await Promise.all(inFlight.values());
      clearTimeout(timer);
    },
  };
}
