/**
 * @module A provider with a rate limit has a task queue of its own: all workers together keep to the limit, and what
 * waits there goes by category, and by mailbox in turn.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { priorityOf } from '../../src/core/delivery/priority.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { connectTemporal, type TemporalAccess } from '../support/temporal.js';
import { mail, startWarden, type Handle, type Warden } from '../support/warden.js';

const PER_SECOND = 4;

let warden: Warden;
let limited: Carrier;
/** Of the second worker. */
let elsewhere: TemporalAccess;
/** When each email was at the provider, in order. */
let times: { id: string; at: number }[] = [];
beforeAll(async () => {
  limited = carrier('limited');
  const { send } = limited;
  limited.send = async (delivery) => {
    times.push({ id: delivery.id, at: Date.now() });
    return await send(delivery);
  };
  warden = await startWarden({
    carriers: [limited],
    patience: { rateLimit: { perSecond: PER_SECOND } },
    mailbox: { policy: { limits: { hourly: 1_000, daily: 1_000 } } },
    config: { feedback: { window: '0s' } },
  });
  elsewhere = await connectTemporal();
  await warden.startWorker([limited], { connection: elsewhere.connection });
});
beforeEach(() => {
  times = [];
});
afterAll(async () => {
  await warden.stop();
  await elsewhere.close();
});

const all = (count: number) => expect.poll(() => times.length, { timeout: 60_000, interval: 50 }).toBe(count);
const otherMailbox = async (): Promise<string> => {
  const made = await warden.store.createMailbox(
    { org: 'default', address: `other@${warden.taskQueue}.test`, autonomy: 'auto', directStart: true },
    'test',
  );
  if (made === 'exists') throw new Error();
  return made.id;
};
const startMany = (count: number, more: object): Promise<Handle[]> =>
  Promise.all(Array.from({ length: count }, () => warden.start(mail(more))));
const place = ({ workflowId }: Handle): number => times.findIndex((one) => one.id === workflowId);

/** The delivery activity, as the workflow asked for it. */
async function scheduled(handle: Handle): Promise<{ taskQueue: unknown; priority: unknown }> {
  const { events } = await handle.fetchHistory();
  for (const { activityTaskScheduledEventAttributes: one } of events ?? [])
    if (one?.activityType?.name?.startsWith('mailwarden.deliver.'))
      return { taskQueue: one.taskQueue?.name, priority: one.priority };
  throw new Error('no delivery');
}

test('two workers together keep to the limit, and each email goes once', async () => {
  const [handle] = await startMany(24, {});
  await all(24);
  expect(new Set(times.map((one) => one.id)).size).toBe(24);
  // The server lets what it has saved up go at once, so only the whole is held against the limit.
  const took = (times.at(-1)?.at ?? 0) - (times[0]?.at ?? 0);
  expect(took).toBeGreaterThan(((24 - 2 * PER_SECOND) / PER_SECOND) * 1_000 * 0.7);
  expect(await scheduled(handle!)).toMatchObject({
    taskQueue: `${warden.taskQueue}.limited`,
    priority: { priorityKey: 1, fairnessKey: warden.mailbox.id },
  });
}, 90_000);

const until = (what: () => Promise<boolean>) =>
  expect.poll(what, { timeout: 30_000, interval: 100 }).toBe(true);

/** How many went first, after all of them stood in the queue, before the last of them went. */
async function overtaken(handles: Handle[]): Promise<number> {
  for (const handle of handles) await until(() => scheduled(handle).then(Boolean, () => false));
  const gone = times.length;
  const last = (): number => Math.min(...handles.map((one) => (place(one) < 0 ? -1 : 0)));
  await expect.poll(last, { timeout: 60_000, interval: 50 }).toBe(0);
  return Math.max(...handles.map(place)) - gone;
}

const NEWSLETTERS = 120;

/** Many newsletters. Only behind some that have waited for seconds does a server not let a new task pass by itself. */
async function backlog(): Promise<void> {
  const newsletters = await startMany(NEWSLETTERS, { category: 'commercial' });
  for (const { workflowId } of newsletters)
    await until(async () => (await warden.store.view(workflowId)) !== null);
  const gone = times.length;
  await expect
    .poll(() => times.length, { timeout: 60_000, interval: 50 })
    .toBeGreaterThan(gone + 6 * PER_SECOND);
  expect(times.length).toBeLessThan(NEWSLETTERS - 3 * TAKEN);
}

/** Whatever a worker has taken by then goes first. */
const TAKEN = 10;

/** One alone may be handed over as it comes; of several most have to pass those that wait. */
const SEVERAL = 6;

test('codes that somebody waits for go before the newsletters that were there first', async () => {
  await backlog();
  const codes = await startMany(SEVERAL, { category: 'transactional' });
  expect(await overtaken(codes)).toBeLessThan(SEVERAL + TAKEN);
  await all(NEWSLETTERS + SEVERAL);
}, 120_000);

test('a mailbox with few emails does not wait for another with many of the same category', async () => {
  const mailbox = await otherMailbox();
  await backlog();
  const few = await startMany(SEVERAL, { category: 'commercial', mailbox });
  // In turn: as many of the others go meanwhile.
  expect(await overtaken(few)).toBeLessThan(2 * SEVERAL + TAKEN);
  await all(NEWSLETTERS + SEVERAL);
}, 120_000);

test('a priority never names an address', () => {
  expect(priorityOf('commercial', 'mbx_7q2m4n6p8r')).toEqual({
    priorityKey: 5,
    fairnessKey: 'mbx_7q2m4n6p8r',
  });
  expect(priorityOf('conversational', 'agent@example.com')).toEqual({ priorityKey: 3 });
  expect(priorityOf('no category', undefined)).toEqual({ priorityKey: 3 });
});
