/**
 * @module One reader that follows the log: it is asked for each next event, so that a slow one holds a page in memory
 * and no more, and it ends with its key, its caller or the process.
 */
import { Problem } from '../errors.js';
import type { Caller, EventRow } from '../store/store.js';
import type { ServiceDeps } from './deps.js';
import type { Listener } from './event-tail.js';
import { placeAfter, shownEvent, startOf, wantedBy, type Wanted } from './events.js';
import type { ParsedOf } from './operations.js';
import type { ShownEvent } from './schemas/event.js';

export interface EventFeed {
  /** The next event; `quiet` where for a while there was none; null at the end. */
  next(): Promise<ShownEvent | 'quiet' | null>;
  close(): void;
}

export interface FeedContext {
  /** The caller went away. */
  signal: AbortSignal;
  /** Whether the key still holds; asked every now and then. */
  mayGoOn: () => Promise<boolean>;
}

const PAGE = 100;

/** @throws Problem: a `since` that is unknown, too many streams. */
export async function openFeed(
  deps: ServiceDeps,
  caller: Caller,
  { since, lastEventId, ...filter }: ParsedOf<'events.stream'>,
  context: FeedContext,
): Promise<EventFeed> {
  const wanted = await wantedBy(deps, caller, filter);
  // A browser that connects again repeats its first address; where it was stands in the header.
  const from = lastEventId ?? since;
  const leave = deps.live.streams.take(caller.key);
  if (leave === null)
    throw new Problem('rate_limited', {
      detail: 'this key has as many event streams open as it may; close one, or follow all with one',
      retryAfter: 5,
    });
  try {
    const { org, mode } = caller;
    const listener = await deps.live.tail.listen({ org, mode });
    try {
      const after = from === undefined ? await deps.store.lastPosition() : await startOf(deps, wanted, from);
      return new Feed(deps, { wanted, after, listener, leave, ...context });
    } catch (error) {
      listener.close();
      throw error;
    }
  } catch (error) {
    leave();
    throw error;
  }
}

interface FeedState extends FeedContext {
  wanted: Wanted;
  after: number;
  listener: Listener;
  leave: () => void;
}

class Feed implements EventFeed {
  #rows: EventRow[] = [];
  #isOver = false;
  #checked: number;
  /** Nothing is left to be read until the log goes on. */
  #isDry = false;

  constructor(
    readonly deps: ServiceDeps,
    readonly state: FeedState,
  ) {
    this.#checked = deps.clock().getTime();
  }

  async next(): Promise<ShownEvent | 'quiet' | null> {
    const { live, clock } = this.deps;
    for (;;) {
      const isDue = clock().getTime() - this.#checked >= live.heartbeat;
      if (this.#isOver || (isDue && !(await this.#mayGoOn()))) return this.#end();
      const row = this.#rows.shift();
      if (row !== undefined) return shownEvent(row);
      if (!this.#isDry) {
        await this.#read();
        continue;
      }
      const isNews = await this.state.listener.news(live.heartbeat, this.state.signal);
      if (live.tail.isClosed() || this.state.signal.aborted) return this.#end();
      this.#isDry = !isNews;
      if (!isNews) return (await this.#mayGoOn()) ? 'quiet' : this.#end();
    }
  }

  close(): void {
    this.#isOver = true;
    this.#rows = [];
    this.state.listener.close();
    this.state.leave();
  }

  async #read(): Promise<void> {
    const { wanted, after, listener } = this.state;
    const last = listener.position();
    this.#rows = await this.deps.store.publishedAfter({ ...wanted, after, limit: PAGE });
    this.#isDry = this.#rows.length < PAGE;
    this.state.after = placeAfter(this.#rows, { after, limit: PAGE, last });
  }

  async #mayGoOn(): Promise<boolean> {
    this.#checked = this.deps.clock().getTime();
    return await this.state.mayGoOn();
  }

  #end(): null {
    this.close();
    return null;
  }
}
