/** @module What the service of a process has beside its dependencies: who waits at this moment, and for what. */
import { eventTail, type EventTail, type TailDeps } from './event-tail.js';
import { slots, type Slots } from './slots.js';

export interface Live {
  tail: EventTail;
  /** Calls that wait for an email: all of them, and by org and mode, so that nobody takes everybody's places. */
  waiters: Slots;
  waitersOf: Slots;
  /** Event streams, by key. */
  streams: Slots;
  /** Milliseconds after which a stream that has nothing to say says so, and looks whether its key still holds. */
  heartbeat: number;
  /** Nobody is kept waiting any more. */
  close(): Promise<void>;
}

export interface LiveDeps extends TailDeps {
  /** Defaults: 200 waiters, 50 of each org and mode, 10 streams of each key, a heartbeat every 15 s. */
  bounds?: { waiters?: number; waitersOf?: number; streams?: number; heartbeat?: number };
}

export function openLive({
  bounds: { waiters = 200, waitersOf = 50, streams = 10, heartbeat = 15_000 } = {},
  ...deps
}: LiveDeps): Live {
  const tail = eventTail(deps);
  return {
    ...{ tail, waiters: slots(waiters), waitersOf: slots(waitersOf), streams: slots(streams), heartbeat },
    close: () => tail.close(),
  };
}
