/** @module A signal that no worker can read: the sweep names the stuck workflow, and what it prints is the cure. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { sweep, type Swept } from '../../src/sweep.js';
import { carrier } from '../support/carrier.js';
import { temporalBinary } from '../support/temporal-binary.js';
import { startWarden } from '../support/warden.js';
import { sendEmail } from '../../workflows/index.js';

const run = promisify(execFile);

test('a poison signal: the alarm names the stuck workflow, its command cures it, and the email goes once', async () => {
  const relay = carrier('relay');
  const warden = await startWarden({
    ...{ carriers: [relay], mailbox: { autonomy: 'review_all' } },
    config: { sweep: { quietFor: '50ms' } },
  });
  const alarms: { id: string; attempt: number; command?: string }[] = [];
  const log = { info: () => 0, warn: () => 0, error: (alarm: (typeof alarms)[number]) => alarms.push(alarm) };
  const round = (): Promise<Swept | null> =>
    sweep({
      ...{ store: warden.store, temporal: warden.temporal, clock: () => new Date(), holder: randomUUID() },
      ...{ interval: 0, dedupeWindowMs: 1_000, log: log as never },
    });
  const to = `ann-${randomUUID()}@example.com`;
  const id = `test_${randomUUID()}`;
  await warden.temporal.client.workflow.start(sendEmail, {
    ...{ workflowId: id, taskQueue: warden.taskQueue },
    args: [{ mailbox: warden.mailbox.id, to, subject: 'a secret subject', text: 'hello' }],
    // A task that can't be read ends by its time-out, which is ten seconds by default.
    workflowTaskTimeout: '1s',
  });
  const handle = warden.temporal.client.workflow.getHandle<typeof sendEmail>(id);
  await warden.until(id, 'held');
  await warden.temporal.client.workflowService.signalWorkflowExecution({
    ...{ namespace: 'default', workflowExecution: { workflowId: id }, signalName: 'approve' },
    input: {
      payloads: [{ metadata: { encoding: Buffer.from('binary/nobody') }, data: Buffer.from('x') }],
    },
  });

  const wedged = async (): Promise<number> => {
    // Looks come ever more seldom, and the test is in a hurry.
    await warden.store.lookSoon([id]);
    return (await round())?.wedged ?? 0;
  };
  await expect.poll(wedged, { timeout: 90_000, interval: 100 }).toBe(1);
  const [alarm] = alarms;
  expect(alarm).toMatchObject({ id });
  expect(alarm!.attempt).toBeGreaterThan(3);
  expect(JSON.stringify(alarms)).not.toMatch(/example\.com|secret/u);
  expect(await warden.store.view(id)).toMatchObject({ status: 'held' });

  const command = alarm!.command!.replace(/^temporal /u, '"$0" ');
  await run('sh', ['-c', `${command} --address ${warden.temporal.address}`, await temporalBinary()]);
  // It may come before the email is admitted again, when only a digest says what it is about.
  const { digest } = (await warden.store.view(id)) ?? {};
  await warden.signal(handle, 'approve', { by: 'ann', digest });
  const status = async (): Promise<string | undefined> => (await warden.store.view(id))?.status;
  await expect.poll(status, { timeout: 60_000, interval: 100 }).toBe('sent');
  expect(relay.sent.map((one) => one.id)).toEqual([id]);
  await warden.report('relay', { type: 'delivered', message: id });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  await warden.stop();
}, 240_000);
