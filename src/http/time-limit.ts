/** @module No call hangs: after a bound it is answered, with what is known of it then. */
import { Problem } from '../errors.js';

export interface Timed {
  ms: number;
  /** Of the request: it ends where the caller went away. */
  signal: AbortSignal;
  /** Where the call only reads, nothing can have happened. */
  readsOnly: boolean;
}

/**
 * Runs `work` with a signal that says when nobody waits for it any more.
 * @throws Problem `outcome_unknown` or `unavailable` where it took too long.
 */
export async function withinTime<T>(
  { ms, signal, readsOnly }: Timed,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const leave = (): void => ended.abort();
  signal.addEventListener('abort', leave, { once: true });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      leave();
      reject(tooLate(readsOnly));
    }, ms);
  });
  try {
    return await Promise.race([work(ended.signal), late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
}

const tooLate = (readsOnly: boolean): Problem =>
  readsOnly
    ? new Problem('unavailable', { detail: 'the answer took too long; repeat the call', retryAfter: 5 })
    : new Problem('outcome_unknown', {
        detail: 'this took too long, and it is not known whether it was done; repeat the same call',
        retryAfter: 5,
      });
