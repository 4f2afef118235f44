/**
 * @module The event log on real PostgreSQL, where commits overtake each other: nobody who follows it misses an event
 * or sees one twice, and those of one message are in order, however many write and publish.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStore, openPostgres } from '../../src/store/index.js';
import type { EventRow, Store } from '../../src/store/store.js';
import { publishEvents } from '../../src/store/publish.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { admission, makeMailbox, send, storeOver, testSettings, type TestStore } from '../support/store.js';

const WRITERS = 8;
const CONNECTIONS = 16;

let server: TestPostgres;
let bed: TestStore;
let url: string;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.database('events');
  bed = await storeOver(openPostgres(url, { max: CONNECTIONS }));
}, 60_000);
afterAll(async () => {
  await bed.end();
  await server.stop();
});

const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 2));

const everyEvent = async (store: Store, org: string): Promise<EventRow[]> =>
  await store.publishedAfter({ org, mode: 'live', mailboxes: null, after: 0, limit: 10_000 });

/** As another process would have it. */
const anotherStore = (): Store => createStore(openPostgres(url, { max: 4 }), testSettings(bed.clock));

test('a reader that follows while many write and four publish misses none, sees none twice, in order', async () => {
  const mailbox = await makeMailbox(bed.store);
  const { org } = mailbox;
  const publishers = Array.from({ length: 4 }, anotherStore);
  let isOver = false;
  const publishing = publishers.map(async (store) => {
    let published = 0;
    // A few at a time, so that they meet often.
    for (let quiet = 0, rounds = 0; quiet < 3 && rounds < 20_000; rounds++) {
      const count = await store.publishEvents(3);
      published += count;
      quiet = isOver && count === 0 ? quiet + 1 : 0;
      if (count === 0) await pause();
    }
    return published;
  });

  const all = Array.from({ length: WRITERS * 6 }, () => admission(mailbox));
  let next = 0;
  const writer = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) {
      const wanted = all[i]!;
      await bed.store.admit(wanted);
      await send(bed.store, wanted);
      const name = { message: wanted.id };
      await Promise.all([
        bed.store.applyReports('smtp', [{ reportId: `${wanted.id}-o`, type: 'opened', ...name }]),
        bed.store.applyReports('smtp', [{ reportId: `${wanted.id}-d`, type: 'delivered', ...name }]),
      ]);
    }
  };
  const seen: EventRow[] = [];
  const follow = async (): Promise<void> => {
    const page = { org, mode: 'live' as const, mailboxes: null, limit: 7 };
    for (let quiet = 0, rounds = 0; quiet < 3 && rounds < 20_000; rounds++) {
      const rows = await bed.store.publishedAfter({ ...page, after: seen.at(-1)?.position ?? 0 });
      seen.push(...rows);
      quiet = isPublished && rows.length === 0 ? quiet + 1 : 0;
      if (rows.length === 0) await pause();
    }
  };
  let isPublished = false;
  const following = follow();
  await Promise.all(Array.from({ length: WRITERS }, writer));
  isOver = true;
  const counts = await Promise.all(publishing);
  isPublished = true;
  await following;

  expect(seen).toEqual(await everyEvent(bed.store, org));
  expect(new Set(seen.map((one) => one.id)).size).toBe(all.length * 4);
  for (const { id } of all) {
    const types = seen.flatMap((one) => (one.message === id ? one.type : []));
    expect(types.slice(0, 2)).toEqual(['message.queued', 'message.sent']);
    // The trace was written under the same lock.
    const trace = (await bed.store.trace(org, id)).map((one) => one.type);
    expect(types).toEqual(trace.filter((type) => types.includes(type as EventRow['type'])));
  }
  // No position was given twice, and none left out.
  const traces = await bed.store.eventsSince(0, 10_000);
  expect(traces.map((one) => one.position)).toEqual(traces.map((_, i) => i + 1));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(traces.length);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(1);
  for (const store of publishers) await store.end();
}, 60_000);

test('what commits late is not passed over by what was written after it', async () => {
  const mailbox = await makeMailbox(bed.store);
  const [early, late] = [admission(mailbox), admission(mailbox)];
  // An open transaction that has its place in the outbox, and so the lower number.
  const slow = new Client({ connectionString: url });
  await slow.connect();
  await slow.query('begin');
  await slow.query(
    `insert into outbox (org, id, type, mode, created_at) values ($1, 'evt_slow', 'mailbox.paused', 'live', now())`,
    [mailbox.org],
  );
  await bed.store.admit(early);
  expect(await bed.store.publishEvents(500)).toBe(1);
  const first = await everyEvent(bed.store, mailbox.org);
  await slow.query('commit');
  await slow.end();
  await bed.store.admit(late);
  expect(await bed.store.publishEvents(500)).toBe(2);
  const after = await everyEvent(bed.store, mailbox.org);
  expect(after.slice(0, 1)).toEqual(first);
  expect(after.map((one) => one.id === 'evt_slow')).toEqual([false, true, false]);
});

test('whoever is handed the events gets each once, and none where the publisher dies on the way', async () => {
  const mailbox = await makeMailbox(bed.store);
  await bed.store.admit(admission(mailbox));
  const handed: string[] = [];
  const settings = testSettings(bed.clock);
  const failing = publishEvents(bed.db, settings, async () => Promise.reject(new Error('killed')), 500);
  await expect(failing).rejects.toThrow('killed');
  expect(await everyEvent(bed.store, mailbox.org)).toEqual([]);
  const publishing = Array.from({ length: CONNECTIONS }, () =>
    publishEvents(
      bed.db,
      settings,
      async (_work, events) => void handed.push(...events.map((one) => one.id)),
      500,
    ),
  );
  expect((await Promise.all(publishing)).filter((count) => count > 0)).toEqual([1]);
  expect(handed).toEqual((await everyEvent(bed.store, mailbox.org)).map((one) => one.id));
});

test('telling takes no statement of its own', async () => {
  const asked = new Map<object, string>();
  const run: string[] = [];
  const watched = bed.db.withPlugin({
    transformQuery: ({ node, queryId }) => {
      asked.set(queryId, JSON.stringify(node));
      return node;
    },
    // What is part of another statement has no result of its own.
    transformResult: async ({ result, queryId }) => {
      run.push(asked.get(queryId) ?? '');
      return result;
    },
  });
  const store = createStore(watched, testSettings(bed.clock));
  const wanted = admission(await makeMailbox(bed.store));
  for (const step of [
    () => store.admit(wanted),
    () => send(store, wanted),
    () => store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]),
  ]) {
    run.length = 0;
    await step();
    const telling = run.filter((one) => one.includes('"outbox"'));
    expect(telling).toHaveLength(1);
    expect(telling[0]).toContain('"audit"');
  }
});
