/**
 * @module What changes while a delivery sits in its queue: the worker has one place for activities, and a
 * provider that does not let go of it. A native Cancel is tried at every stage that an email has.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carrier, type Answer, type Carrier } from '../support/carrier.js';
import { gate, type Gate } from '../support/gate.js';
import { verifies } from '../support/requirements.js';
import { mail, SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

/** Long enough to sit in a queue, however busy the machine. */
const UNHURRIED = {
  timeouts: { scheduleToStart: '20s', startToClose: '20s', heartbeat: '15s', scheduleToClose: '25s' },
};

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({
    carriers: [relay],
    patience: UNHURRIED,
    workerOptions: { maxConcurrentActivityTaskExecutions: 1 },
  });
});
afterAll(() => warden.stop());

const wire = ({ workflowId }: Handle): number => relay.sent.filter((one) => one.id === workflowId).length;
const stands = (handle: Handle, status: string): Promise<void> =>
  expect.poll(() => handle.query('status'), SOON).toMatchObject({ status });
const delivered = ({ workflowId }: Handle): Promise<void> =>
  warden.report('relay', { type: 'delivered', message: workflowId });

/** A provider that goes to the wire and answers when it is told to. */
const holding =
  (held: Gate): Answer =>
  async (delivery) => {
    delivery.beforeWire();
    relay.sent.push({ id: delivery.id, subject: '', to: [], messageId: '' });
    await held.arrive();
    return { recipients: delivery.recipients.map(({ index }) => ({ index, outcome: 'accepted' })) };
  };

/** An email whose delivery holds the worker's only place until it is let go. */
async function occupy(): Promise<{ handle: Handle; letGo: () => Promise<void> }> {
  const held = gate();
  relay.answers = [holding(held)];
  const { handle } = await warden.submit(mail());
  await expect.poll(held.arrived, SOON).toBe(1);
  return {
    handle,
    async letGo() {
      held.open();
      await warden.until(handle.workflowId, 'sent');
    },
  };
}

/** An email that is allowed and whose delivery is scheduled, with nobody free to take it up. */
async function queued(more: object = {}): Promise<Handle> {
  const { handle, answer } = await warden.submit(mail(more));
  expect(answer.view).toMatchObject({ status: 'queued', verdict: { outcome: 'allow' } });
  await expect
    .poll(async () => (await handle.describe()).raw.pendingActivities?.map((one) => one.attempt), SOON)
    .toEqual([1]);
  return handle;
}

async function newMailbox(): Promise<string> {
  const made = await warden.store.createMailbox(
    { org: 'default', address: `${randomUUID()}@example.com`, autonomy: 'auto', directStart: true },
    'test',
  );
  if (made === 'exists') throw new Error();
  return made.id;
}

verifies(
  'policy:before-wire',
  'paused, suppressed, canceled or past its time while the delivery sits in its queue: not sent',
  async () => {
    const busy = await occupy();
    const mailbox = await newMailbox();
    const to = `gone-${randomUUID()}@example.com`;
    const paused = await queued({ mailbox });
    const suppressed = await queued({ to });
    const bySignal = await queued();
    const byDoor = await queued();
    const natively = await queued();
    const late = await queued({ expiresAt: new Date(Date.now() + 300).toISOString() });
    const untouched = await queued();

    await warden.store.updateMailbox('default', mailbox, { status: 'paused' }, 'test');
    await warden.store.addSuppression({
      ...{ org: 'default', mode: 'live', address: to, scope: 'org' },
      ...{ reason: 'manual', source: 'test', by: 'test' },
    });
    await warden.signal(bySignal, 'cancel');
    expect(await warden.update(byDoor, 'cancel', { action: 'cancel' })).toBe('applied');
    await natively.cancel();
    for (const one of [bySignal, byDoor, natively]) await warden.until(one.workflowId, 'canceled');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await busy.letGo();

    const ends = { denied: [suppressed], canceled: [bySignal, byDoor, natively], expired: [late] };
    for (const [status, those] of Object.entries(ends))
      for (const one of those) {
        expect(await one.result()).toMatchObject({ status });
        expect(wire(one)).toBe(0);
      }
    const waitingFor = async () => (await warden.store.view(paused.workflowId))?.waitingFor?.reason;
    await expect.poll(waitingFor, SOON).toBe('paused');
    expect(wire(paused)).toBe(0);
    await paused.cancel();
    expect(await paused.result()).toMatchObject({ status: 'canceled' });
    await warden.until(untouched.workflowId, 'sent');
    expect([wire(untouched), wire(busy.handle)]).toEqual([1, 1]);
    for (const one of [untouched, busy.handle]) await delivered(one);
  },
);

verifies(
  'policy:before-wire',
  'a mailbox that is put under review while the delivery sits in its queue: held, not sent',
  async () => {
    const busy = await occupy();
    const mailbox = await newMailbox();
    const handle = await queued({ mailbox });
    await warden.store.updateMailbox('default', mailbox, { autonomy: 'review_all' }, 'test');
    await busy.letGo();
    await stands(handle, 'held');
    expect(wire(handle)).toBe(0);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'canceled' });
    await delivered(busy.handle);
  },
);

test('a native Cancel while it waits for its time: canceled', async () => {
  const { handle } = await warden.submit(mail({ sendAt: '2090-01-01T00:00:00Z' }));
  await stands(handle, 'scheduled');
  await handle.cancel();
  expect(await handle.result()).toMatchObject({ status: 'canceled' });
});

test('a native Cancel in delivery comes too late: the delivery finishes, and its report still counts', async () => {
  const busy = await occupy();
  await busy.handle.cancel();
  await expect
    .poll(
      async () => (await warden.store.trace('default', busy.handle.workflowId))?.map((one) => one.type),
      SOON,
    )
    .toContain('decision.ignored');
  await busy.letGo();
  await stands(busy.handle, 'sent');
  await delivered(busy.handle);
  expect(await busy.handle.result()).toMatchObject({ status: 'delivered' });
  expect(wire(busy.handle)).toBe(1);
});

test('a native Cancel while it listens for reports changes nothing', async () => {
  const { handle } = await warden.submit(mail());
  await warden.until(handle.workflowId, 'sent');
  await stands(handle, 'sent');
  await handle.cancel();
  await expect
    .poll(async () => (await warden.store.trace('default', handle.workflowId))?.map((one) => one.type), SOON)
    .toContain('decision.ignored');
  await stands(handle, 'sent');
  await delivered(handle);
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('a native Cancel before admission: admitted and canceled, and nothing is sent', async () => {
  await warden.stopWorker();
  const handle = await warden.start(mail());
  await handle.cancel();
  await warden.startWorker();
  expect(await handle.result()).toMatchObject({ id: handle.workflowId, status: 'canceled' });
  expect(wire(handle)).toBe(0);
});
