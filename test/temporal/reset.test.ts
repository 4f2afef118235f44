/** @module A workflow that an operator resets, to any point and at any time: what went out does not go out again. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { gate } from '../support/gate.js';
import { verifies } from '../support/requirements.js';
import { mail, SOON, startWarden, type Handle, type Warden } from '../support/warden.js';
import { resetPoints, resetTo } from '../support/workflow-history.js';

/** Nothing here is about a provider that is late, however busy the machine. */
const UNHURRIED = {
  timeouts: { scheduleToStart: '20s', startToClose: '20s', heartbeat: '15s', scheduleToClose: '25s' },
};

let warden: Warden;
let reviewed: string;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], patience: UNHURRIED });
  const mailbox = await warden.store.createMailbox(
    { org: 'default', address: 'reviewed@example.com', autonomy: 'review_all', directStart: true },
    'test',
  );
  if (mailbox === 'exists') throw new Error();
  reviewed = mailbox.id;
});
afterAll(() => warden.stop());

const wire = ({ workflowId }: Handle): number => relay.sent.filter((one) => one.id === workflowId).length;
const stands = (handle: Handle, status: string): Promise<void> =>
  expect.poll(() => handle.query('status'), SOON).toMatchObject({ status });
const delivered = ({ workflowId }: Handle): Promise<void> =>
  warden.report('relay', { type: 'delivered', message: workflowId });

/** What a sweep does for a run to which nobody repeats that its report is there; it may have ended before. */
const wake = (handle: Handle): Promise<void> => handle.signal('deliveryReport').catch(() => undefined);

async function held(): Promise<{ handle: Handle; digest: string }> {
  const { handle, answer } = await warden.submit(mail({ mailbox: reviewed }));
  expect(answer.view?.status).toBe('held');
  return { handle, digest: answer.view?.digest ?? '' };
}

/** Each way to the end, with the messages that a reset may repeat or leave out. */
const WAYS: Record<string, () => Promise<Handle>> = {
  'sent and reported delivered': async () => {
    const { handle } = await warden.submit(mail());
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    return handle;
  },
  'held, approved by signal and delivered': async () => {
    const { handle, digest } = await held();
    await warden.signal(handle, 'approve', { by: 'alice', digest });
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    return handle;
  },
  'held, approved by a door and reported by signal': async () => {
    const { handle, digest } = await held();
    await warden.update(handle, 'decide', { action: 'approve', digest });
    await warden.until(handle.workflowId, 'sent');
    await handle.signal('deliveryReport', { reportId: randomUUID(), type: 'delivered' });
    return handle;
  },
};

for (const [way, walk] of Object.entries(WAYS))
  verifies(
    'send:once/reset',
    `an email that was ${way} is reset to each point, with and without its messages, and ends the same without another send`,
    async () => {
      const handle = await walk();
      const outcome = await handle.result();
      expect(outcome).toMatchObject({ status: 'delivered' });
      const points = await resetPoints(handle);
      expect(points.length).toBeGreaterThan(1);
      for (const point of points)
        for (const messages of ['reapplied', 'left out'] as const) {
          await resetTo(handle, point, messages);
          await wake(handle);
          expect(await handle.result(), `${point.eventId.toString()}, ${messages}`).toEqual(outcome);
        }
      expect(wire(handle)).toBe(1);
    },
  );

verifies(
  'send:once/reset',
  'an email that is reset while it is held stays held, and is sent once when it is approved',
  async () => {
    const { handle, digest } = await held();
    // Recorded and ignored; again at each reset that repeats it.
    await warden.signal(handle, 'approve', { by: 'alice', digest: 'another' });
    await stands(handle, 'held');
    for (const point of await resetPoints(handle))
      for (const messages of ['reapplied', 'left out'] as const) {
        await resetTo(handle, point, messages);
        await stands(handle, 'held');
      }
    await warden.signal(handle, 'approve', { by: 'alice', digest });
    await warden.until(handle.workflowId, 'sent');
    await delivered(handle);
    expect(await handle.result()).toMatchObject({ status: 'delivered' });
    expect(wire(handle)).toBe(1);
  },
);

verifies(
  'send:once/reset',
  'an email that is reset while it listens for reports is not sent again, and takes its report',
  async () => {
    const { handle } = await warden.submit(mail());
    await warden.until(handle.workflowId, 'sent');
    await stands(handle, 'sent');
    for (const point of await resetPoints(handle))
      for (const messages of ['reapplied', 'left out'] as const) {
        await resetTo(handle, point, messages);
        await stands(handle, 'sent');
      }
    await delivered(handle);
    expect(await handle.result()).toMatchObject({ status: 'delivered' });
    expect(wire(handle)).toBe(1);
  },
);

verifies(
  'send:once/reset',
  'an email that is reset while the provider has it is sent by nobody else, and the answer that comes counts',
  async () => {
    for (const messages of ['reapplied', 'left out'] as const) {
      let answer = (): void => undefined;
      relay.answers = [
        async (delivery) => {
          delivery.beforeWire();
          relay.sent.push({ id: delivery.id, subject: '', to: [], messageId: '' });
          await new Promise<void>((resolve) => (answer = resolve));
          return { recipients: delivery.recipients.map(({ index }) => ({ index, outcome: 'accepted' })) };
        },
      ];
      const { handle } = await warden.submit(mail());
      await expect.poll(() => wire(handle), SOON).toBe(1);
      for (const point of await resetPoints(handle)) await resetTo(handle, point, messages);
      await stands(handle, 'sending');
      answer();
      await warden.until(handle.workflowId, 'sent');
      await delivered(handle);
      expect(await handle.result()).toMatchObject({ status: 'delivered' });
      expect(wire(handle)).toBe(1);
    }
  },
);

verifies(
  'send:once/reset',
  'a delivery of the run that was reset and one of the new run claim at the same moment, and one sends',
  async () => {
    const { claim } = warden.store;
    for (let round = 0; round < 3; round++) {
      const { arrive, arrived } = gate(2);
      warden.store.claim = async (request) => {
        await arrive();
        return await claim(request);
      };
      const { handle } = await warden.submit(mail());
      await expect.poll(arrived, SOON).toBe(1);
      for (const point of await resetPoints(handle)) await resetTo(handle, point, 'left out');
      await expect.poll(arrived, SOON).toBe(2);
      await warden.until(handle.workflowId, 'sent');
      await delivered(handle);
      await wake(handle);
      expect(await handle.result()).toMatchObject({ status: 'delivered' });
      expect(wire(handle)).toBe(1);
    }
    warden.store.claim = claim;
  },
);

verifies(
  'send:once/reset',
  'an email that waits for its time and is reset goes once, at its time, also where the waiting was undone',
  async () => {
    const sendAt = new Date(Date.now() + 1_500).toISOString();
    const { handle } = await warden.submit(mail({ sendAt }));
    await stands(handle, 'scheduled');
    for (const point of await resetPoints(handle)) await resetTo(handle, point, 'reapplied');
    await warden.until(handle.workflowId, 'sent');
    for (const point of await resetPoints(handle)) await resetTo(handle, point, 'left out');
    await stands(handle, 'sent');
    await delivered(handle);
    expect(await handle.result()).toMatchObject({ status: 'delivered' });
    expect(wire(handle)).toBe(1);
    const [first] = (await warden.store.message('default', handle.workflowId))?.attempts ?? [];
    expect((first?.at ?? '') >= sendAt).toBe(true);
  },
);

verifies(
  'send:none-lost',
  'an email that was admitted stays so where a reset admits it again, whatever its mailbox takes by then',
  async () => {
    const mailbox = await warden.store.createMailbox(
      { org: 'default', address: 'once-direct@example.com', autonomy: 'review_all', directStart: true },
      'test',
    );
    if (mailbox === 'exists') throw new Error();
    const { handle, answer } = await warden.submit(mail({ mailbox: mailbox.id }));
    await stands(handle, 'held');
    await warden.store.updateMailbox('default', mailbox.id, { directStart: false }, 'test');
    const [first] = await resetPoints(handle);
    if (first === undefined) throw new Error('no point');
    await resetTo(handle, first, 'left out');
    await stands(handle, 'held');
    await warden.signal(handle, 'approve', { by: 'alice', digest: answer.view?.digest ?? '' });
    await warden.until(handle.workflowId, 'sent');
    expect(wire(handle)).toBe(1);
  },
);
