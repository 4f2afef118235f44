/** @module `sendEmail` of `mailwarden/workflow`, called by a user's workflow: when it returns, and what it never breaks. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { base64url } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyRing, seal } from '../../src/seal.js';
import type { Outcome } from '../../workflows/index.js';
import { startHouse, startWorker, userWorkflows, type At, type House } from '../support/house.js';

const ring = keyRing([`test:${base64url.encode(randomBytes(32))}`]);
let house: House;
let worker: Awaited<ReturnType<typeof startWorker>>;
beforeAll(async () => {
  house = await startHouse();
  worker = await startWorker(house, {
    ...{ workflowsPath: userWorkflows('orders'), plugins: [house.plugin({ ring })] },
  });
});
afterAll(async () => {
  await worker.stop();
  await house.stop();
});

const order: At['order'] = (...args) => worker.order(...args);
const outcomeOf = (handle: WorkflowHandle): Promise<Outcome> => handle.result() as Promise<Outcome>;
const isRunning = async (id: string): Promise<boolean> =>
  (await house.temporal.client.workflow.getHandle(id).describe()).status.name === 'RUNNING';
const approve = async (id: string): Promise<void> => {
  const digest = (await house.store.view(id))?.digest;
  await house.temporal.client.workflow.getHandle(id).signal('approve', { by: 'alice', digest });
};
const newId = (): string => `msg_${randomUUID()}`;

test('by default the call returns when the email is sent, and the email goes on listening for reports', async () => {
  const outcome = await outcomeOf(await order(house.mail()));
  expect(outcome).toMatchObject({ status: 'sent', recipients: [{ index: 0, status: 'sent' }] });
  expect(outcome.id).toMatch(/^msg_[0-9a-f]{32}$/u);
  expect(await isRunning(outcome.id)).toBe(true);
});

test('until admitted: the call returns while the email is held, and the email outlives its parent', async () => {
  const outcome = await outcomeOf(await order(house.mail({ mailbox: house.held.id }), { until: 'admitted' }));
  expect(outcome.status).toBe('held');
  await approve(outcome.id);
  await house.until(outcome.id, 'sent');
});

test('until final: the call returns what the last report says', async () => {
  const workflowId = newId();
  const parent = await order(house.mail(), { until: 'final', workflowId });
  await house.until(workflowId, 'sent');
  await house.report(workflowId, 'delivered');
  expect(await outcomeOf(parent)).toMatchObject({ id: workflowId, status: 'delivered' });
});

test('until sent: a held email that a person rejects ends the wait too', async () => {
  const workflowId = newId();
  const parent = await order(house.mail({ mailbox: house.held.id }), { workflowId });
  await house.until(workflowId, 'held');
  await house.temporal.client.workflow.getHandle(workflowId).signal('reject', { by: 'alice' });
  expect(await outcomeOf(parent)).toMatchObject({ id: workflowId, status: 'rejected' });
});

test('a parent that is canceled gets CancelledFailure, and the email goes on', async () => {
  for (const until of ['sent', 'final'] as const) {
    const workflowId = newId();
    const parent = await order(
      house.mail({ mailbox: house.held.id }),
      { until, workflowId },
      'cautiousOrder',
    );
    await house.until(workflowId, 'held');
    await parent.cancel();
    expect(await parent.result()).toBe('canceled');
    await approve(workflowId);
    await house.until(workflowId, 'sent');
  }
});

test('a parent that was terminated neither fails nor delays the email that would have told it', async () => {
  const workflowId = newId();
  const parent = await order(house.mail({ mailbox: house.held.id }), { workflowId });
  await house.until(workflowId, 'held');
  await parent.terminate('gone');
  await approve(workflowId);
  await house.until(workflowId, 'sent');
  await house.report(workflowId, 'delivered');
  const handle = house.temporal.client.workflow.getHandle(workflowId);
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('an email whose workflow is terminated fails the call clearly, and never leaves it waiting', async () => {
  for (const until of ['sent', 'final'] as const) {
    const workflowId = newId();
    const request = house.mail({ mailbox: house.held.id });
    const parent = await order(request, { until, workflowId }, 'cautiousOrder');
    await house.until(workflowId, 'held');
    await house.temporal.client.workflow.getHandle(workflowId).terminate('by an operator');
    expect(await parent.result()).toBe('mailwarden.terminated');
  }
});

test('a dedupe key that was used before gets the stored outcome, and sends nothing', async () => {
  const request = house.mail({ dedupeKey: randomUUID() });
  const first = await outcomeOf(await order(request));
  const calls = house.carrier.calls;
  for (const until of ['admitted', 'sent', 'final'] as const)
    expect(await outcomeOf(await order(request, { until }))).toEqual(first);
  expect(house.carrier.calls).toBe(calls);
});

test('the same workflow id again, after the email has ended, gets the stored outcome', async () => {
  const options = { workflowId: newId(), until: 'final' } as const;
  const parent = await order(house.mail(), options);
  await house.until(options.workflowId, 'sent');
  await house.report(options.workflowId, 'delivered');
  const first = await outcomeOf(parent);
  expect(await outcomeOf(await order(house.mail(), options))).toEqual(first);
});

test('a bad request is an outcome that says what is wrong, not a failure', async () => {
  const outcome = await outcomeOf(await order(house.mail({ to: 'nobody' })));
  expect(outcome).toMatchObject({ status: 'denied', problem: { code: 'invalid_request' } });
  expect(outcome.problem?.fields[0]?.field).toMatch(/^to/u);
});

test('a sealed request is opened by the worker, and its parent learns no more than the outcome', async () => {
  const sealed = await seal(ring, 'request', {
    request: { to: 'seal@example.com', subject: 'Sealed', text: randomUUID() },
  });
  const parent = await order({ mailbox: house.mailbox.id, sealed });
  const outcome = await outcomeOf(parent);
  expect(outcome.status).toBe('sent');
  expect(house.carrier.sent.find((one) => one.id === outcome.id)?.to).toEqual(['seal@example.com']);
});

test('what the child tells holds no address and no text', async () => {
  const parent = await order(house.mail({ to: 'secret-reader@example.com' }));
  const { id } = await outcomeOf(parent);
  const { events } = await parent.fetchHistory();
  const signals = events?.filter((one) => one.workflowExecutionSignaledEventAttributes) ?? [];
  expect(signals.map((one) => one.workflowExecutionSignaledEventAttributes?.signalName)).toEqual([
    `mailwarden.outcome:${id}`,
  ]);
  const told = signals[0]?.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
  const outcome: unknown = JSON.parse(Buffer.from(told ?? []).toString());
  expect(outcome).toEqual({ id, status: 'sent', recipients: [{ index: 0, status: 'sent' }] });
});

test('an unknown `until` fails the call at once', async () => {
  const parent = await order(house.mail(), { until: 'read' as 'sent' }, 'cautiousOrder');
  expect(await parent.result()).toBe('mailwarden.invalid_option');
});

test('a child without a parent that waits, or with a second argument of no meaning, is an email like any other', async () => {
  const { client, taskQueue } = worker;
  for (const second of [{ tell: 'sent' }, { tell: 'later' }, null, 'sent']) {
    const workflowId = newId();
    await client.workflow.start('sendEmail', { workflowId, taskQueue, args: [house.mail(), second] });
    await house.until(workflowId, 'sent');
  }
});
