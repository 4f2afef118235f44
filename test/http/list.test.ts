/** @module The filters of the list of emails, as a query writes them. What they find is in test/contracts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared, { mailbox: { autonomy: 'first_contact' } });
  for (const [to, category, tag] of [
    ['Ada@Reader.example', 'commercial', 'a'],
    ['bob@reader.example', 'transactional', 'b'],
    ['bob@reader.example', 'transactional', 'a'],
  ] as const)
    await door.ask('POST', '/v1/messages', {
      body: { to, category, tags: [tag], subject: `${tag} to ${to}`, text: 'x' },
    });
}, 60_000);
afterAll(() => shared.end());

test.each([
  ['', 3],
  ['?status=held', 3],
  ['?status=sent,held', 3],
  ['?status=sent&status=held', 3],
  ['?status=sent,queued&status=failed', 0],
  ['?category=commercial', 1],
  ['?tag=a', 2],
  ['?recipient=ada%40READER.example', 1],
  ['?recipient=Bob%20%3Cbob%40reader.example%3E', -1],
  ['?recipient=bob%40reader.example&tag=b&status=held', 1],
  ['?createdAfter=2026-03-02T10:00:00Z', 3],
  ['?createdAfter=2026-03-02T10:00:01Z', 0],
  ['?createdBefore=2026-03-02T12:00:00%2B02:00', 0],
])('a list by %s has %i emails', async (query, count) => {
  const { status, body } = await door.ask('GET', `/v1/messages${query}`);
  if (count < 0) expect([status, body.field]).toEqual([400, 'recipient']);
  else expect([status, body.items.length]).toEqual([200, count]);
});

test.each([
  ['?status=', 'status'],
  ['?status=held,nonsense', 'status'],
  ['?status=nonsense', 'status'],
  ['?category=spam', 'category'],
  ['?category=commercial,transactional', 'category'],
  ['?tag=a&tag=b', 'tag'],
  ['?recipient=nobody', 'recipient'],
  ['?createdAfter=yesterday', 'createdAfter'],
  ['?sentTo=x', 'sentTo'],
])('a list by %s is a 400', async (query, field) => {
  const { status, body } = await door.ask('GET', `/v1/messages${query}`);
  expect([status, body.code, body.field.replace(/\[\d+\]$/u, '')]).toEqual([400, 'invalid_request', field]);
});
