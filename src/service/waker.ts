/**
 * @module Wakes the workflows that reports are about, some at a time and behind the back of whoever reported: the
 * report counts already, so that a vendor need not wait for Temporal. What could not be woken is left to the sweep.
 */
import type { ServiceDeps } from './deps.js';
import { wake } from './wake.js';

export interface Waker {
  /** Resolves when all of them were tried, or after `patience`; the rest goes on by itself. */
  wake(ids: readonly string[]): Promise<void>;
  /** Resolves when nobody is left to wake. */
  idle(): Promise<void>;
}

/** At once. */
const PARALLEL = 16;
/** So many may wait; the sweep takes the others. */
const MOST_WAITING = 20_000;
/** Milliseconds that a caller is kept: a few workflows have heard by then, as whoever looks next expects. */
const PATIENCE_MS = 100;

export function waker(deps: ServiceDeps, patience = PATIENCE_MS): Waker {
  const waiting = new Set<string>();
  const asleep: string[] = [];
  let running: Promise<void> | null = null;

  const lane = async (): Promise<void> => {
    for (const id of waiting) {
      waiting.delete(id);
      if ((await wake(deps, id)) === 'asleep') asleep.push(id);
    }
  };
  const run = async (): Promise<void> => {
    // Some may have come after the last lane had ended.
    while (waiting.size > 0) await Promise.all(Array.from({ length: PARALLEL }, lane));
    running = null;
    await later(asleep.splice(0));
  };
  const later = async (ids: string[]): Promise<void> => {
    if (ids.length === 0) return;
    deps.log.info({ ids: ids.slice(0, 20), count: ids.length }, 'workflows were not woken by a report');
    await deps.store.lookSoon(ids).catch((error: unknown) => {
      deps.log.warn({ err: error, count: ids.length }, 'the sweep could not be asked to wake them');
    });
  };

  return {
    async wake(ids) {
      const room = MOST_WAITING - waiting.size;
      for (const id of ids.slice(0, room)) waiting.add(id);
      await later(ids.slice(room));
      if (waiting.size === 0) return;
      running ??= run();
      let timer: NodeJS.Timeout | undefined;
      const patient = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience);
      });
      await Promise.race([running, patient]).finally(() => clearTimeout(timer));
    },
    idle: async () => {
      while (running !== null) await running;
    },
  };
}
