/** @module Providers that are not there when their turn comes: removed while mail waits, or polled by nobody. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { SOON, startWarden, type Handle, type Warden } from '../support/warden.js';

let warden: Warden;
let first: Carrier;
let second: Carrier;
/** Milliseconds by which the store's clock is ahead. */
let ahead = 0;
beforeAll(async () => {
  [first, second] = [carrier('first'), carrier('second')];
  warden = await startWarden({
    carriers: [first, second],
    clock: () => new Date(Date.now() + ahead),
    // Nobody waits long for a worker that isn't there.
    patience: {
      timeouts: { scheduleToStart: '300ms', startToClose: '4s', heartbeat: '3s', scheduleToClose: '6s' },
    },
    config: { delivery: { roundBackoff: ['100ms'], giveUpAfter: '30m' }, feedback: { window: '0s' } },
  });
});
afterEach(() => {
  ahead = 0;
});
afterAll(() => warden.stop());

async function mailbox(more: object): Promise<string> {
  const made = await warden.store.createMailbox(
    { org: 'default', address: `m-${randomUUID()}@example.com`, directStart: true, ...more },
    'test',
  );
  if (made === 'exists') throw new Error();
  return made.id;
}
const mail = (more: object = {}): object => ({
  ...{ to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' },
  ...more,
});
const wire = ({ workflowId }: Handle): number[] =>
  [first, second].map((one) => one.sent.filter((it) => it.id === workflowId).length);

/** Another worker, as after a deployment with another config. */
async function deployed(...carriers: Carrier[]): Promise<void> {
  await warden.stopWorker();
  await warden.startWorker(carriers);
}
const trace = async ({ workflowId }: Handle): Promise<string[]> =>
  (await warden.store.trace('default', workflowId)).map((one) => one.type);

/** The delivery activities that the workflow asked for, in order. */
async function deliveries(handle: Handle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
    return name.startsWith('mailwarden.deliver.') ? [name.slice('mailwarden.deliver.'.length)] : [];
  });
}

test('provider removed while mail is held: once approved it goes by another', async () => {
  const { handle, answer } = await warden.submit(
    mail({ mailbox: await mailbox({ autonomy: 'review_all' }) }),
  );
  await deployed(second);
  await warden.signal(handle, 'approve', { by: 'alice', digest: answer.view?.digest ?? '' });
  expect(await handle.result()).toMatchObject({ status: 'sent' });
  expect(wire(handle)).toEqual([0, 1]);
  expect(await deliveries(handle)).toEqual(['second']);
  await deployed(first, second);
});

test('provider removed while mail is scheduled, and its workflow still names it: it goes by another', async () => {
  const sendAt = new Date(Date.now() + 4_000);
  const { handle, answer } = await warden.submit(mail({ sendAt: sendAt.toISOString() }));
  expect(answer.view?.next?.provider).toBe('first');
  await warden.stopWorker();
  // On a machine so busy that this took until then it may have gone already.
  const inTime = new Date() < sendAt;
  await warden.startWorker([second]);
  expect(await handle.result()).toMatchObject({ status: 'sent' });
  expect(
    inTime
      ? [[0, 1]]
      : [
          [0, 1],
          [1, 0],
        ],
  ).toContainEqual(wire(handle));
  expect(await trace(handle)).not.toContain('message.unknown');
  await deployed(first, second);
});

test('provider removed, and no other in the route: the email waits for it in rounds, and goes when it is back', async () => {
  const route = [{ provider: 'first', weight: 1, failover: false }];
  const { handle, answer } = await warden.submit(
    mail({ mailbox: await mailbox({ autonomy: 'review_all', route }) }),
  );
  await deployed(second);
  await warden.signal(handle, 'approve', { by: 'alice', digest: answer.view?.digest ?? '' });
  const rounds = async (): Promise<number> =>
    (await trace(handle)).filter((one) => one === 'delivery.round_over').length;
  await expect.poll(rounds, SOON).toBeGreaterThan(1);
  expect(await warden.store.view(handle.workflowId)).toMatchObject({ recipients: [{ status: 'ready' }] });
  await deployed(first, second);
  expect(await handle.result()).toMatchObject({ status: 'sent' });
  expect(wire(handle)).toEqual([1, 0]);
});

test('provider removed for good: in the end the email fails, and says that it was given up', async () => {
  const route = [{ provider: 'gone', weight: 1, failover: false }];
  const { handle } = await warden.submit(mail({ mailbox: await mailbox({ autonomy: 'auto', route }) }));
  await expect.poll(() => trace(handle), SOON).toContain('delivery.round_over');
  ahead = 3_600_000;
  expect(await handle.result()).toMatchObject({ status: 'failed' });
  const detail = await warden.store.message('default', handle.workflowId);
  expect(detail?.recipients).toMatchObject([{ status: 'failed', reason: 'gave_up' }]);
  expect(wire(handle)).toEqual([0, 0]);
});

test('nobody polling its queue: each provider of the route in its turn, never unknown, and sent once when somebody does', async () => {
  await warden.stopWorker();
  // It runs workflows and what is local to them, and takes no delivery.
  await warden.startWorker([first, second], { enableNonLocalActivities: false });
  const { handle } = await warden.submit(mail());
  await expect.poll(() => trace(handle), SOON).toContain('delivery.round_over');
  expect((await deliveries(handle)).slice(0, 2)).toEqual(['first', 'second']);
  const { events } = await handle.fetchHistory();
  const timeouts = (events ?? []).flatMap(
    (event) => event.activityTaskTimedOutEventAttributes?.failure?.timeoutFailureInfo?.timeoutType ?? [],
  );
  // TIMEOUT_TYPE_SCHEDULE_TO_START
  expect(new Set(timeouts)).toEqual(new Set([2]));
  const view = await warden.store.view(handle.workflowId);
  expect(view?.recipients).toEqual([{ index: 0, status: 'ready' }]);
  await deployed(first, second);
  expect(await handle.result()).toMatchObject({ status: 'sent' });
  expect(wire(handle).reduce((a, b) => a + b)).toBe(1);
  expect(await trace(handle)).not.toContain('message.unknown');
  const attempts = (await warden.store.message('default', handle.workflowId))?.attempts;
  expect(attempts?.map((one) => one.outcome)).toEqual(['accepted']);
});
