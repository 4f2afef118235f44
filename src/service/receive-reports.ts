/**
 * @module What a provider reports by webhook: verified, applied in one transaction, and only then are
 * the workflows woken. A wake-up that is lost changes nothing but the time: the sweep repeats it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HookReading, ProviderReport } from '../core/delivery/receipt.js';
import { Problem } from '../errors.js';
import type { Applied, HookToken } from '../store/store.js';
import type { HookReader, ServiceDeps } from './deps.js';
import { within } from './connectivity.js';
import { hookLane } from './hook-lane.js';
import type { Waker } from './waker.js';

interface ReportsReceived {
  applied: number;
  duplicates: number;
  unmatched: number;
}

/** A webhook as a door took it, not believed yet. */
interface ReceivedHook {
  provider: string;
  /** What stands behind the provider's name in the path. */
  endpoint?: string | undefined;
  /** As received: signatures are over bytes. */
  body: Uint8Array;
  headers: Headers;
  /** The address that it comes from. */
  from?: string | undefined;
}

/** Reports in one transaction; what is more goes in order, in several. */
const MOST_REPORTS = 200;
/** How long a provider is asked back; it waits for our answer meanwhile. */
const CONFIRM_MS = 5_000;

/** The endpoint of a provider for which none is set. */
const DEFAULT_ENDPOINT = 'default';

/** @throws Problem `not_found` (provider, endpoint), `invalid_signature`, `invalid_request`, `unavailable`. */
export type ReceiveReports = (hook: ReceivedHook) => Promise<ReportsReceived>;

export function reportReceiver(deps: ServiceDeps, waker: Waker): ReceiveReports {
  const lane = hookLane({
    clock: deps.clock,
    isForgery: (error) => error instanceof Problem && error.code === 'invalid_signature',
  });
  return async ({ provider, endpoint, body, headers, from }) => {
    const reader = readerOf(deps, provider, endpoint);
    const { reports, token, tokenScope, confirm } = await lane(from, () =>
      read(() => reader.readHook({ body, headers, now: deps.clock() })),
    );
    const kept =
      token === undefined ? undefined : { token: hexOf(token), body: hexOf(body), scope: tokenScope };
    const results = await applyAll(deps, provider, reports, kept);
    const ids = results.flatMap(({ id }) => id ?? []);
    await waker.wake(ids);
    if (confirm) await confirmed(deps, provider, confirm);
    const count = (result: string): number => results.filter((one) => one.result === result).length;
    return { applied: count('applied'), duplicates: count('duplicate'), unmatched: count('unmatched') };
  };
}

const digestOf = (content: string | Uint8Array): Buffer => createHash('sha256').update(content).digest();
const hexOf = (content: string | Uint8Array): string => digestOf(content).toString('hex');

/** A provider that has an endpoint is at no other path, and whoever guesses learns no more than of one that is none. */
function readerOf(
  { hookReaders, hookEndpoints = {} }: ServiceDeps,
  provider: string,
  endpoint: string | undefined,
): HookReader {
  const reader = Object.hasOwn(hookReaders, provider) ? hookReaders[provider] : undefined;
  const own = Object.hasOwn(hookEndpoints, provider) ? hookEndpoints[provider] : undefined;
  const given = endpoint ?? (own === undefined ? DEFAULT_ENDPOINT : '');
  const isThere = timingSafeEqual(digestOf(given), digestOf(own ?? DEFAULT_ENDPOINT));
  if (reader && isThere) return reader;
  throw new Problem('not_found', { detail: 'no provider of this name has a webhook at this path' });
}

/** Each part is whole or not there; after a failure the provider comes again, and what was there is a duplicate. */
async function applyAll(
  { store }: ServiceDeps,
  provider: string,
  reports: readonly ProviderReport[],
  token: HookToken | undefined,
): Promise<Applied[]> {
  const results: Applied[] = [];
  for (let from = 0; from < reports.length || (token && from === 0); from += MOST_REPORTS) {
    const part = reports.slice(from, from + MOST_REPORTS);
    const applied = token
      ? await store.applyHook(provider, token, part)
      : await store.applyReports(provider, part);
    if (applied === 'replayed')
      throw new Problem('invalid_signature', {
        detail: 'the token of this webhook came with another body before; each is good for one',
      });
    results.push(...applied);
  }
  return results;
}

/** @throws Problem `unavailable`, so that the provider asks again. */
async function confirmed(
  { log }: ServiceDeps,
  provider: string,
  confirm: NonNullable<HookReading['confirm']>,
): Promise<void> {
  try {
    await within(CONFIRM_MS, confirm(), () => new Error('no answer in time'));
  } catch (error) {
    log.warn({ provider, err: error }, 'a webhook subscription could not be confirmed');
    throw new Problem(
      'unavailable',
      { detail: 'the subscription could not be confirmed; send this webhook again', retryAfter: 20 },
      { cause: error },
    );
  }
}

/** Turns a provider's refusal into a problem; known by its name, because the service knows no providers. */
async function read<T>(reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'WebhookRefused') throw error;
    const { code } = error as Error & { code?: string };
    if (code === 'invalid_signature')
      throw new Problem(
        'invalid_signature',
        { detail: 'the signature does not fit; check the webhook secret' },
        { cause: error },
      );
    if (code === 'unavailable')
      throw new Problem('unavailable', { detail: error.message, retryAfter: 20 }, { cause: error });
    throw new Problem(
      'invalid_request',
      // The reader's own words: a field and what is wrong with it, never what stood there.
      { detail: error.message },
      { cause: error },
    );
  }
}
