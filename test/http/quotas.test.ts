/** @module How full the limits are, for the mailboxes that a key may see. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { HOUR, makeMailbox, START, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const mail = (i: number): object => ({ to: 'ada@reader.example', subject: `n ${i}`, text: 'x' });
const quotas = async (door: Door, query = '', key = door.agent.apiKey): Promise<unknown> =>
  (await door.ask('GET', `/v1/quotas${query}`, { key })).body;

test('each limit says how full it is and when it begins anew; the next window is empty', async () => {
  const door = await openDoor(shared, { mailbox: { policy: { limits: { hourly: 2, daily: 3 } } } });
  for (const i of [1, 2]) await door.ask('POST', '/v1/messages', { body: mail(i) });
  const mailbox = door.mailbox.id;
  const daily = { mailbox, rule: 'rate_limit_daily', limit: 3, resetsAt: '2026-03-03T00:00:00.000Z' };
  const hourly = { mailbox, rule: 'rate_limit_hourly', limit: 2 };
  const monthly = { mailbox, rule: 'rate_limit_monthly', limit: 3_000, resetsAt: '2026-04-01T00:00:00.000Z' };
  const of = (window: string): object => ({ per: 'mailbox', window });
  expect(await quotas(door)).toEqual({
    items: [
      { ...hourly, ...of('hour'), current: 2, remaining: 0, resetsAt: '2026-03-02T11:00:00.000Z' },
      { ...daily, ...of('day'), current: 2, remaining: 1 },
      { ...monthly, ...of('month'), current: 2, remaining: 2_998 },
    ],
    cursor: null,
  });
  shared.clock.advance(HOUR);
  await door.ask('POST', '/v1/messages', { body: mail(3) });
  // A limit that was lowered below what went already has nothing left, not less than nothing.
  await shared.store.updateMailbox(
    door.org,
    mailbox,
    { policy: { limits: { hourly: 2, daily: 1 } } },
    'test',
  );
  expect(await quotas(door)).toMatchObject({
    items: [
      { ...hourly, current: 1, remaining: 1, resetsAt: '2026-03-02T12:00:00.000Z' },
      { ...daily, limit: 1, current: 3, remaining: 0 },
      { ...monthly, current: 3, remaining: 2_997 },
    ],
  });
  shared.clock.set(START);
});

test('a key sees the limits of its mailboxes in its mode, page by page', async () => {
  const door = await openDoor(shared);
  const second = await makeMailbox(shared.store, { org: door.org, address: 'second@sender.example' });
  await door.ask('POST', `/v1/mailboxes/${door.mailbox.id}/messages`, { body: mail(1) });
  const seen = async (query: string, key?: string): Promise<string[]> =>
    ((await quotas(door, query, key)) as { items: { mailbox: string; current: number }[] }).items.map(
      (one) => `${one.mailbox === second.id ? 'second' : 'first'} ${one.current}`,
    );
  const [ofFirst, ofSecond] = [Array(3).fill('first 1'), Array(3).fill('second 0')];
  expect((await seen('')).sort()).toEqual([...ofFirst, ...ofSecond]);
  expect(await seen('?mailbox=second%40sender.example')).toEqual(ofSecond);
  const page = (await quotas(door, '?limit=1')) as { items: unknown[]; cursor: string };
  expect(page.items).toHaveLength(3);
  const rest = (await quotas(door, `?limit=1&cursor=${page.cursor}`)) as { items: unknown[]; cursor: null };
  expect([rest.items.length, rest.cursor]).toEqual([3, null]);
  const bound = (await door.key(['messages:send'], { mailboxes: [second.id] })).apiKey;
  expect(await seen('', bound)).toEqual(ofSecond);
  const hidden = await door.ask('GET', `/v1/quotas?mailbox=${door.mailbox.id}`, { key: bound });
  expect([hidden.status, hidden.body.code]).toEqual([404, 'mailbox_unknown']);
  const tester = (await door.key(['messages:send'], { mode: 'test' })).apiKey;
  expect(new Set(await seen('', tester))).toEqual(new Set(['first 0', 'second 0']));
});

test('what a policy adds is shown beside them: rates of the key that asks, the domain and the org, and the warm-up', async () => {
  const rates = (['key', 'domain', 'org', 'recipient_domain'] as const).map((per) => ({
    ...{ per, window: 'minute', limit: 9 },
  }));
  const policy = { limits: { rates }, warmUp: { startedOn: '2026-03-02' } };
  const door = await openDoor(shared, { mailbox: { policy } });
  await door.ask('POST', '/v1/messages', { body: mail(1) });
  const itemsFor = async (key?: string): Promise<unknown[]> =>
    ((await quotas(door, '', key)) as { items: unknown[] }).items.slice(3);
  const minute = { window: 'minute', limit: 9, resetsAt: '2026-03-02T10:01:00.000Z' };
  const [key, domain, org] = (['key', 'domain', 'org'] as const).map((per) => ({
    ...{ mailbox: door.mailbox.id, rule: 'rate_limits', per, ...minute, current: 1, remaining: 8 },
  }));
  const warmUp = {
    rule: 'warmup_limit',
    per: 'domain',
    window: 'day',
    limit: 100,
    current: 1,
    remaining: 99,
  };
  expect(await itemsFor()).toMatchObject([key, domain, org, warmUp]);
  const another = (await door.key(['messages:send'])).apiKey;
  expect(await itemsFor(another)).toMatchObject([{ ...key, current: 0, remaining: 9 }, domain, org, warmUp]);
});

test('an email that only a limit stops is 429 with the time to wait, whichever limit it is', async () => {
  for (const policy of [
    { recipients: { perHour: 1 } },
    { recipients: { perHour: 9, cooldownMinutes: 60 } },
    { limits: { rates: [{ per: 'org', window: 'hour', limit: 1 }] } },
    { warmUp: { startedOn: '2026-03-02', steps: [{ fromDay: 0, perDay: 1 }] } },
  ]) {
    const door = await openDoor(shared, { mailbox: { policy } });
    const first = await door.ask('POST', '/v1/messages', { body: mail(1) });
    const second = await door.ask('POST', '/v1/messages', { body: mail(2) });
    expect([first.status, second.status, second.body.code]).toEqual([202, 429, 'rate_limited']);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(3_600);
  }
});
