/** @module Emails that nobody sends, and those that were sent, judged by what would hold. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { admission, content, HOUR, START, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 120_000);
afterAll(() => shared.end());

const mail = (change: object = {}): object => ({
  to: 'ada@reader.example',
  subject: 'Hi',
  text: 'x',
  ...change,
});
const simulate = async (door: Door, body: object, key = door.agent.apiKey) =>
  await door.ask('POST', '/v1/simulations', { key, body });

/** Rows of every table. */
async function rows(): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`.execute(shared.db);
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const found = await sql<{ n: string }>`select count(*) as n from ${sql.table(name)}`.execute(shared.db);
    counts[name] = Number(found.rows[0]?.n);
  }
  return counts;
}

test('a simulation says what each send would be answered, and leaves nothing behind', async () => {
  const never = async (): Promise<never> => {
    throw new Error('a simulation starts no workflow');
  };
  const door = await openDoor(shared, {
    mailbox: { policy: { deny: ['blocked.example'], vip: ['boss@reader.example'], undoSeconds: 60 } },
    script: { submit: never },
  });
  const before = await rows();
  const { status, body } = await simulate(door, {
    requests: [
      mail(),
      mail({ to: ['ada@reader.example', 'eve@blocked.example'] }),
      mail({ to: 'boss@reader.example' }),
      mail({ sendAt: new Date(START.getTime() + 5 * HOUR).toISOString() }),
    ],
  });
  expect(status).toBe(200);
  expect(body.results).toMatchObject([
    { index: 0, outcome: 'allow', status: 'scheduled', wouldGoAt: '2026-03-02T10:01:00.000Z' },
    { index: 1, outcome: 'deny', status: 'denied' },
    { index: 2, outcome: 'review', status: 'held' },
    { index: 3, outcome: 'allow', status: 'scheduled', wouldGoAt: '2026-03-02T15:00:00.000Z' },
  ]);
  const denied = body.results[1].verdict;
  expect(denied.explain.sentence).toBe('Policy denies it: recipient_deny_list (recipients 1).');
  expect(denied.checks).toContainEqual(
    expect.objectContaining({
      rule: 'recipient_deny_list',
      evidence: { recipients: [1], addresses: ['eve@blocked.example'] },
    }),
  );
  expect(body.asOf).toBe(START.toISOString());
  expect(await rows()).toEqual(before);
});

test('it says the same as the send after it', async () => {
  const door = await openDoor(shared, {
    mailbox: { autonomy: 'review_all', policy: { limits: { daily: 1 } } },
  });
  const { body } = await simulate(door, { requests: [mail()] });
  const sent = await door.ask('POST', '/v1/messages', { body: mail() });
  const { explain: _, ...verdict } = sent.body.verdict;
  expect(body.results[0].verdict).toMatchObject(verdict);
  expect(sent.body.verdict.explain).toEqual(body.results[0].verdict.explain);
});

test('a candidate is judged in the place of the policy that holds, which it does not change', async () => {
  const door = await openDoor(shared, { mailbox: { policy: { limits: { hourly: 7 } } } });
  const hours = { allowed: [{ days: ['tue'], from: '09:00', until: '10:00' }] };
  const { body } = await simulate(door, { requests: [mail()], policy: { hours } });
  expect(body.results[0]).toMatchObject({ outcome: 'wait', wouldGoAt: '2026-03-03T09:00:00.000Z' });
  const hourly = body.results[0].verdict.checks.find(
    (one: { rule: string }) => one.rule === 'rate_limit_hourly',
  );
  expect(hourly.evidence).toEqual({ current: 0, limit: 7 });
  expect((await simulate(door, { requests: [mail()] })).body.results[0].outcome).toBe('allow');
  const bad = await simulate(door, { requests: [mail()], policy: { limits: { hourly: -1 } } });
  expect([bad.status, bad.body.field]).toEqual([400, 'policy.limits.hourly']);
});

test('500 emails are one call, and one more is refused', async () => {
  const door = await openDoor(shared);
  const all = await simulate(door, { requests: Array.from({ length: 500 }, () => mail()) });
  expect([all.status, all.body.results.length, all.body.results[499].index]).toEqual([200, 500, 499]);
  const more = await simulate(door, { requests: Array.from({ length: 501 }, () => mail()) });
  expect([more.status, more.body.field]).toEqual([400, 'requests']);
});

test('an email that waits for the hours says so, and goes when they open', async () => {
  const hours = { allowed: [{ from: '12:00', until: '13:00' }] };
  const door = await openDoor(shared, { mailbox: { policy: { hours } } });
  const { status, body } = await door.ask('POST', '/v1/messages', { body: mail() });
  expect([status, body.status]).toEqual([202, 'scheduled']);
  expect(body.waitingFor).toEqual({ reason: 'hours', until: '2026-03-02T12:00:00.000Z' });
  expect(body.retryAfter).toBe(7200);
  expect(body.verdict.explain).toMatchObject({
    sentence: expect.stringContaining('sending_hours (clock mon 10:00, timeZone UTC)'),
    retryable: false,
  });
  const read = await door.ask('GET', `/v1/messages/${body.id}`);
  expect(read.body.verdict.explain).toEqual(body.verdict.explain);
});

test('a replay names the emails of which a candidate says something else, on the facts of their time', async () => {
  const door = await openDoor(shared, { mailbox: { policy: { limits: { hourly: 100 } } } });
  const key = (await door.key(['policy:admin'], { kind: 'person' })).apiKey;
  const ids: string[] = [];
  for (const [n, to] of ['ada@reader.example', 'bo@other.example', 'ada@reader.example'].entries()) {
    shared.clock.set(new Date(START.getTime() + n * 60_000));
    const made = admission(door.mailbox, { content: content({ to: [to] }) });
    await shared.store.admit(made);
    ids.push(made.id);
  }
  shared.clock.set(new Date(START.getTime() + 48 * HOUR));
  const before = await rows();
  const replay = async (body: object) => (await door.ask('POST', '/v1/policy/replays', { key, body })).body;
  const first = await replay({ policy: { deny: ['other.example'] } });
  expect(first).toMatchObject({ judged: 3, counts: { 'allow allow': 2, 'allow deny': 1 } });
  expect(first.differences).toEqual([
    {
      ...{ id: ids[1], mailbox: door.mailbox.id, createdAt: '2026-03-02T10:01:00.000Z' },
      ...{ then: 'allow', live: 'allow', candidate: 'deny', rules: ['recipient_deny_list'] },
    },
  ]);
  // Two days later the hour of then is over, but the verdict kept how full it was: the third would have been too many.
  const tighter = await replay({ policy: { limits: { hourly: 2 } } });
  expect(tighter.differences).toMatchObject([{ id: ids[2], rules: ['rate_limit_hourly'] }]);
  // The clock of then, too.
  const later = await replay({ policy: { hours: { allowed: [{ from: '10:02', until: '11:00' }] } } });
  expect(later.differences.map((one: { id: string }) => one.id)).toEqual([ids[1], ids[0]]);
  expect(await replay({ policy: {}, since: '2026-03-02T10:01:00Z' })).toMatchObject({
    judged: 2,
    differences: [],
  });
  expect(await replay({ policy: {}, limit: 1 })).toMatchObject({ judged: 1 });
  expect(await rows()).toEqual(before);
  shared.clock.set(START);
});
