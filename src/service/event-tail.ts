/**
 * @module Who waits for news, and one look at the log for all of them: while somebody listens, the newest events are
 * read every so often and wake those whom they concern. Nobody listens: nothing is asked.
 */
import type { Logger } from 'pino';
import type { Mode } from '../core/email/id.js';
import { patient, startRounds, type RunningRounds } from '../rounds.js';
import type { EventTrace, Store } from '../store/store.js';

/** What a listener is told of: one message, or everything of an org in a mode. */
export type Interest = { message: string } | { org: string; mode: Mode };

export interface Listener {
  /** Everything up to this position in the log was there when it was last told. */
  position(): number;
  /** Resolves at news since the last call, after `ms`, at the signal, or where the tail is closed. True at news. */
  news(ms: number, signal?: AbortSignal): Promise<boolean>;
  close(): void;
}

export interface EventTail {
  /** What is published once this has resolved is not missed. */
  listen(interest: Interest): Promise<Listener>;
  /** The process ends: nobody is kept waiting. */
  close(): Promise<void>;
  isClosed(): boolean;
}

export interface TailDeps {
  store: Pick<Store, 'lastPosition' | 'eventsSince'>;
  /** Milliseconds between two looks. */
  interval: number;
  log: Pick<Logger, 'warn'>;
}

/** Events of one look; where there are more, the next one follows at once. */
const MOST = 1_000;

const keyOf = (interest: Interest): string =>
  'message' in interest ? `message ${interest.message}` : `${interest.mode} ${interest.org}`;

const keysOf = ({ message, org, mode }: EventTrace): string[] => [
  keyOf({ org, mode }),
  ...(message === null ? [] : [keyOf({ message })]),
];

export function eventTail({ store, interval, log }: TailDeps): EventTail {
  const bells = new Map<string, Set<Bell>>();
  let position = 0;
  let looking: Promise<RunningRounds> | null = null;
  let isClosed = false;

  const look = async (): Promise<number> => {
    const events = await store.eventsSince(position, MOST);
    position = events.at(-1)?.position ?? position;
    for (const key of new Set(events.flatMap(keysOf))) for (const bell of bells.get(key) ?? []) bell.ring();
    return events.length === MOST ? 0 : interval;
  };
  const round = patient(interval, look, (error) => {
    log.warn({ err: error }, 'the event log does not answer; who waits hears of it late');
  });
  const begin = async (): Promise<RunningRounds> => {
    position = await store.lastPosition();
    return startRounds(interval, round);
  };
  const end = async (): Promise<void> => {
    const rounds = looking;
    looking = null;
    await (await rounds?.catch(() => undefined))?.stop();
  };

  return {
    async listen(interest) {
      const bell = new Bell();
      const key = keyOf(interest);
      bells.set(key, (bells.get(key) ?? new Set()).add(bell));
      const close = (): void => {
        bells.get(key)?.delete(bell);
        if (bells.get(key)?.size === 0) bells.delete(key);
        if (bells.size === 0) void end();
      };
      try {
        await (looking ??= begin());
      } catch (error) {
        // Whoever comes next begins anew.
        looking = null;
        close();
        throw error;
      }
      return {
        position: () => position,
        news: async (ms, signal) => (isClosed ? false : await bell.heard(ms, signal)),
        close,
      };
    },
    async close() {
      isClosed = true;
      for (const group of bells.values()) for (const bell of group) bell.wake();
      await end();
    },
    isClosed: () => isClosed,
  };
}

/** Rung once or often, it is heard once. */
class Bell {
  #rung = false;
  wake = (): void => undefined;

  ring(): void {
    this.#rung = true;
    this.wake();
  }

  async heard(ms: number, signal?: AbortSignal): Promise<boolean> {
    if (!this.#rung && signal?.aborted !== true) await this.#pause(ms, signal);
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }

  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', this.wake, { once: true });
    });
    clearTimeout(timer);
    signal?.removeEventListener('abort', this.wake);
  }
}
