/** @module Work that comes again and again beside a worker: one round after the other, never two at once. */

export interface RunningRounds {
  /** The next round begins at once. */
  wake(): void;
  /** Lets the round in flight end, early, and resolves. */
  stop(): Promise<void>;
}

/** What does not answer is asked ever more seldom, up to this. */
const SELDOM_MS = 5_000;

/** A round that may throw: `failed` is told once for each time that it began to, and the next look comes later. */
export function patient(
  interval: number,
  look: () => Promise<number>,
  failed: (error: unknown) => void,
): () => Promise<number> {
  let failures = 0;
  return async () => {
    try {
      const wait = await look();
      failures = 0;
      return wait;
    } catch (error) {
      if (failures === 0) failed(error);
      failures += 1;
      return Math.min(SELDOM_MS, interval * 2 ** Math.min(failures, 10));
    }
  };
}

/**
 * The first round begins after `first` milliseconds; each answers how many there are until the next. It must not
 * throw.
 */
export function startRounds(
  first: number,
  round: (stopping: () => boolean) => Promise<number>,
): RunningRounds {
  let stopped = false;
  let woken = false;
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
    for (let wait = first; !stopped;) {
      if (!woken) await pause(wait);
      woken = false;
      if (!stopped) wait = await round(() => stopped);
    }
  };
  const running = run();
  return {
    wake: () => {
      woken = true;
      wakeUp();
    },
    stop: async () => {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}
