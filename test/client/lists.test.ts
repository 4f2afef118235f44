/** @module Lists as sequences, and waiting for one email. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, clientOf, scripted } from '../support/client.js';
import { openDoor } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

test('each goes through all pages, and asks for no more than are read', async () => {
  const door = await openDoor(shared);
  let asked = 0;
  const fetch = (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked++;
    return door.fetch(new Request(url, init));
  };
  const client = clientOf(door, undefined, { fetch });
  const sent: string[] = [];
  for (let i = 0; i < 5; i++)
    sent.unshift((await client.messages.send({ to: 'ada@reader.example', subject: `${i}`, text: 'x' })).id);
  asked = 0;
  const seen: string[] = [];
  for await (const { id } of client.messages.each({ limit: 2 })) seen.push(id);
  expect([seen.toSorted(), asked]).toEqual([sent.toSorted(), 3]);
  asked = 0;
  for await (const { id } of client.messages.each({ limit: 2 })) if (id === seen[1]) break;
  expect(asked).toBe(1);
});

test('a log whose cursor never ends is a sequence that does', async () => {
  const page = (items: unknown[], cursor: string): Response => answer({ items, cursor });
  const { client, seen } = scripted([page([{ id: 'evt_1' }], 'a'), page([], 'a')]);
  const ids: string[] = [];
  for await (const { id } of client.events.each({ types: ['message.sent', 'message.held'] })) ids.push(id);
  expect(ids).toEqual(['evt_1']);
  expect(seen.map(({ url }) => new URL(url).search)).toEqual([
    '?types=message.sent%2Cmessage.held',
    '?types=message.sent%2Cmessage.held&cursor=a',
  ]);
});

test('a list without pages is a sequence too', async () => {
  const door = await openDoor(shared);
  const names: string[] = [];
  for await (const { address } of clientOf(door).mailboxes.each()) names.push(address);
  expect(names).toEqual([door.mailbox.address]);
});

const message = (status: string, more: object = {}): Response => answer({ id: 'msg_1', status, ...more });

test('wait asks until the email is so far, and lets the server do the waiting', async () => {
  const { client, seen } = scripted([
    message('sending', { retryAfter: 2 }),
    message('held'),
    message('sent'),
  ]);
  const told = client.messages.wait({ id: 'msg_1', timeout: 100_000 });
  expect(await told).toMatchObject({ status: 'sent' });
  expect(seen.map(({ url }) => new URL(url).search)).toEqual(Array(3).fill('?until=sent&wait=50'));
}, 10_000);

test('the server knows when nothing more is awaited, whatever the status', async () => {
  const { client, seen } = scripted([message('sent'), message('sent')]);
  expect(await client.messages.wait({ id: 'msg_1', until: 'final' })).toMatchObject({ status: 'sent' });
  expect(seen).toHaveLength(2);
});

test.each([
  ['admitted', 'held'],
  ['sent', 'denied'],
  ['sent', 'unknown'],
  ['final', 'bounced'],
] as const)('waiting until %s ends with %s', async (until, status) => {
  const { client, seen } = scripted([message(status)]);
  expect(await client.messages.wait({ id: 'msg_1', until })).toMatchObject({ status });
  expect(seen).toHaveLength(1);
});

test('when the time is up, wait answers the email as it is', async () => {
  const { client, seen } = scripted([message('held'), message('held'), message('held')]);
  expect(await client.messages.wait({ id: 'msg_1', timeout: 60 })).toMatchObject({ status: 'held' });
  expect(seen.length).toBeLessThanOrEqual(2);
});
