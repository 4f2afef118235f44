/** @module `MailwardenStatus`, where the namespace knows it, and in a namespace that does not. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { connectTemporal } from '../support/temporal.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

/** The server's parts learn of a new namespace one after the other. */
async function untilKnown(client: Client): Promise<void> {
  for (let i = 0; i < 150; i++) {
    try {
      await client.workflow.count();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error('the new namespace is not known');
}

let relay: Carrier;
let warden: Warden;
let bare: Warden;
const BARE = `bare-${randomUUID().slice(0, 8)}`;
beforeAll(async () => {
  relay = carrier('relay');
  const temporal = await connectTemporal(BARE);
  await temporal.client.connection.workflowService.registerNamespace({
    namespace: BARE,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  const unregistered = untilKnown(temporal.client).then(() =>
    startWarden({ carriers: [relay], namespace: BARE }),
  );
  [warden, bare] = await Promise.all([startWarden({ carriers: [relay] }), unregistered]);
  await temporal.close();
}, 120_000);
afterAll(async () => {
  await bare.stop();
  await warden.stop();
});

const mail = (more: object = {}): object => ({
  ...{ to: `p-${randomUUID()}@example.com`, subject: `s ${randomUUID()}`, text: 'hello' },
  ...more,
});

/** Held, approved, sent and delivered: every status that an attribute would be set to. */
async function throughAll(at: Warden): Promise<Handle> {
  const mailbox = await at.store.createMailbox(
    { org: 'default', address: `m-${randomUUID()}@example.com`, directStart: true },
    'test',
  );
  if (mailbox === 'exists') throw new Error();
  const { handle, answer } = await at.submit(mail({ mailbox: mailbox.id }));
  expect(answer.view?.status).toBe('held');
  await at.signal(handle, 'approve', { by: 'alice', digest: answer.view?.digest ?? '' });
  await at.until(handle.workflowId, 'sent');
  await at.report('relay', { type: 'delivered', message: handle.workflowId });
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
  return handle;
}

const failedTasks = async (handle: Handle): Promise<number> =>
  ((await handle.fetchHistory()).events ?? []).filter((event) => event.workflowTaskFailedEventAttributes)
    .length;

test('attribute registered: emails are found by their status', async () => {
  const { handle } = await warden.submit(mail());
  const found = (status: string) => async (): Promise<string[]> => {
    const ids: string[] = [];
    const query = `MailwardenStatus = '${status}' AND WorkflowId = '${handle.workflowId}'`;
    for await (const one of warden.temporal.client.workflow.list({ query })) ids.push(one.workflowId);
    return ids;
  };
  await expect.poll(found('sent'), SOON).toEqual([handle.workflowId]);
  await warden.report('relay', { type: 'delivered', message: handle.workflowId });
  await handle.result();
  await expect.poll(found('delivered'), SOON).toEqual([handle.workflowId]);
  expect(await found('sent')()).toEqual([]);
  expect(await failedTasks(await throughAll(warden))).toBe(0);
});

test('attribute unregistered: the worker sees that at its start, emails go their whole way, and no workflow task fails', async () => {
  const { connection } = bare.temporal.client;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: BARE });
  expect(customAttributes).not.toHaveProperty('MailwardenStatus');
  const handle = await throughAll(bare);
  expect(await failedTasks(handle)).toBe(0);
  const { raw } = await handle.describe();
  expect(raw.workflowExecutionInfo?.searchAttributes?.indexedFields ?? {}).not.toHaveProperty(
    'MailwardenStatus',
  );
});
