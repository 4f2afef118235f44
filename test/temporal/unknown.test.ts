/**
 * @module What nobody knows, on a real Temporal: tried again under its key, given to the next provider where the
 * operator chose so, or settled by a lookup that wakes the workflow.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { ConfigInput } from '../../src/config.js';
import { reconcile, type Reconciled } from '../../src/reconcile.js';
import type { Provider } from '../../src/providers/provider.js';
import { carrier } from '../support/carrier.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

const wardens: Warden[] = [];
afterEach(async () => {
  for (const one of wardens.splice(0)) await one.stop();
});

const UNKNOWN = { outcome: 'unknown' } as const;
const DAY = 24 * 3_600_000;
const mail = (): object => ({ to: `ann-${randomUUID()}@example.com`, subject: 'Hello', text: 'hello' });
const onUnknown = (transactional: 'hold' | 'retry_same' | 'failover'): ConfigInput => ({
  delivery: {
    ...{ roundBackoff: ['100ms'], giveUpAfter: '30s', onUnknown: { transactional } },
    unknown: { lookups: ['10ms', '20ms'], retries: ['100ms', '100ms'], alertAfter: '1h' },
  },
});
/** A lease that is soon over. */
const patience = {
  retry: { maximumAttempts: 2, initialInterval: '50ms', maximumInterval: '100ms' },
  timeouts: { scheduleToStart: '2s', startToClose: '1s', heartbeat: '900ms', scheduleToClose: '3s' },
};

async function open(carriers: Provider[], config: ConfigInput): Promise<Warden> {
  const warden = await startWarden({ carriers, config, patience });
  wardens.push(warden);
  return warden;
}

/** Rounds, as they run beside a worker, until the message has this status. */
async function lookedTo(
  warden: Warden,
  carriers: Provider[],
  { workflowId: id }: Handle,
  status: string,
): Promise<void> {
  const log = { info: () => 0, warn: () => 0, error: () => 0 } as never;
  const round = (): Promise<Reconciled> =>
    reconcile({
      ...{ store: warden.store, temporal: warden.temporal, clock: () => new Date(), log },
      ...{ providers: new Map(carriers.map((one) => [one.name, one])), patience: 100 },
    });
  const statusNow = async (): Promise<string | undefined> => {
    await round();
    return (await warden.store.view(id))?.status;
  };
  await expect.poll(statusNow, SOON).toBe(status);
}

test('retry_same: the workflow waits, and the same provider is asked again under the same key', async () => {
  const vendor = carrier('vendor', { dedupesFor: DAY, answers: [UNKNOWN, UNKNOWN] });
  const next = carrier('next');
  const warden = await open([vendor, next], onUnknown('retry_same'));
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'sent');
  expect([vendor.calls, new Set(vendor.keys).size, next.calls]).toEqual([3, 1, 0]);
});

test('failover: once the lease is over the next provider sends it, and the email says that there may be two', async () => {
  const vendor = carrier('vendor', { answers: [UNKNOWN] });
  const next = carrier('next');
  const warden = await open([vendor, next], onUnknown('failover'));
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'sent');
  expect([vendor.calls, next.calls]).toEqual([1, 1]);
  const detail = await warden.store.message('default', handle.workflowId);
  const [first, second] = detail?.attempts ?? [];
  expect([first?.duplicatePossible, second?.duplicatePossible]).toEqual([false, true]);
  expect(Date.parse(second?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.leaseUntil ?? ''));
});

test('hold: a lookup that finds it settles it, and nothing is sent again', async () => {
  const vendor = carrier('vendor', {
    answers: [UNKNOWN],
    finds: async ({ recipients }) => ({
      recipients: recipients.map(({ index }) => ({ index, outcome: 'accepted' })),
    }),
  });
  const warden = await open([vendor], onUnknown('hold'));
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  await lookedTo(warden, [vendor], handle, 'sent');
  expect(vendor.calls).toBe(1);
  await warden.report('vendor', { type: 'delivered', message: handle.workflowId });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('hold: where a complete search never finds it, the workflow is woken and sends it, once', async () => {
  const vendor = carrier('vendor', { answers: [UNKNOWN], finds: async () => null, complete: true });
  const warden = await open([vendor], onUnknown('hold'));
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  await lookedTo(warden, [vendor], handle, 'sent');
  expect([vendor.calls, new Set(vendor.keys).size]).toEqual([2, 2]);
});

test('hold: a lookup that throws or hangs leaves it unknown', async () => {
  let looks = 0;
  const vendor = carrier('vendor', {
    answers: [UNKNOWN],
    complete: true,
    finds: async () => {
      looks += 1;
      if (looks === 1) throw new Error('the API is away');
      return await new Promise(() => undefined);
    },
  });
  const warden = await open([vendor], onUnknown('hold'));
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'unknown');
  await expect
    .poll(async () => {
      await lookedTo(warden, [vendor], handle, 'unknown');
      return looks;
    }, SOON)
    .toBe(1);
  const { items } = await warden.store.unknown({ org: 'default', mode: 'live', mailboxes: null, limit: 5 });
  expect(items).toMatchObject([{ id: handle.workflowId, lookups: 0 }]);
});
