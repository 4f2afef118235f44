/** @module A provider made with `defineProvider`, on a user's own worker: an email goes its whole way through it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pluginConfig } from '../../src/plugin.js';
import { defineProvider, NotSent, type EmailToSend } from '../../src/providers/own/define.js';
import { startHouse, withWorker, type House } from '../support/house.js';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

test('an email goes by it once, after the try that said it was not sent', async () => {
  const asked: EmailToSend[] = [];
  const gateway = defineProvider({
    name: 'gateway',
    send: async (email) => {
      asked.push(email);
      if (asked.length === 1) throw new NotSent('transient');
      return await Promise.resolve({ id: 'gw-1' });
    },
  });
  const config = pluginConfig({
    providers: [{ name: 'gateway', type: 'custom', retry: { initialInterval: '50ms' } }],
    delivery: { checkDomains: false },
  });
  const plugin = house.plugin({ providers: [gateway], config });
  const id = `msg_${randomUUID()}`;
  await withWorker(house, { plugins: [plugin] }, async ({ client, taskQueue }) => {
    await client.workflow.start('sendEmail', { workflowId: id, taskQueue, args: [house.mail()] });
    await house.until(id, 'sent');
  });
  expect(asked.map((one) => [one.id, one.recipients.map(({ address }) => address)])).toEqual([
    [id, ['ann@example.com']],
    [id, ['ann@example.com']],
  ]);
});
