/**
 * @module What a provider reports by webhook: verified, applied in one transaction, and only then are
 * the workflows woken. A wake-up that is lost changes nothing but the time: the sweep repeats it.
 */
import { Problem } from '../errors.js';
import type { ServiceDeps } from './deps.js';
import { wake } from './wake.js';

export interface ReportsReceived {
  applied: number;
  duplicates: number;
  unmatched: number;
}

/** At once; and how long all of one webhook together may take. */
const PARALLEL = 16;
const BUDGET_MS = 3_000;

/** @throws Problem `not_found` (provider), `invalid_signature`, `invalid_request`. */
export async function receiveReports(
  deps: ServiceDeps,
  provider: string,
  body: Uint8Array,
  headers: Headers,
): Promise<ReportsReceived> {
  const parser = Object.hasOwn(deps.hookReaders, provider) ? deps.hookReaders[provider] : undefined;
  if (!parser) throw new Problem('not_found', { detail: 'no provider of this name has a webhook here' });
  const { reports } = await read(() => parser.readHook({ body, headers, now: deps.clock() }));
  if (reports.length === 0) return { applied: 0, duplicates: 0, unmatched: 0 };
  const results = await deps.store.applyReports(provider, reports);
  const ids = results.flatMap(({ id }) => id ?? []);
  await wakeAll(deps, [...new Set(ids)]);
  const count = (result: string): number => results.filter((one) => one.result === result).length;
  return { applied: count('applied'), duplicates: count('duplicate'), unmatched: count('unmatched') };
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
    throw new Problem(
      'invalid_request',
      // The reader's own words: a field and what is wrong with it, never what stood there.
      { detail: error.message },
      { cause: error },
    );
  }
}

/** A wake-up that failed is left to the sweep. */
async function wakeAll(deps: ServiceDeps, ids: string[]): Promise<void> {
  const until = deps.clock().getTime() + BUDGET_MS;
  const rest = [...ids];
  const asleep: string[] = [];
  const wakeOne = async (id: string): Promise<void> => {
    if ((await wake(deps, id)) === 'asleep') asleep.push(id);
  };
  while (rest.length > 0 && deps.clock().getTime() < until)
    await Promise.all(rest.splice(0, PARALLEL).map(wakeOne));
  asleep.push(...rest);
  if (asleep.length === 0) return;
  deps.log.info({ ids: asleep }, 'workflows were not woken by a report');
  await deps.store.lookSoon(asleep);
}
