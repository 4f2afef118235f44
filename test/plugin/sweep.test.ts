/** @module On a user's worker emails whose workflow was lost are settled as they are on ours. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { startHouse, withWorker } from '../support/house.js';

test('an email whose workflow was terminated while held is settled by the worker that carries the plugin', async () => {
  const house = await startHouse({ sweep: { interval: '100ms', quietFor: '100ms' } });
  try {
    // Given twice it sweeps once, and it stops with its worker.
    const plugin = house.plugin();
    await withWorker(house, { plugins: [plugin, plugin] }, async ({ client, taskQueue }) => {
      const workflowId = `msg_${randomUUID()}`;
      const request = house.mail({ mailbox: house.held.id });
      const handle = await client.workflow.start('sendEmail', { workflowId, taskQueue, args: [request] });
      await house.until(workflowId, 'held');
      await handle.terminate('by an operator');
      await house.until(workflowId, 'failed');
    });
    expect(house.carrier.calls).toBe(0);
  } finally {
    await house.stop();
  }
});
