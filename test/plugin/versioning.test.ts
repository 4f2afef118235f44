/** @module Emails on workers with versions (worker deployments), and on workers without. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MailwardenPlugin } from '../../src/plugin.js';
import type { Outcome } from '../../workflows/index.js';
import { startHouse, startWorker, userBundle, withWorker, type House } from '../support/house.js';
import { ownTaskQueue } from '../support/temporal.js';

let house: House;
let plugin: MailwardenPlugin;
let workflowBundle: { code: string };
beforeAll(async () => {
  house = await startHouse();
  plugin = house.plugin();
  workflowBundle = await userBundle('orders', [plugin]);
});
afterAll(() => house.stop());

const deploymentName = `mail-${randomUUID()}`;
const versioned = (buildId: string) => ({
  workerDeploymentOptions: {
    version: { deploymentName, buildId },
    useWorkerVersioning: true as const,
    defaultVersioningBehavior: 'PINNED' as const,
  },
});

/** Makes this version current, as soon as the server has heard of its worker. */
async function makeCurrent(buildId: string): Promise<void> {
  const { workflowService } = house.temporal.client;
  await expect
    .poll(
      () =>
        workflowService
          .setWorkerDeploymentCurrentVersion({
            ...{
              namespace: 'default',
              deploymentName,
              buildId,
              identity: 'test',
              ignoreMissingTaskQueues: true,
            },
          })
          .then(
            () => 'current',
            (error: unknown) => String(error),
          ),
      { timeout: 20_000, interval: 100 },
    )
    .toBe('current');
}

test('on a worker without versions an email is sent, and says nothing of versions', () =>
  withWorker(house, { workflowBundle, plugins: [plugin] }, async ({ order, client }) => {
    const outcome = (await (await order(house.mail())).result()) as Outcome;
    expect(outcome.status).toBe('sent');
    const { raw } = await client.workflow.getHandle(outcome.id).describe();
    expect(raw.workflowExecutionInfo?.versioningInfo?.behavior ?? 0).toBe(0);
  }));

test('a held email moves on to the next version of its worker, and is sent by it', async () => {
  const taskQueue = ownTaskQueue('versioned');
  const options = { taskQueue, workflowBundle, plugins: [plugin] };
  const one = await startWorker(house, { ...options, ...versioned('one') });
  const workflowId = `msg_${randomUUID()}`;
  try {
    await makeCurrent('one');
    await one.client.workflow.start('sendEmail', {
      ...{ workflowId, taskQueue, args: [house.mail({ mailbox: house.held.id })] },
    });
    await house.until(workflowId, 'held');
  } finally {
    await one.stop();
  }
  await withWorker(house, { ...options, ...versioned('two') }, async ({ client }) => {
    await makeCurrent('two');
    const handle = client.workflow.getHandle(workflowId);
    const { raw } = await handle.describe();
    // temporal.api.enums.v1.VersioningBehavior: AUTO_UPGRADE
    expect(raw.workflowExecutionInfo?.versioningInfo?.behavior).toBe(2);
    await handle.signal('approve', { by: 'alice', digest: (await house.store.view(workflowId))?.digest });
    await house.until(workflowId, 'sent');
  });
});
