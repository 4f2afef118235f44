/** @module MailwardenPlugin with `taskQueue`: the user's worker starts emails, a Mailwarden worker runs them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MailwardenPlugin } from '../../src/plugin.js';
import type { Outcome } from '../../workflows/index.js';
import { carrier } from '../support/carrier.js';
import { userBundle, userWorkflows, withWorker } from '../support/house.js';
import { startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
beforeAll(async () => {
  warden = await startWarden({ carriers: [carrier()] });
});
afterAll(() => warden.stop());

const request = () => ({
  ...{ mailbox: warden.mailbox.id, to: 'ann@example.com', subject: 'Elsewhere', text: randomUUID() },
});
const queueOf = async (id: string): Promise<string> =>
  (await warden.temporal.client.workflow.getHandle(id).describe()).taskQueue;

test('emails run on the named queue, and their outcome comes back', async () => {
  const plugins = [new MailwardenPlugin({ taskQueue: warden.taskQueue })];
  await withWorker(warden, { workflowsPath: userWorkflows('orders'), plugins }, async ({ order }) => {
    for (const until of ['admitted', 'sent'] as const) {
      const outcome = (await (await order(request(), { until })).result()) as Outcome;
      await warden.until(outcome.id, 'sent');
      expect(await queueOf(outcome.id)).toBe(warden.taskQueue);
    }
    const workflowId = `msg_${randomUUID()}`;
    const parent = await order(request(), { until: 'final', workflowId });
    await warden.until(workflowId, 'sent');
    await warden.report('carrier', { type: 'delivered', message: workflowId });
    expect(await parent.result()).toMatchObject({ id: workflowId, status: 'delivered' });
  });
});

test('a call may name the queue itself, with a plugin of another queue or with none', async () => {
  const { taskQueue } = warden;
  const workflowBundle = await userBundle('orders', []);
  await withWorker(warden, { workflowBundle }, async ({ order }) => {
    const outcome = (await (await order(request(), { taskQueue })).result()) as Outcome;
    expect(outcome.status).toBe('sent');
    expect(await queueOf(outcome.id)).toBe(taskQueue);
  });
  const plugins = [new MailwardenPlugin({ taskQueue: 'nobody-polls-this' })];
  const withPlugin = await userBundle('orders', plugins);
  await withWorker(warden, { workflowBundle: withPlugin, plugins }, async ({ order }) => {
    const outcome = (await (await order(request(), { taskQueue })).result()) as Outcome;
    expect(await queueOf(outcome.id)).toBe(taskQueue);
  });
});

test('nothing of ours runs on such a worker: its names are free for the user, and it needs no workflows', async () => {
  const plugins = [new MailwardenPlugin({ taskQueue: warden.taskQueue })];
  await withWorker(warden, { workflowsPath: userWorkflows('own-name'), plugins }, async ({ order }) => {
    expect(await (await order(request(), {}, 'sendEmail')).result()).toBe('mine: sent');
  });
  await withWorker(warden, { activities: { greet: () => 'hello' }, plugins }, async () => undefined);
});
