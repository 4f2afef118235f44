/**
 * @module The store on real PostgreSQL: the same suite as PGlite, and what only many connections can show.
 */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyInput } from '../../src/core/policy/schema.js';
import { Problem } from '../../src/errors.js';
import { createStore, openPostgres } from '../../src/store/index.js';
import { migrate, readMigrations } from '../../src/store/migrate.js';
import type { Store } from '../../src/store/store.js';
import { quotaRaces, sendRaces } from '../contracts/store-quota-races.js';
import { storeContract } from '../contracts/store.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import {
  admission,
  claim,
  content,
  go,
  makeMailbox,
  newOrg,
  send,
  START,
  storeOver,
  testClock,
  testSettings,
  type TestStore,
} from '../support/store.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

const openNew = async (max: number): Promise<TestStore> =>
  storeOver(openPostgres(await server.database(`db_${randomUUID().slice(0, 8)}`), { max }));

storeContract('PostgreSQL', () => openNew(4));

/** As many connections as there are racers, so that they really meet in the database. */
const CONNECTIONS = 16;

/** On a busy machine a lock can take longer than a statement may: the store says "not now", and its caller repeats. */
async function taken<T>(run: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (tries > 0 && error instanceof Problem && error.code === 'unavailable')
      return await taken(run, tries - 1);
    throw error;
  }
}

/** Runs all of them, as many at a time as there are connections: none only waits in the pool's queue. */
async function race<T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const racer = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) answers[i] = await taken(() => run(i));
  };
  await Promise.all(Array.from({ length: Math.min(count, CONNECTIONS) }, racer));
  return answers;
}

describe('16 connections at once', () => {
  let bed: TestStore;
  let store: Store;
  beforeAll(async () => {
    bed = await openNew(CONNECTIONS);
    ({ store } = bed);
    // Every connection is there before the first race.
    await race(CONNECTIONS, () => store.ping());
  }, 60_000);
  afterAll(() => bed.end());

  test('one id admitted by 16 runs has one owner, and all are told the same', async () => {
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    const answers = await race(CONNECTIONS, (i) => store.admit({ ...wanted, run: `run-${i}` }));
    expect(answers.filter((one) => one.owner)).toHaveLength(1);
    expect(new Set(answers.map((one) => JSON.stringify(one.view))).size).toBe(1);
    expect(await store.trace(mailbox.org, wanted.id)).toHaveLength(2);
  });

  test('one dedupe key under 16 ids is one email', async () => {
    const mailbox = await makeMailbox(store);
    const answers = await race(CONNECTIONS, () => store.admit(admission(mailbox, { dedupeKey: 'same' })));
    expect(answers.filter((one) => one.owner)).toHaveLength(1);
    expect(new Set(answers.map((one) => one.view.id)).size).toBe(1);
    const page = await store.messages({ org: mailbox.org, mode: 'live', mailboxes: null, limit: 50 });
    expect(page.items).toHaveLength(1);
  });

  test('a limit of 5 lets 5 of 64 through, and the others wait or are denied', async () => {
    for (const onLimit of ['deny', 'wait'] as const) {
      const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 5, daily: 40, onLimit } } });
      const answers = await race(64, () => store.admit(admission(mailbox)));
      const statuses = answers.map((one) => one.view.status);
      expect(statuses.filter((one) => one === 'queued')).toHaveLength(5);
      expect(statuses.filter((one) => one === (onLimit === 'deny' ? 'denied' : 'scheduled'))).toHaveLength(
        59,
      );
      const most: Record<string, number> = { hourly: 5, daily: 40, monthly: 3_000 };
      const counts = await bed.db.selectFrom('quotas').selectAll().where('org', '=', mailbox.org).execute();
      for (const { limit_key, used } of counts)
        expect(used, limit_key).toBeLessThanOrEqual(most[limit_key.split(':').at(-1) ?? ''] ?? 0);
      const places = await bed.db
        .selectFrom('reservations')
        .selectAll()
        .where('org', '=', mailbox.org)
        .execute();
      expect(places.filter((one) => one.state !== 'returned')).toHaveLength(onLimit === 'deny' ? 15 : 192);
    }
  });

  test.each<{ of: string; policy: PolicyInput; toMany?: boolean }>([
    { of: 'emails per hour', policy: { limits: { hourly: 5 } } },
    { of: 'a rate of the org', policy: { limits: { rates: [{ per: 'org', window: 'minute', limit: 5 }] } } },
    { of: 'emails to one recipient', policy: { recipients: { perHour: 5 } } },
    { of: 'different recipients', policy: { recipients: { distinct: { day: 5 } } }, toMany: true },
    {
      of: 'a domain that warms up',
      policy: { warmUp: { startedOn: '2026-03-01', steps: [{ fromDay: 0, perDay: 5 }] } },
    },
  ])('a limit of 5 at the claim lets 5 of 64 scheduled emails go: $of', async ({ policy, toMany }) => {
    bed.clock.set(START);
    const mailbox = await makeMailbox(store, { policy });
    const sendAt = new Date(bed.clock().getTime() + 60_000).toISOString();
    const all = Array.from({ length: 64 }, (_, i) =>
      admission(mailbox, {
        sendAt,
        content: content({ to: [`p${toMany === true ? i : ''}@reader.example`] }),
      }),
    );
    await race(all.length, (i) => store.admit(all[i] as (typeof all)[0]));
    bed.clock.advance(60_000);
    const answers = await race(all.length, (i) => claim(store, all[i] as (typeof all)[0]));
    expect(answers.filter((one) => one.answer === 'go')).toHaveLength(5);
    const waiting = answers.flatMap((one) => (one.answer === 'no' ? one.view : []));
    expect(waiting.every((one) => one.waitingFor?.reason === 'rate_limit')).toBe(true);
  });

  quotaRaces(() => bed, CONNECTIONS, 8);
  sendRaces(() => bed, CONNECTIONS, 4);

  test('16 claims of one message give one go', async () => {
    const mailbox = await makeMailbox(store);
    for (let round = 0; round < 5; round++) {
      const wanted = admission(mailbox);
      await store.admit(wanted);
      const answers = await race(CONNECTIONS, (i) =>
        claim(store, wanted, { attempt: 1, execution: { run: `run-${i}`, try: 1 } }),
      );
      expect(answers.filter((one) => one.answer === 'go')).toHaveLength(1);
    }
  });

  test('webhooks that name the same people in another order never deadlock, and each counts once', async () => {
    let tries = 0;
    const counting = createStore(
      bed.db,
      testSettings(() => {
        tries += 1;
        return bed.clock();
      }),
    );
    const to = Array.from({ length: 10 }, (_, i) => `p${i}@x.example`);
    for (let round = 0; round < 5; round++) {
      const mailbox = await makeMailbox(store);
      const both = [to, [...to].reverse()].map((people) =>
        admission(mailbox, { content: content({ to: people }) }),
      );
      for (const wanted of both) {
        await store.admit(wanted);
        await send(store, wanted);
      }
      const hooks = both.map((wanted) =>
        wanted.content.to.map(({ address }) => ({
          ...{ reportId: `${wanted.id}-${address}`, type: 'complained' as const, message: wanted.id },
          recipient: address,
        })),
      );
      tries = 0;
      // Each hook twice, so that they also meet on the same message.
      const answers = await race(4, (i) => counting.applyReports('smtp', hooks[i % 2] ?? []));
      expect(answers.flat().filter((it) => it.result === 'applied')).toHaveLength(2 * to.length);
      // One try each: a deadlock would have been tried again.
      expect(tries).toBe(4);
      const { items } = await store.suppressions({
        org: mailbox.org,
        mode: 'live',
        mailboxes: null,
        limit: 50,
      });
      expect(items.map((it) => it.address).sort()).toEqual(to);
    }
  });

  test('opposite decisions at once: one wins, and everybody is told which', async () => {
    const mailbox = await makeMailbox(store, { autonomy: 'review_all' });
    for (let round = 0; round < 5; round++) {
      const wanted = admission(mailbox);
      const { view } = await store.admit(wanted);
      const answers = await race(CONNECTIONS, (i) =>
        store.decide({
          ...{ id: wanted.id, action: i % 2 === 0 ? 'approve' : 'reject', digest: view.digest },
          ...{ by: `prn_${i}`, via: 'door' },
        }),
      );
      expect(answers.filter((one) => one.result === 'applied')).toHaveLength(1);
      expect(answers.filter((one) => one.result === 'already_decided')).toHaveLength(CONNECTIONS - 1);
      expect(new Set(answers.map((one) => one.view.status)).size).toBe(1);
    }
  });

  test('a cancel and a claim at once: canceled or sent, never both', async () => {
    const mailbox = await makeMailbox(store);
    for (let round = 0; round < 10; round++) {
      const wanted = admission(mailbox);
      const { view } = await store.admit(wanted);
      const [canceled, claimed] = await Promise.all([
        store.decide({ id: wanted.id, action: 'cancel', by: 'p', via: 'door' }),
        claim(store, wanted, { digest: view.digest }),
      ]);
      expect([canceled.result === 'applied', claimed.answer === 'go'].filter(Boolean)).toHaveLength(1);
    }
  });

  test('two keys for one principal at once never give it both scopes', async () => {
    const org = newOrg();
    const key = (
      hash: string,
      scope: 'messages:send' | 'approvals:decide' | 'messages:read',
      principal: object,
    ) =>
      store.createKey({
        ...{
          org,
          hash: `${org}-${hash}`,
          name: hash,
          mode: 'live',
          scopes: [scope],
          mailboxes: null,
          madeBy: null,
        },
        principal: principal as { id: string },
      });
    for (let round = 0; round < 5; round++) {
      const first = await key(`first-${round}`, 'messages:read', { kind: 'person', name: 'Ada' });
      if (typeof first === 'string') throw new Error(first);
      const made = await race(CONNECTIONS, (i) =>
        key(`k${round}-${i}`, i % 2 === 0 ? 'messages:send' : 'approvals:decide', { id: first.principal }),
      );
      expect(made.filter((one) => one === 'scopes_clash')).toHaveLength(CONNECTIONS / 2);
    }
  });

  test('of a key that is revoked while it makes keys and is rotated, nothing lives on', async () => {
    for (let round = 0; round < 8; round++) {
      const org = newOrg();
      const common = {
        org,
        name: 'k',
        mode: 'live' as const,
        scopes: ['messages:read' as const],
        mailboxes: null,
      };
      const principal = { kind: 'agent' as const, name: 'Ada' };
      const first = await store.createKey({ ...common, hash: `${org} first`, principal, madeBy: null });
      if (typeof first === 'string') throw new Error(first);
      const own = { id: first.principal };
      const by = { key: first.id, principal: first.principal };
      await race(CONNECTIONS, async (i) => {
        if (i === round + 4) await store.revokeKey(org, first.id, 'test');
        else if (i % 4 === 0)
          await store.rotateKey({ org, id: first.id, hash: `${org} ${i}`, overlapMs: 9_000, by });
        else await store.createKey({ ...common, hash: `${org} ${i}`, principal: own, madeBy: first.id });
      });
      const live = await store.keys({ org, line: null, liveOnly: true, limit: 50 });
      expect(live.items).toEqual([]);
    }
  });

  test('a receipt and its reports in a race end in the same state', async () => {
    const mailbox = await makeMailbox(store);
    for (let round = 0; round < 8; round++) {
      const wanted = admission(mailbox);
      await store.admit(wanted);
      const claimed = await go(store, wanted);
      const name = `pm-${wanted.id}`;
      const report = (type: 'delivered' | 'deferred') => ({
        reportId: `${wanted.id}-${type}`,
        type,
        message: name,
      });
      await Promise.all([
        store.recordReceipt({
          ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp', reports: [] },
          receipt: { recipients: [{ index: 0, outcome: 'accepted' }], providerMessageId: name },
        }),
        store.applyReports('smtp', [report('deferred')]),
        store.applyReports('smtp', [report('delivered')]),
      ]);
      expect((await store.view(wanted.id))?.status).toBe('delivered');
    }
  });
});

describe('migrations', () => {
  test('16 racing migrators all succeed, and each migration runs once', async () => {
    const db = openPostgres(await server.database('race'), { max: CONNECTIONS });
    await race(CONNECTIONS, () => migrate(db));
    expect(await db.selectFrom('migrations').selectAll().execute()).toHaveLength(readMigrations().length);
    await db.destroy();
  });
});

describe('a database that does not answer', () => {
  const settings = testSettings(testClock());

  test('refused: unavailable at once, and the store works again when it is back', async () => {
    const store = createStore(openPostgres(`postgres://nobody@127.0.0.1:1/none`), settings);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await store.end();
  });

  test('hanging: unavailable before a local activity gives up, and the connection is not used again', async () => {
    const url = await server.database('hang');
    const db = openPostgres(url, { max: 1, statementTimeoutMs: 200 });
    const store = createStore(db, settings);
    await store.migrate();
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin; lock table mailboxes');
    await expect(store.mailboxes({ org: 'o', ids: null, limit: 10 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(makeMailbox(store)).rejects.toMatchObject({ code: 'unavailable' });
    await holder.query('rollback');
    await holder.end();
    expect((await store.mailboxes({ org: 'o', ids: null, limit: 10 })).items).toEqual([]);
    await store.end();
  });

  test('connections that the server ends are replaced, idle or in use', async () => {
    const url = await server.database('killed');
    const errors: Error[] = [];
    const db = openPostgres(url, { max: 3, onError: (error) => errors.push(error) });
    const store = createStore(db, settings);
    await store.migrate();
    await race(3, () => store.ping());
    const admin = new Client({ connectionString: url });
    await admin.connect();
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'killed' and pid <> pg_backend_pid()`,
    );
    await expect.poll(() => errors.length, { timeout: 5_000 }).toBe(3);
    await store.ping();
    await admin.end();
    await store.end();
  });
});
