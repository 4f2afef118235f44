/** @module One try of a request: its answer, or the error that it came to. */
import { errorOf, type MailwardenError } from './errors.js';
import type { ClientOptions } from './options.js';
import type { Prepared } from './request.js';

/** The JSON of the answer. @throws MailwardenError; the reason of `signal`. */
export async function tryOnce(
  { fetch: send }: Pick<ClientOptions, 'fetch'>,
  { url, init }: Prepared,
  { timeout, signal }: { timeout: number; signal?: AbortSignal },
): Promise<unknown> {
  const ends = AbortSignal.timeout(timeout);
  const over = signal ? AbortSignal.any([signal, ends]) : ends;
  return await reached(url, signal, async () => {
    const response = await (send ?? globalThis.fetch)(url, { ...init, signal: over });
    // Cut off in the middle, this fails like a connection, which it is; what is whole but not JSON is an answer.
    const body = jsonOf(await response.text());
    if (response.ok && body !== undefined) return body;
    throw problemOf(response, body);
  });
}

/** Turns what `fetch` throws into our error, and leaves ours and the caller's own as they are. */
export async function reached<T>(
  url: string,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await ask();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'details' in error) throw error;
    const { origin } = new URL(url);
    throw errorOf('connection_failed', 0, `no answer from ${origin}`, {}, { cause: error });
  }
}

/** The error that an answer stands for; what is not one of ours gets its status as its code. */
export function problemOf(response: Response, body: unknown): MailwardenError {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const after = Number(response.headers.get('retry-after') ?? NaN);
  const details = Number.isFinite(after) ? { retryAfter: after, ...given } : given;
  const code = typeof given['code'] === 'string' ? given['code'] : `http_${response.status}`;
  const said = given['detail'];
  const message = typeof said === 'string' ? said : `the server answered ${response.status}`;
  return errorOf(code, response.status, message, details);
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
