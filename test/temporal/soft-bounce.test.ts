/** @module A soft bounce of one of several: who is sent to again, when, and when no more. Real SMTP and webhooks. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { openHook, startRelay, type Hook, type Relay } from '../support/relay.js';
import { SOON, startWarden, type Warden } from '../support/warden.js';

/** Milliseconds before the second and the third delivery. */
const BACKOFF = [150, 300];

/** The store's clock stands still until a test moves it: before that no wait is over. */
let now = new Date();
const pass = (ms: number): void => void (now = new Date(now.getTime() + ms));

let relay: Relay;
let warden: Warden;
let hook: Hook;
beforeAll(async () => {
  relay = await startRelay('relay');
  const backoffMinutes = BACKOFF.map((ms) => ms / 60_000);
  warden = await startWarden({
    carriers: [relay.provider],
    clock: () => new Date(now),
    config: {
      bounceHandling: { softBounces: { backoffMinutes, maxRetries: 2, suppressAfter: 1 } },
      feedback: { window: '10m' },
    },
  });
  hook = await openHook(warden, 'relay');
});
afterAll(async () => {
  await warden.stop();
  await relay.stop();
});

const someone = (): string => `p-${randomUUID()}@example.com`;
const mail = (more: object): object => ({ subject: `s ${randomUUID()}`, text: 'hello', ...more });
const report = (message: string, more: Partial<ProviderReport>): ProviderReport => ({
  ...{ reportId: randomUUID(), type: 'bounced', message },
  ...more,
});

/** Until the workflow has asked whether the wait is over: that raises the version. */
async function asked(id: string): Promise<void> {
  const version = async (): Promise<number> => (await warden.store.view(id))?.version ?? 0;
  await expect.poll(version, SOON).toBeGreaterThan(await version());
}

test('soft bounce of one of three: that one alone is sent to again, after each wait, and is suppressed at the third', async () => {
  relay.follow({});
  const [ann, bad, cyd] = [someone(), someone(), someone()];
  const { handle } = await warden.submit(mail({ to: [ann, bad], bcc: cyd }));
  const { workflowId } = handle;
  for (const round of [1, 2, 3]) {
    await expect.poll(() => relay.took().length, SOON).toBe(round);
    await warden.until(workflowId, 'sent');
    const bounce = report(workflowId, { bounce: 'soft', recipient: bad, smtpStatus: '4.2.2' });
    // Twice, as webhooks come: it counts once.
    expect((await hook(bounce)).body).toEqual({ applied: 1, duplicates: 0, unmatched: 0 });
    expect((await hook(bounce)).body).toEqual({ applied: 0, duplicates: 1, unmatched: 0 });
    const wait = BACKOFF[round - 1];
    if (wait === undefined) break;
    pass(wait - 1);
    await asked(workflowId);
    expect(relay.took()).toHaveLength(round);
    pass(1);
  }
  for (const recipient of [ann, cyd]) await hook(report(workflowId, { type: 'delivered', recipient }));
  expect(await handle.result()).toMatchObject({
    status: 'bounced',
    recipients: [{ status: 'delivered' }, { status: 'bounced' }, { status: 'delivered' }],
  });
  expect(relay.took()).toEqual([[ann, bad, cyd], [bad], [bad]]);

  const next = await warden.submit(mail({ to: bad }));
  expect(await next.handle.result()).toMatchObject({ status: 'denied' });
  const others = await warden.submit(mail({ to: [ann, cyd] }));
  await warden.until(others.handle.workflowId, 'sent');
});

test('`delivered` during the soft wait, for one of two that wait: only the other is sent to again', async () => {
  relay.follow({});
  const [ann, bob] = [someone(), someone()];
  const { handle } = await warden.submit(mail({ to: [ann, bob] }));
  await warden.until(handle.workflowId, 'sent');
  const answer = await hook(
    report(handle.workflowId, { bounce: 'soft', recipient: ann }),
    report(handle.workflowId, { bounce: 'soft', recipient: bob }),
    report(handle.workflowId, { type: 'delivered', recipient: ann }),
  );
  expect(answer.body).toMatchObject({ applied: 3 });
  pass(BACKOFF[0] ?? 0);
  await expect.poll(() => relay.took().length, SOON).toBe(2);
  await warden.until(handle.workflowId, 'sent');
  await hook(report(handle.workflowId, { type: 'delivered', recipient: bob }));
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  expect(relay.took()).toEqual([[ann, bob], [bob]]);
});

test('a soft bounce that comes after `delivered` asks for nothing', async () => {
  relay.follow({});
  const ann = someone();
  const { handle } = await warden.submit(mail({ to: ann }));
  await warden.until(handle.workflowId, 'sent');
  await hook(
    report(handle.workflowId, { type: 'delivered' }),
    report(handle.workflowId, { bounce: 'soft', recipient: ann }),
  );
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  expect(relay.took()).toEqual([[ann]]);
});
