/** @module One round of looking into what nobody knows: who is asked, and what an answer does. Over the real store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcile, type Reconciled } from '../src/reconcile.js';
import type { Receipt } from '../src/core/delivery/receipt.js';
import type { Provider, Sought } from '../src/providers/provider.js';
import type { Store } from '../src/store/store.js';
import { carrier } from './support/carrier.js';
import { readableLog } from './support/log.js';
import { scriptedTemporal } from './support/scripted-temporal.js';
import { admission, go, makeMailbox, MINUTE, testStore, type TestStore } from './support/store.js';

let bed: TestStore;
let store: Store;
beforeAll(async () => {
  bed = await testStore();
  const transactional = 'failover' as const;
  store = bed.with({ onUnknown: { transactional, conversational: 'hold', commercial: 'hold' } });
}, 60_000);
afterAll(() => bed.end());

const PATIENCE = 40;

/** One round beside a worker that has these providers. */
async function round(
  providers: readonly Provider[],
): Promise<Reconciled & { woken: string[]; lines: string }> {
  const woken: string[] = [];
  const client = scriptedTemporal({
    update: async (id) => {
      woken.push(id);
      return undefined as never;
    },
  });
  const { log, logged } = readableLog();
  const done = await reconcile({
    ...{ store, log: { ...log, info: log.warn }, temporal: { client }, clock: bed.clock, patience: PATIENCE },
    providers: new Map(providers.map((one) => [one.name, one])),
  });
  return { ...done, woken, lines: logged() };
}

/** An email that these took in turn, each without an answer. */
async function unknownAt(...providers: string[]): Promise<string> {
  const wanted = admission(await makeMailbox(store));
  await store.admit(wanted);
  for (const provider of providers) {
    const { attempt, try: number } = await go(store, wanted, { provider });
    await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt, try: number, provider, reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'unknown' }] },
    });
    bed.clock.advance(MINUTE);
  }
  return wanted.id;
}

const statusOf = async (id: string): Promise<string | undefined> => (await store.view(id))?.status;

test('after failover both providers are asked, and the word of the first one settles it and wakes the workflow', async () => {
  const id = await unknownAt('first', 'second');
  const asked: [string, Sought][] = [];
  const asking = (name: string, found: Receipt | null): Provider =>
    carrier(name, {
      complete: true,
      finds: async (sought) => {
        asked.push([name, sought]);
        return found;
      },
    });
  const receipt: Receipt = { recipients: [{ index: 0, outcome: 'accepted' }], providerMessageId: 'p-1' };
  const done = await round([asking('first', receipt), asking('second', null)]);
  expect(done).toMatchObject({ looked: 2, settled: 1, failed: 0, woken: [id] });
  expect(asked.map(([name]) => name).sort()).toEqual(['first', 'second']);
  const [began, later] = ['first', 'second'].map((name) => asked.find((one) => one[0] === name)?.[1].at);
  expect(later!.getTime() - began!.getTime()).toBe(MINUTE);
  expect(await statusOf(id)).toBe('sent');
});

test('what no provider finds stays unknown as long as more than one may have sent it, however sure each is', async () => {
  const id = await unknownAt('first', 'second');
  const sure = ['first', 'second'].map((name) => carrier(name, { complete: true, finds: async () => null }));
  for (const minutes of [0, 5, 15, 60]) {
    bed.clock.advance(minutes * MINUTE);
    expect(await round(sure)).toMatchObject({ settled: 0, woken: [] });
  }
  expect(await statusOf(id)).toBe('unknown');
});

test('a lookup that throws at once has not answered, as one that throws later or never ends', async () => {
  const ids = [await unknownAt('throws'), await unknownAt('fails'), await unknownAt('hangs')];
  const done = await round([
    carrier('throws', {
      finds: () => {
        throw new Error('somebody@x.example');
      },
    }),
    carrier('fails', { finds: () => Promise.reject(new Error('somebody@x.example')) }),
    carrier('hangs', { finds: () => new Promise(() => undefined) }),
  ]);
  expect(done).toMatchObject({ looked: 3, settled: 0, failed: 3 });
  expect(done.lines).not.toContain('somebody');
  for (const id of ids) expect(await statusOf(id)).toBe('unknown');
  // Its time-out ends with nobody who waits for it: unheard, it would end the process.
  await sleep(PATIENCE * 2);
});
