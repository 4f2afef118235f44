/** @module Many publishers and dispatchers at once on real PostgreSQL: nothing is delivered twice, lost or out of order. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import { openPostgres } from '../../src/store/index.js';
import type { Store, TakenDelivery } from '../../src/store/store.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { admission, makeMailbox, send, storeOver, type TestStore } from '../support/store.js';

const CONNECTIONS = 12;
const RACERS = 6;

let server: TestPostgres;
let bed: TestStore;
beforeAll(async () => {
  server = await startPostgres();
  bed = await storeOver(openPostgres(await server.database('webhooks'), { max: CONNECTIONS }));
}, 60_000);
afterAll(async () => {
  await bed.end();
  await server.stop();
});

type Taken = Awaited<ReturnType<Store['takeDeliveries']>>;

const race = <T>(run: (racer: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: RACERS }, (_, i) => run(i)));

/** On a busy machine a lock can take longer than a statement may; its caller repeats. */
async function patiently<T>(run: () => Promise<T>, more = 10): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (more === 0 || !(error instanceof Problem) || error.code !== 'unavailable') throw error;
    return await patiently(run, more - 1);
  }
}

test('each event becomes one delivery to each endpoint, and each of them is tried once, in the order of its message', async () => {
  const { store } = bed;
  const mailbox = await makeMailbox(store);
  const owner = { org: mailbox.org, mode: 'live', mailboxes: null } as const;
  const webhooks = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      store.createWebhook(
        { ...owner, url: `https://${name}.example.com`, description: null, types: [], secret: 's', by: 'p' },
        20,
      ),
    ),
  );
  const emails = Array.from({ length: 24 }, () => admission(mailbox));
  let isSending = true;
  const sending = race(async (racer) => {
    for (const mail of emails.filter((_, i) => i % RACERS === racer)) {
      await patiently(() => store.admit(mail));
      await patiently(() => send(store, mail));
    }
  }).finally(() => void (isSending = false));
  const publishing = race(async () => {
    for (let i = 0; i < 2_000; i++) {
      const published = await patiently(() => store.publishEvents(7));
      if (published === 0 && !isSending && (await store.lastPosition()) === 48) return;
    }
  });

  const tried: TakenDelivery[] = [];
  const inFlight = new Map<string, number>();
  let most = 0;
  let mostOfAll = 0;
  const dispatching = race(async () => {
    let after: string | null = null;
    for (let i = 0; i < 2_000 && tried.length < 48 * 3; i++) {
      const wanted: Parameters<Store['takeDeliveries']>[0] = {
        limit: 5,
        failing: 5,
        perEndpoint: 4,
        perOrg: 8,
        leaseMs: 60_000,
        after,
      };
      const { taken, last }: Taken = await patiently<Taken>(() => store.takeDeliveries(wanted));
      after = last;
      for (const one of taken) {
        tried.push(one);
        inFlight.set(one.webhook, (inFlight.get(one.webhook) ?? 0) + 1);
        most = Math.max(most, inFlight.get(one.webhook) ?? 0);
        mostOfAll = Math.max(
          mostOfAll,
          [...inFlight.values()].reduce((sum, count) => sum + count, 0),
        );
      }
      // The clock stands still, but what was put off must come: its next one is woken by the record.
      for (const { id, webhook, leaseUntil, tries } of taken) {
        inFlight.set(webhook, (inFlight.get(webhook) ?? 0) - 1);
        await patiently(() => store.recordDelivery({ id, leaseUntil, tries, then: { is: 'delivered' } }));
      }
    }
  });
  await Promise.all([sending, publishing, dispatching]);

  expect(tried).toHaveLength(48 * 3);
  expect(new Set(tried.map((one) => one.id)).size).toBe(48 * 3);
  expect(most).toBeLessThanOrEqual(4);
  expect(mostOfAll).toBeLessThanOrEqual(8);
  const rows = await bed.db
    .selectFrom('webhook_deliveries')
    .select(['id', 'webhook', 'message', 'type', 'status', 'tries'])
    .execute();
  expect(rows).toHaveLength(48 * 3);
  expect(rows.every((row) => row.status === 'delivered' && row.tries === 1)).toBe(true);
  const order = new Map(tried.map((one, i) => [one.id, i]));
  for (const webhook of webhooks.map((one) => (one === 'too_many' ? '' : one.id)))
    for (const { id } of emails) {
      const its = rows.filter((row) => row.webhook === webhook && row.message === id);
      its.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
      expect(its.map((row) => row.type)).toEqual(['message.queued', 'message.sent']);
    }
});
