/**
 * @module A provider with a rate limit, on a user's own worker: its deliveries have a task queue of their own there, too,
 * which begins and ends with that worker.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pluginConfig } from '../../src/plugin.js';
import { defineProvider } from '../../src/providers/own/define.js';
import { startHouse, startWorker, type House } from '../support/house.js';
import { connectTemporal, ownTaskQueue } from '../support/temporal.js';

const PER_SECOND = 4;

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

test('emails go within its rate, once each, and no worker outlives the one that has the plugin', async () => {
  const sent: { id: string; at: number }[] = [];
  const gateway = defineProvider({
    name: 'gateway',
    send: async ({ id }) => {
      sent.push({ id, at: Date.now() });
      return await Promise.resolve({ id });
    },
  });
  const config = pluginConfig({
    feedback: { window: '0s' },
    providers: [{ name: 'gateway', type: 'custom', rateLimit: { perSecond: PER_SECOND } }],
  });
  const taskQueue = ownTaskQueue('limited');
  const worker = async () => {
    // A connection of its own: it does not close while any worker is on it.
    const temporal = await connectTemporal();
    const plugins = [house.plugin({ providers: [gateway], config })];
    const { stop } = await startWorker({ temporal }, { taskQueue, plugins });
    return {
      async stop() {
        await stop();
        await temporal.close();
      },
    };
  };
  const ids = Array.from({ length: 24 }, () => `msg_${randomUUID()}`);
  const gone = (count: number) =>
    expect.poll(() => sent.length, { timeout: 45_000, interval: 20 }).toBeGreaterThanOrEqual(count);

  const first = await worker();
  const { workflow } = house.temporal.client;
  for (const workflowId of ids)
    await workflow.start('sendEmail', { workflowId, taskQueue, args: [house.mail()] });
  await gone(6);
  await first.stop();
  const before = sent.length;
  expect(before).toBeLessThan(ids.length);

  const second = await worker();
  await gone(ids.length);
  for (const id of ids) await house.until(id, 'sent');
  await second.stop();
  expect(sent.map((one) => one.id).sort()).toEqual([...ids].sort());
  // The server lets what it has saved up go at once, so only the whole is held against the limit.
  const took = (sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0);
  expect(took).toBeGreaterThan(((ids.length - 2 * PER_SECOND) / PER_SECOND) * 1_000 * 0.7);
  const { events } = await workflow.getHandle(ids[0] ?? '').fetchHistory();
  const asked = events?.flatMap(({ activityTaskScheduledEventAttributes: one }) =>
    one?.activityType?.name === 'mailwarden.deliver.gateway' ? [one.taskQueue?.name] : [],
  );
  expect(new Set(asked)).toEqual(new Set([`${taskQueue}.gateway`]));
}, 120_000);
