/** @module Principals at the door: made and renamed by admins, seen by themselves. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const make = (body: object, key = door.admin.apiKey): ReturnType<Door['ask']> =>
  door.ask('POST', '/v1/principals', { key, body });

test('a principal is made by an admin, may do nothing yet, and is then given a key', async () => {
  const { status, body } = await make({ name: 'Grace', kind: 'person' });
  expect(status).toBe(201);
  expect(body).toEqual({ id: body.id, kind: 'person', name: 'Grace', version: 1, createdAt: body.createdAt });
  const asked = { name: 'laptop', principal: body.id, scopes: ['approvals:decide'] };
  const key = await door.ask('POST', '/v1/keys', { key: door.admin.apiKey, body: asked });
  expect(key.body).toMatchObject({ principal: body.id, kind: 'person' });
  const self = await door.ask('GET', `/v1/principals/${body.id}`, { key: key.body.apiKey });
  expect(self.body).toEqual(body);
});

test('a rename is guarded by the version that was seen', async () => {
  const { body, headers } = await make({ name: 'Ada', kind: 'person' });
  const etag = headers.get('etag') ?? '';
  expect(etag).toBe('"1"');
  const rename = (ifMatch?: string): ReturnType<Door['ask']> =>
    door.ask('PATCH', `/v1/principals/${body.id}`, {
      ...{ key: door.admin.apiKey, body: { name: 'Ada Lovelace' } },
      ...(ifMatch !== undefined && { headers: { 'If-Match': ifMatch } }),
    });
  expect((await rename(etag)).body).toEqual({ ...body, name: 'Ada Lovelace', version: 2 });
  const stale = await rename(etag);
  expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  expect((await rename()).headers.get('etag')).toBe('"3"');
});

test('an admin lists all of the org in pages, any other key only who it is', async () => {
  await make({ name: 'One more', kind: 'service' });
  const seen: string[] = [];
  for (let cursor = '', pages = 0; pages < 20; pages++) {
    const path = `/v1/principals?limit=2${cursor && `&cursor=${cursor}`}`;
    const { body } = await door.ask('GET', path, { key: door.admin.apiKey });
    seen.push(...body.items.map((one: { id: string }) => one.id));
    cursor = body.cursor;
    if (cursor === null) break;
  }
  expect(new Set(seen).size).toBe(seen.length);
  for (const { row } of [door.agent, door.reviewer, door.admin]) expect(seen).toContain(row.principal);
  const own = await door.ask('GET', '/v1/principals');
  expect(own.body.items.map((one: { id: string }) => one.id)).toEqual([door.agent.row.principal]);
  const other = await door.ask('GET', `/v1/principals/${door.admin.row.principal}`);
  expect([other.status, other.body.code]).toEqual([404, 'not_found']);
});

test('an agent that administers makes and renames agents only, so that it passes itself off as nobody', async () => {
  const { apiKey } = await door.key(['org:admin']);
  const refused = { status: 403, body: { code: 'scope_missing' } };
  for (const kind of ['person', 'service'])
    expect(await make({ name: 'x', kind }, apiKey)).toMatchObject(refused);
  const { status, body } = await make({ name: 'x', kind: 'agent' }, apiKey);
  expect(status).toBe(201);
  const rename = (id: string): ReturnType<Door['ask']> =>
    door.ask('PATCH', `/v1/principals/${id}`, { key: apiKey, body: { name: 'Grace' } });
  expect(await rename(door.reviewer.row.principal)).toMatchObject(refused);
  expect((await rename(body.id)).status).toBe(200);
  // Nor is there a way round by a key for somebody who exists.
  const asked = { name: 'x', principal: door.reviewer.row.principal, scopes: ['messages:read'] };
  expect(await door.ask('POST', '/v1/keys', { key: apiKey, body: asked })).toMatchObject(refused);
});

test('keys that are bound to mailboxes, or for tests, change no principals', async () => {
  const bound = await door.key(['org:admin'], { kind: 'person', mailboxes: [door.mailbox.id] });
  const tester = await door.key(['org:admin'], { kind: 'person', mode: 'test' });
  for (const { apiKey, row } of [bound, tester]) {
    expect((await make({ name: 'x', kind: 'agent' }, apiKey)).status).toBe(403);
    const path = `/v1/principals/${row.principal}`;
    expect((await door.ask('PATCH', path, { key: apiKey, body: { name: 'x' } })).status).toBe(403);
  }
});
