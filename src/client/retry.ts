/**
 * @module When a call is tried again, and after which pause: only where the failure may pass. Whether it may be
 * repeated at all says its route.
 */
import { ConnectionError, MailwardenError } from './errors.js';
import type { CallOptions, ClientOptions } from './options.js';

/** What stands between a client and its server may answer the first and the last by itself. */
const PASSING: ReadonlySet<number> = new Set([502, 503, 504]);

/** No answer, a server that is busy or not there, or a first call that is still under way. */
export function passes(error: unknown): error is MailwardenError {
  if (!(error instanceof MailwardenError)) return false;
  if (error instanceof ConnectionError || error.code === 'idempotency_in_progress') return true;
  // With an id it is policy that has decided, on this very email: asked again, it answers the same.
  if (error.status === 429) return error.id === undefined;
  return PASSING.has(error.status);
}

export interface Retries {
  operation: string;
  /** Whether this call may be repeated. */
  repeats: boolean;
  client: Pick<ClientOptions, 'retries' | 'patience' | 'random' | 'onRetry'>;
  call: Pick<CallOptions, 'retries' | 'signal'>;
}

/** The first try that succeeds. @throws what the last one threw; the reason of an aborted signal. */
export async function withRetries<T>(retries: Retries, attempt: () => Promise<T>): Promise<T> {
  const { repeats, client, call, operation } = retries;
  const most = repeats ? (call.retries ?? client.retries ?? 3) : 0;
  let patience = client.patience ?? 60_000;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries > most || !passes(error)) throw error;
      const delay = pause(error, tries, client.random ?? Math.random);
      if (delay > patience) throw error;
      patience -= delay;
      client.onRetry?.({ operation, attempt: tries, delay, error });
      await sleep(delay, call.signal);
    }
  }
}

/** Never shorter than the server asks; without its word, longer each time. */
export function pause(error: MailwardenError, tries: number, random: () => number): number {
  if (error.retryAfter !== undefined) return error.retryAfter * 1000 * (1 + random() / 10);
  return Math.min(5_000, 100 * 2 ** tries) * (1 + random());
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
