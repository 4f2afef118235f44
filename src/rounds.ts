/** @module Work that comes again and again beside a worker: one round after the other, never two at once. */

export interface RunningRounds {
  /** The next round begins at once. */
  wake(): void;
  /** Lets the round in flight end, early, and resolves. */
  stop(): Promise<void>;
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
