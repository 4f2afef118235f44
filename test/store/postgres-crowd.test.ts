/**
 * @module Many at once on real PostgreSQL: 500 approvals against a cap, emails to the same people in
 * opposite orders, and reports in the instant in which an email is closed.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import { createStore, openPostgres } from '../../src/store/index.js';
import type { Admitted, Claimed, Store } from '../../src/store/store.js';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { verifies } from '../support/requirements.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import {
  admission,
  claim,
  content,
  HOUR,
  makeMailbox,
  send,
  START,
  storeOver,
  testSettings,
  type TestStore,
} from '../support/store.js';

const CONNECTIONS = 16;

let server: TestPostgres;
let bed: TestStore;
let store: Store;
/** Transactions begun: more than calls where a deadlock had to be tried again. */
let tries = 0;
/** Calls that were told "not now", as a busy machine makes them, and were repeated. */
let repeats = 0;
beforeAll(async () => {
  server = await startPostgres();
  bed = await storeOver(openPostgres(await server.database('crowd'), { max: CONNECTIONS }));
  store = createStore(
    bed.db,
    testSettings(() => {
      tries += 1;
      return bed.clock();
    }),
  );
  await crowd(CONNECTIONS, () => store.ping());
}, 60_000);
afterAll(async () => {
  await bed.end();
  await server.stop();
});

/** What the store says is not now, its caller repeats, as the workflow does. */
async function taken<T>(run: () => Promise<T>, more = 20): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (more === 0 || !(error instanceof Problem) || error.code !== 'unavailable') throw error;
    repeats += 1;
    return await taken(run, more - 1);
  }
}

/** Runs all of them, as many at a time as there are connections. */
async function crowd<T>(count: number, run: (i: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) answers[i] = await taken(() => run(i));
  };
  await Promise.all(Array.from({ length: Math.min(count, CONNECTIONS) }, one));
  return answers;
}

type Wanted = ReturnType<typeof admission>;
const at = <T>(list: T[], i: number): T => list[i] as T;

describe('500 held mails approved at once against a cap of 100', () => {
  const HELD = 500;
  const CAP = 100;

  test('100 go in each of five hours, and never one more', async () => {
    bed.clock.set(START);
    const mailbox = await makeMailbox(store, {
      autonomy: 'review_all',
      policy: { limits: { hourly: CAP, daily: HELD } },
    });
    const all: Wanted[] = Array.from({ length: HELD }, () => admission(mailbox));
    const held = await crowd<Admitted>(HELD, (i) => store.admit(at(all, i)));
    expect(held.every((one) => one.view.status === 'held')).toBe(true);
    const decided = await crowd(HELD, (i) =>
      store.decide({
        ...{ id: at(all, i).id, action: 'approve', digest: at(held, i).view.digest },
        ...{ by: 'prn_reviewer', via: 'door' },
      }),
    );
    expect(decided.every((one) => one.result === 'applied' && one.view.status === 'queued')).toBe(true);

    let waiting = all;
    for (let hour = 0; hour < HELD / CAP; hour++) {
      bed.clock.set(new Date(START.getTime() + hour * HOUR));
      const asked = waiting;
      const answers = await crowd<Claimed>(asked.length, (i) => claim(store, at(asked, i)));
      expect(answers.filter((one) => one.answer === 'go')).toHaveLength(CAP);
      const untils = answers.flatMap((one) =>
        one.answer === 'no'
          ? [[one.view.status, one.view.waitingFor?.reason, one.view.waitingFor?.until]]
          : [],
      );
      if (hour === 0) {
        // Each has a place in one of the hours to come, as many as there is room.
        const expected = [1, 2, 3, 4].flatMap((next) =>
          Array.from({ length: CAP }, () => [
            ...['scheduled', 'rate_limit', new Date(START.getTime() + next * HOUR).toISOString()],
          ]),
        );
        expect(untils.sort()).toEqual(expected);
      }
      waiting = asked.filter((_, i) => answers[i]?.answer === 'no');
    }
    expect(waiting).toEqual([]);
    const counts = await bed.db
      .selectFrom('quotas')
      .select(['limit_key', 'used'])
      .where('org', '=', mailbox.org)
      .where('used', '>', 0)
      .orderBy('limit_key')
      .execute();
    expect(counts.map((one) => [one.limit_key.split(':').at(-1), one.used])).toEqual([
      ['daily', HELD],
      ...Array.from({ length: HELD / CAP }, () => ['hourly', CAP]),
    ]);
  }, 120_000);
});

describe('recipients [A,B] and [B,A] racing', () => {
  verifies(
    'suppress:always',
    'both go, no deadlock; complaints that come with both receipts suppress each address once, and the next is denied',
    async () => {
      bed.clock.set(START);
      const people = Array.from({ length: 8 }, (_, i) => `p${i}@x.example`);
      for (let round = 0; round < 5; round++) {
        const mailbox = await makeMailbox(store);
        const all = Array.from({ length: CONNECTIONS }, (_, i) =>
          admission(mailbox, { content: content({ to: i % 2 === 0 ? people : [...people].reverse() }) }),
        );
        [tries, repeats] = [0, 0];
        await crowd(all.length, (i) => store.admit(at(all, i)));
        const claims = await crowd<Claimed>(all.length, (i) => claim(store, at(all, i)));
        expect(claims.filter((one) => one.answer === 'go')).toHaveLength(all.length);
        await crowd(all.length, (i) => {
          const { id, run, content: sent } = at(all, i);
          return store.recordReceipt({
            ...{ id, run, attempt: 1, try: 1, provider: 'smtp' },
            receipt: { recipients: sent.to.map((_, index) => ({ index, outcome: 'accepted' as const })) },
            reports: sent.to.map(({ address }) => ({
              ...{ reportId: `${id}-${address}`, type: 'complained' as const, message: id },
              recipient: address,
            })),
          });
        });
        // An admission, a look for the claim's digest, a claim and a receipt each; not one of them met a deadlock.
        expect(tries).toBeLessThanOrEqual(4 * all.length + 2 * repeats);
        for (const { id } of all) expect((await store.view(id))?.status).toBe('complained');
        const { items } = await store.suppressions({
          ...{ org: mailbox.org, mode: 'live', mailboxes: null, limit: 50 },
        });
        expect(items.map((one) => one.address).sort()).toEqual(people);
        expect(
          (await store.admit(admission(mailbox, { content: content({ to: people }) }))).view.status,
        ).toBe('denied');
      }
    },
    60_000,
  );

  test('a complaint of one email races the claims of others to the same people: each is sent or denied whole, and no later one is sent', async () => {
    bed.clock.set(START);
    for (let round = 0; round < 10; round++) {
      const mailbox = await makeMailbox(store);
      const people = ['a@x.example', 'b@x.example'];
      const emailTo = (to: string[]): Wanted => admission(mailbox, { content: content({ to }) });
      const sent = emailTo(people);
      await store.admit(sent);
      await send(store, sent);
      const others = Array.from({ length: 8 }, (_, i) =>
        emailTo(i % 2 === 0 ? people : [...people].reverse()),
      );
      for (const one of others) await store.admit(one);
      const complaint = (i: number): ProviderReport => ({
        ...{ reportId: randomUUID(), type: 'complained', message: sent.id, recipient: at(people, i) },
      });
      const answers = await crowd(others.length + 2, async (i) =>
        i < 2 ? await store.applyReports('smtp', [complaint(i)]) : await claim(store, at(others, i - 2)),
      );
      for (const [i, { id }] of others.entries()) {
        const answer = answers[i + 2] as Claimed;
        const status = answer.answer === 'go' ? 'sending' : 'denied';
        expect((await store.view(id))?.status).toBe(status);
      }
      const late = emailTo(['b@x.example']);
      expect((await store.admit(late)).view.status).toBe('denied');
    }
  });
});

describe('a report in the instant of closing', () => {
  const reports = [
    [{ type: 'delivered' }, 'delivered'],
    [{ type: 'bounced', bounce: 'hard' }, 'bounced'],
    [{ type: 'complained' }, 'complained'],
  ] as const;

  verifies(
    'feedback:once/forward',
    'is never lost and never an error, whether it comes before, after or while the email closes',
    async () => {
      bed.clock.set(START);
      const mailbox = await makeMailbox(store);
      for (let round = 0; round < 30; round++) {
        const [change, status] = at([...reports], round % reports.length);
        const wanted = admission(mailbox, { content: content({ to: [`p${round}@x.example`] }) });
        await store.admit(wanted);
        await send(store, wanted);
        const report = { reportId: randomUUID(), message: wanted.id, ...change };
        const close = (): Promise<unknown> => store.close(wanted.id);
        const apply = (): Promise<unknown> => store.applyReports('smtp', [report]);
        const racers = round % 2 === 0 ? [close, apply, apply, close] : [apply, close, close, apply];
        await Promise.all(racers.map((one) => taken(one)));
        expect(await store.view(wanted.id)).toMatchObject({ status, stage: 'closed' });
        const trace = (await store.trace(wanted.org, wanted.id)).map((one) => one.type);
        expect(trace.filter((one) => one === `message.${change.type}`)).toHaveLength(1);
        expect(trace.filter((one) => one === 'message.closed').length).toBeLessThanOrEqual(1);
        const { items } = await store.suppressions({
          ...{ org: mailbox.org, mode: 'live', mailboxes: null, limit: 50 },
          address: `p${round}@x.example`,
        });
        expect(items).toHaveLength(change.type === 'delivered' ? 0 : 1);
      }
    },
    60_000,
  );

  test('a soft bounce either asks for another delivery, or is final, and never both', async () => {
    bed.clock.set(START);
    const mailbox = await makeMailbox(store);
    const seen = new Set<string>();
    for (let round = 0; round < 30; round++) {
      // Each to somebody else: final soft bounces of one address are counted over emails.
      const wanted = admission(mailbox, { content: content({ to: [`s${round}@x.example`] }) });
      await store.admit(wanted);
      await send(store, wanted);
      const report: ProviderReport = {
        ...{ reportId: randomUUID(), message: wanted.id, type: 'bounced', bounce: 'soft' },
      };
      const close = (): Promise<unknown> => store.close(wanted.id);
      const apply = (): Promise<unknown> => store.applyReports('smtp', [report]);
      const racers = round % 2 === 0 ? [close, apply] : [apply, close];
      await Promise.all(racers.map((one) => taken(one)));
      const view = await store.view(wanted.id);
      seen.add(`${view?.recipients[0]?.status} ${view?.status} ${view?.stage}`);
    }
    for (const one of seen)
      expect(['soft_bounced deferred waiting', 'bounced bounced closed']).toContain(one);
  });
});
