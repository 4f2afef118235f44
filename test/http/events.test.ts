/** @module The event log through the door: pages that a poller can follow for ever, and nothing of anybody else's. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/service/operations.js';
import { openDoor, type Door } from '../support/door.js';
import { admission, makeMailbox, send as sendOff, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };

async function publish(): Promise<void> {
  for (let rounds = 0; rounds < 100; rounds++) if ((await shared.store.publishEvents(500)) === 0) return;
}

async function sent(door: Door): Promise<string> {
  const body = { ...EMAIL, dedupeKey: randomUUID() };
  const path = `/v1/mailboxes/${door.mailbox.id}/messages`;
  const { id } = (await door.ask('POST', path, { body })).body as { id: string };
  await sendOff(shared.store, { id, run: `run-${id}` });
  await publish();
  return id;
}

const types = ({ body }: { body: { items: { type: string }[] } }): string[] =>
  body.items.map((one) => one.type);

test('events are listed oldest first, and the cursor goes on from the end', async () => {
  const door = await openDoor(shared);
  const id = await sent(door);
  const page = await door.ask('GET', '/v1/events?limit=1');
  expect(page.status).toBe(200);
  expect(OPERATIONS['events.list'].output.strict().safeParse(page.body).error).toBeUndefined();
  expect(types(page)).toEqual(['message.queued']);
  const next = await door.ask('GET', `/v1/events?cursor=${page.body.cursor}`);
  expect(next.body.items).toMatchObject([
    {
      ...{ type: 'message.sent', mode: 'live', createdAt: shared.clock().toISOString() },
      data: { messageId: id, mailbox: door.mailbox.id, recipient: EMAIL.to, recipientIndex: 0 },
    },
  ]);
  const end = await door.ask('GET', `/v1/events?cursor=${next.body.cursor}`);
  expect(end.body.items).toEqual([]);
  const second = await sent(door);
  const after = await door.ask('GET', `/v1/events?cursor=${end.body.cursor}`);
  expect(after.body.items.map((one: { data: object }) => one.data)).toMatchObject([
    { messageId: second },
    { messageId: second },
  ]);
  const again = await door.ask('GET', `/v1/events?cursor=${page.body.cursor}`);
  expect(again.body.items.slice(0, 1)).toEqual(next.body.items);
});

test('one event is shown as the list shows it, without members that do not apply', async () => {
  const door = await openDoor(shared);
  await sent(door);
  const { body } = await door.ask('GET', '/v1/events');
  for (const event of body.items)
    expect((await door.ask('GET', `/v1/events/${event.id}`)).body).toEqual(event);
  expect(Object.keys(body.items[0].data)).toEqual(['messageId', 'mailbox']);
});

test('events are filtered by type, message, mailbox, and since an event or an instant', async () => {
  const door = await openDoor(shared);
  const [first, second] = [await sent(door), await sent(door)];
  const ask = (query: string): ReturnType<Door['ask']> => door.ask('GET', `/v1/events?${query}`);
  expect(types(await ask('types=message.sent'))).toEqual(['message.sent', 'message.sent']);
  expect(types(await ask('types=message.sent,message.queued&limit=3'))).toHaveLength(3);
  expect(types(await ask('types=message.sent&types=message.held'))).toHaveLength(2);
  expect(types(await ask(`message=${second}`))).toEqual(['message.queued', 'message.sent']);
  expect(types(await ask(`mailbox=${door.mailbox.address}`))).toHaveLength(4);
  const { body } = await ask(`message=${first}`);
  expect(types(await ask(`since=${body.items[1].id}`))).toHaveLength(2);
  const now = shared.clock();
  expect(types(await ask(`since=${now.toISOString()}`))).toHaveLength(4);
  expect(types(await ask(`since=${new Date(now.getTime() + 1).toISOString()}`))).toEqual([]);
});

test('an unknown place or filter is a 400 that says what is wrong', async () => {
  const door = await openDoor(shared);
  for (const [query, field, words] of [
    [`since=evt_${'0'.repeat(32)}`, 'since', 'older than events are kept'],
    ['since=yesterday', 'since', 'ISO 8601'],
    ['cursor=nonsense', 'cursor', 'oldest event'],
    ['types=message.lost', 'types', 'message.sent'],
    ['limit=1000', 'limit', '200'],
  ] as const) {
    const { status, body } = await door.ask('GET', `/v1/events?${query}`);
    expect([query, status, body.code, body.field]).toEqual([query, 400, 'invalid_request', field]);
    expect(body.detail).toContain(words);
  }
  expect((await door.ask('GET', '/v1/events?mailbox=nobody@x.example')).body.code).toBe('mailbox_unknown');
  expect((await door.ask('GET', '/v1/events/evt_nothing')).status).toBe(404);
});

test('a key sees the events of its org, mode and mailboxes, and no others exist for it', async () => {
  const door = await openDoor(shared);
  const stranger = await openDoor(shared);
  const second = await makeMailbox(door.store, { org: door.org, address: 'second@sender.example' });
  await sent(door);
  await door.store.admit(admission(second));
  await door.store.admit(admission(door.mailbox, { mode: 'test' }));
  await door.ask('POST', '/v1/suppressions', { key: door.admin.apiKey, body: { address: 'eve@x.example' } });
  await publish();
  const all = await door.ask('GET', '/v1/events');
  const bound = await door.key(['messages:read'], { mailboxes: [second.id] });
  const sandbox = await door.key(['messages:read'], { mode: 'test' });
  const mine = await door.ask('GET', '/v1/events', { key: bound.apiKey });
  expect(types(all)).toHaveLength(4);
  expect(all.body.items.at(-1)).toMatchObject({
    type: 'suppression.created',
    data: { recipient: 'eve@x.example', reason: 'manual' },
  });
  expect(mine.body.items).toMatchObject([{ type: 'message.queued', data: { mailbox: second.id } }]);
  expect(types(await door.ask('GET', '/v1/events', { key: sandbox.apiKey }))).toEqual(['message.queued']);
  expect(types(await stranger.ask('GET', '/v1/events'))).toEqual([]);
  const { id } = all.body.items[0];
  for (const key of [bound.apiKey, sandbox.apiKey, stranger.agent.apiKey]) {
    expect((await door.ask('GET', `/v1/events/${id}`, { key })).status).toBe(404);
    expect((await door.ask('GET', `/v1/events?since=${id}`, { key })).body.field).toBe('since');
  }
  const hidden = await door.ask('GET', `/v1/events?mailbox=${door.mailbox.id}`, { key: bound.apiKey });
  expect(hidden.body.code).toBe('mailbox_unknown');
  const sender = await door.key(['messages:send']);
  for (const path of ['/v1/events', `/v1/events/${id}`, '/v1/events/stream'])
    expect((await door.ask('GET', path, { key: sender.apiKey })).body.code).toBe('scope_missing');
});
