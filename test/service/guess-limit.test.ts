/** @module Guessing keys is slowed by address, and harms nobody who has a good one. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guessLimit } from '../../src/service/guess-limit.js';
import { makeKey } from '../../src/service/keys-format.js';
import { networkOf } from '../../src/service/network.js';
import { Recent } from '../../src/service/recent.js';
import { openDoor, type Door } from '../support/door.js';
import { MINUTE, testClock, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
const asked: string[] = [];
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared, {
    store: { callerOf: async (hash) => (asked.push(hash), await shared.store.callerOf(hash)) },
  });
}, 60_000);
afterAll(() => shared.end());

const tried = async (key: string, from?: string): Promise<string> =>
  await door.service.authenticate(key, from).then(
    () => 'ok',
    (error: unknown) => (error as { code: string }).code,
  );

async function guess(times: number, from: string): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < times; i++) answers.push(await tried(makeKey('live'), from));
  return answers;
}

test('after twenty keys that were not good an address waits for the rest of the minute', async () => {
  const from = '192.0.2.1';
  expect(new Set(await guess(20, from))).toEqual(new Set(['unauthorized']));
  await expect(door.service.authenticate(makeKey('live'), from)).rejects.toMatchObject({
    ...{ code: 'rate_limited', details: { retryAfter: 60 } },
  });
  const queries = asked.length;
  expect(await tried(door.agent.apiKey, from)).toBe('rate_limited');
  expect(asked).toHaveLength(queries);
  expect(await tried(door.agent.apiKey, '192.0.2.2')).toBe('ok');
  shared.clock.advance(MINUTE);
  expect(await tried(door.agent.apiKey, from)).toBe('ok');
});

test('a key that was good from an address is served while others guess from there, until it is revoked', async () => {
  const from = '192.0.2.3';
  const key = await door.key(['messages:read']);
  expect(await tried(key.apiKey, from)).toBe('ok');
  await guess(20, from);
  expect(await tried(key.apiKey, from)).toBe('ok');
  await shared.store.revokeKey(door.org, key.row.id, 'test');
  expect(await tried(key.apiKey, from)).toBe('unauthorized');
  expect(await tried(key.apiKey, from)).toBe('rate_limited');
});

test('keys with a typing error count as well, and cost no query', async () => {
  const from = '192.0.2.4';
  const queries = asked.length;
  for (let i = 0; i < 20; i++) expect(await tried('mw_live_x', from)).toBe('unauthorized');
  expect(await tried(makeKey('live'), from)).toBe('rate_limited');
  expect(await tried('mw_live_x', from)).toBe('unauthorized');
  expect(asked).toHaveLength(queries);
});

test('a good key counts for nothing, however many calls it makes at once', async () => {
  const key = await door.key(['messages:read']);
  const answers = await Promise.all(Array.from({ length: 60 }, () => tried(key.apiKey, '192.0.2.5')));
  expect(new Set(answers)).toEqual(new Set(['ok']));
});

test('without an address nothing is counted', async () => {
  for (let i = 0; i < 30; i++) expect(await tried('mw_live_x')).toBe('unauthorized');
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['2001:DB8:0:01:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['1::3:4:5:6:7:8', '1:0:3:4::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
  ['unknown', 'unknown'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('however many addresses guess, so many are remembered and no more', () => {
  const limit = guessLimit({ clock: testClock(), limit: 1, most: 100 });
  for (let i = 0; i < 100_000; i++) limit.failed(`10.0.${i >> 8}.${i & 255}`, 'hash');
  // The first ones are forgotten, the last ones not.
  limit.check('10.0.0.1', 'hash');
  expect(() => {
    limit.check(`10.0.${99_999 >> 8}.${99_999 & 255}`, 'hash');
  }).toThrow('rate_limited');
  const recent = new Recent<number>(100);
  for (let i = 0; i < 1_000; i++) recent.set(`k${i % 150}`, i);
  expect([recent.size, recent.get('k99'), recent.get('k120')]).toEqual([100, 999, undefined]);
});
