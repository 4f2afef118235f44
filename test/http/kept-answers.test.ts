/** @module Calls with an Idempotency-Key that are not idempotent by nature: answered again as the first time. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyRing } from '../../src/seal.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { gate } from '../support/gate.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const KEY = { name: 'child', scopes: ['messages:read'] };
const ask = (door: Door, body: object, idempotencyKey: string, key = door.admin.apiKey): Promise<Answer> =>
  door.ask('POST', '/v1/keys', { key, body, headers: { 'Idempotency-Key': idempotencyKey } });
const replayed = ({ headers }: Answer): string | null => headers.get('idempotency-replayed');
const children = async (door: Door): Promise<unknown[]> =>
  (await door.ask('GET', '/v1/keys?limit=200', { key: door.admin.apiKey })).body.items.filter(
    (one: { name: string }) => one.name === 'child',
  );

test('a key that is asked for twice under one Idempotency-Key is one key, secret and all', async () => {
  const door = await openDoor(shared);
  const first = await ask(door, KEY, 'k');
  const again = await ask(door, KEY, 'k');
  expect([first.status, replayed(first), replayed(again)]).toEqual([201, null, 'true']);
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(await children(door)).toHaveLength(1);
  expect((await ask(door, KEY, 'k2')).body.id).not.toBe(first.body.id);
});

test('the kept answer is unreadable without the key ring, and is not in the log', async () => {
  const door = await openDoor(shared);
  const { apiKey } = (await ask(door, KEY, 'sealed')).body;
  const rows = await shared.db.selectFrom('kept_answers').selectAll().where('org', '=', door.org).execute();
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows) + door.logged()).not.toContain(apiKey);
  const other = keyRing([`new:${randomBytes(32).toString('base64url')}`]);
  const rotated = await openDoor(
    { ...shared, store: { ...shared.store, createMailbox: async () => door.mailbox } },
    { deps: { ring: other } },
  );
  const answer = await ask(rotated, KEY, 'sealed', door.admin.apiKey);
  expect([answer.status, answer.body.code]).toEqual([409, 'idempotency_conflict']);
  expect(await children(door)).toHaveLength(1);
});

test('another input under the same key is a 409, and nothing is done', async () => {
  const door = await openDoor(shared);
  await ask(door, KEY, 'k');
  const other = await ask(door, { ...KEY, scopes: ['org:admin'] }, 'k');
  expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict']);
  expect(await children(door)).toHaveLength(1);
});

test('what one key was told is not told to another, even of the same principal', async () => {
  const door = await openDoor(shared);
  const first = await ask(door, KEY, 'order-1');
  const twin = await ask(door, { name: 'twin', scopes: ['messages:read', 'org:admin'] }, 'twin');
  const answer = await ask(door, KEY, 'order-1', twin.body.apiKey);
  expect(replayed(answer)).toBeNull();
  expect(answer.body.apiKey).not.toBe(first.body.apiKey);
});

test('of ten calls at once one is done; the others wait for its answer, and get it', async () => {
  const door = await openDoor(shared);
  const all = await Promise.all(Array.from({ length: 10 }, () => ask(door, KEY, 'race')));
  const done = all.filter((one) => one.status === 201);
  const busy = all.filter((one) => one.status !== 201);
  expect(new Set(done.map((one) => one.body.id)).size).toBe(1);
  for (const one of busy) {
    expect([one.status, one.body.code, one.headers.get('retry-after')]).toEqual([
      ...[409, 'idempotency_in_progress', '1'],
    ]);
  }
  expect((await ask(door, KEY, 'race')).body).toEqual(done[0]?.body);
  expect(await children(door)).toHaveLength(1);
});

test('a call that is under way holds its key until it is done', async () => {
  const opened = gate();
  const door = await openDoor(shared, {
    store: {
      createDraft: async (draft) => {
        await opened.arrive();
        return await shared.store.createDraft(draft);
      },
    },
  });
  const draft = (): Promise<Answer> =>
    door.ask('POST', '/v1/drafts', { body: { subject: 'x' }, headers: { 'Idempotency-Key': 'd' } });
  const first = draft();
  let second = await draft();
  for (let i = 0; second.body.code !== 'idempotency_in_progress' && i < 50; i++) second = await draft();
  expect(second.body.code).toBe('idempotency_in_progress');
  opened.open();
  expect((await first).status).toBe(201);
  expect((await draft()).body).toEqual((await first).body);
});

test('a call that was refused is mended under the same key', async () => {
  const door = await openDoor(shared);
  const refused = await ask(door, { ...KEY, principal: 'prn_none' }, 'mend');
  expect(refused.status).toBe(404);
  expect((await ask(door, KEY, 'mend')).status).toBe(201);
  const none = await ask(door, { ...KEY, scopes: ['nothing'] }, 'early');
  expect([none.status, (await ask(door, KEY, 'early')).status]).toEqual([400, 201]);
});

test('where the answer can’t be kept it is given all the same; the process that died is followed after its lease', async () => {
  const door = await openDoor(shared, {
    store: { keepAnswer: async () => Promise.reject(new Error('the process dies here')) },
  });
  expect((await ask(door, KEY, 'k')).status).toBe(201);
  expect((await ask(door, KEY, 'k')).body.code).toBe('idempotency_in_progress');
  shared.clock.advance(60_000);
  expect((await ask(door, KEY, 'k')).status).toBe(201);
});

test('an empty or overlong Idempotency-Key is a 400 that names the header', async () => {
  const door = await openDoor(shared);
  for (const key of ['', 'x'.repeat(256)]) {
    const answer = await ask(door, KEY, key);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  }
});

test('an Idempotency-Key in the body is told that it is a header', async () => {
  const door = await openDoor(shared);
  const body = { ...KEY, idempotencyKey: 'k' };
  const answer = await door.ask('POST', '/v1/keys', { key: door.admin.apiKey, body });
  expect([answer.status, answer.body.errors]).toEqual([
    ...[400, [{ field: 'idempotencyKey', message: 'is the header Idempotency-Key' }]],
  ]);
});

test('every operation that makes something keeps its answer', async () => {
  const door = await openDoor(shared);
  const calls: [string, object][] = [
    ['/v1/drafts', { subject: 'x', mailbox: door.mailbox.id }],
    ['/v1/mailboxes', { address: 'second@sender.example' }],
    ['/v1/principals', { name: 'Grace', kind: 'person' }],
  ];
  const { apiKey: writer } = await door.key(['drafts:write']);
  for (const [path, body] of calls) {
    const key = path === '/v1/drafts' ? writer : door.admin.apiKey;
    const call = (): Promise<Answer> =>
      door.ask('POST', path, { key, body, headers: { 'Idempotency-Key': path } });
    const first = await call();
    const again = await call();
    expect([path, first.status, again.status, replayed(again)]).toEqual([path, 201, 201, 'true']);
    expect(again.body).toEqual(first.body);
  }
});
