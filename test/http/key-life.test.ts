/** @module How long a key lives: expiry, rotation, last use; and what it is told of itself. */
import { afterAll, beforeEach, beforeAll, expect, test } from 'vitest';
import { openDoor, type Door } from '../support/door.js';
import { HOUR, MINUTE, START, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
beforeEach(() => {
  shared.clock.set(START);
});
afterAll(() => shared.end());

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
const make = (key: string, body: object = {}): ReturnType<Door['ask']> =>
  door.ask('POST', '/v1/keys', { key, body: { name: 'child', scopes: ['messages:read'], ...body } });
const rotate = (key: string, id: string, body: object = {}): ReturnType<Door['ask']> =>
  door.ask('POST', `/v1/keys/${id}/rotate`, { key, body });
const works = async (key: string): Promise<boolean> =>
  (await door.ask('GET', '/v1/whoami', { key })).status === 200;

test('a key that expires is refused from that instant on, on every call', async () => {
  const { body } = await make(door.admin.apiKey, { kind: 'agent', expiresAt: at(HOUR) });
  expect(body.expiresAt).toBe(at(HOUR));
  shared.clock.set(at(HOUR - 1));
  expect(await works(body.apiKey)).toBe(true);
  shared.clock.set(at(HOUR));
  const answer = await door.ask('GET', '/v1/messages', { key: body.apiKey });
  expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized']);
});

test('a key gives its keys no more time than it has, and never a time that is over', async () => {
  const parent = (await make(door.admin.apiKey, { kind: 'agent', expiresAt: at(HOUR) })).body;
  expect((await make(parent.apiKey)).body.expiresAt).toBe(at(HOUR));
  expect((await make(parent.apiKey, { expiresAt: at(MINUTE) })).body.expiresAt).toBe(at(MINUTE));
  const longer = await make(parent.apiKey, { expiresAt: at(HOUR + 1) });
  expect([longer.status, longer.body.code, longer.body.field]).toEqual([403, 'scope_missing', 'expiresAt']);
  const over = await make(parent.apiKey, { expiresAt: at(0) });
  expect([over.status, over.body.field]).toEqual([400, 'expiresAt']);
});

test('a key replaces itself: both work until the overlap is over, then the new one alone', async () => {
  const old = await door.key(['messages:read'], { mailboxes: [door.mailbox.id] });
  const child = (await make(old.apiKey)).body;
  const { status, body } = await rotate(old.apiKey, old.row.id, { overlap: 60 });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    ...{ principal: old.row.principal, name: old.row.name, mode: 'live', rotatedFrom: old.row.id },
    ...{ scopes: ['messages:read'], mailboxes: [door.mailbox.id], expiresAt: null },
    previous: { id: old.row.id, expiresAt: at(MINUTE) },
  });
  shared.clock.set(at(MINUTE - 1));
  for (const key of [old.apiKey, body.apiKey, child.apiKey]) expect(await works(key)).toBe(true);
  shared.clock.set(at(MINUTE));
  expect(await works(old.apiKey)).toBe(false);
  for (const key of [body.apiKey, child.apiKey]) expect(await works(key)).toBe(true);
  // What the old one made belongs to the new one.
  expect((await door.ask('DELETE', `/v1/keys/${child.id}`, { key: body.apiKey })).status).toBe(200);
});

test('without a word the overlap is a day, and it is a week at most', async () => {
  const old = await door.key(['messages:read']);
  expect((await rotate(old.apiKey, old.row.id, { overlap: 604_801 })).body.field).toBe('overlap');
  expect((await rotate(old.apiKey, old.row.id)).body.previous.expiresAt).toBe(at(24 * HOUR));
});

test('what was rotated, revoked or has expired is not rotated again', async () => {
  const [old, revoked] = [await door.key(['messages:read']), await door.key(['messages:read'])];
  await rotate(old.apiKey, old.row.id);
  await door.ask('DELETE', `/v1/keys/${revoked.row.id}`, { key: door.admin.apiKey });
  for (const { row } of [old, revoked]) {
    const answer = await rotate(door.admin.apiKey, row.id);
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
  }
});

test('revoking the old key of a rotation ends both, unless the new one is to be kept', async () => {
  const [one, two] = [await door.key(['messages:read']), await door.key(['messages:read'])];
  const [first, second] = [
    (await rotate(one.apiKey, one.row.id)).body,
    (await rotate(two.apiKey, two.row.id)).body,
  ];
  const revoke = (id: string, query = ''): ReturnType<Door['ask']> =>
    door.ask('DELETE', `/v1/keys/${id}${query}`, { key: door.admin.apiKey });
  expect((await revoke(one.row.id)).body.revokedAt).toBe(at(0));
  expect(await works(first.apiKey)).toBe(false);
  expect((await revoke(two.row.id, '?keepSuccessor=true')).body.revokedAt).toBe(at(0));
  expect([await works(two.apiKey), await works(second.apiKey)]).toEqual([false, true]);
  expect((await revoke(second.id, '?keepSuccessor=perhaps')).body.field).toBe('keepSuccessor');
});

test('an agent that administers rotates no key of a person, and a test key none that is live', async () => {
  const agent = await door.key(['org:admin']);
  const tester = await door.key(['org:admin'], { kind: 'person', mode: 'test' });
  for (const { apiKey } of [agent, tester]) {
    const answer = await rotate(apiKey, door.reviewer.row.id);
    expect([answer.status, answer.body.code]).toEqual([403, 'scope_missing']);
  }
  expect(await works(door.reviewer.apiKey)).toBe(true);
});

test('the same rotation repeated under one Idempotency-Key gives the same new key', async () => {
  const old = await door.key(['messages:read']);
  const ask = (): ReturnType<Door['ask']> =>
    door.ask('POST', `/v1/keys/${old.row.id}/rotate`, {
      ...{ key: old.apiKey, body: {}, headers: { 'Idempotency-Key': 'rotation-1' } },
    });
  const [first, again] = [await ask(), await ask()];
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});

test('the last use of a key is written beside the answer, once a minute, and its failure harms nobody', async () => {
  const used: string[] = [];
  let failing = false;
  const watched = await openDoor(shared, {
    store: {
      keyUsed: async (id) => {
        used.push(id);
        if (failing) throw new Error('down');
        // An answer that waited for this would never come.
        await new Promise(() => undefined);
      },
    },
  });
  const ask = async (): Promise<number> => (await watched.ask('GET', '/v1/whoami')).status;
  await Promise.all([ask(), ask(), ask()]);
  shared.clock.advance(MINUTE - 1);
  expect(await ask()).toBe(200);
  expect(used).toEqual([watched.agent.row.id]);
  shared.clock.advance(1);
  failing = true;
  expect(await ask()).toBe(200);
  expect(used).toHaveLength(2);
  expect(watched.logged()).toContain('the last use of a key was not written');
});

test('a key is shown with its last use, and what is over only where it is asked for', async () => {
  const parent = await door.key(['messages:read']);
  const child = (await make(parent.apiKey)).body;
  await door.ask('DELETE', `/v1/keys/${child.id}`, { key: parent.apiKey });
  const list = async (query: string): Promise<string[]> =>
    (await door.ask('GET', `/v1/keys?${query}`, { key: parent.apiKey })).body.items.map(
      (one: { id: string }) => one.id,
    );
  expect((await list('')).sort()).toEqual([parent.row.id, child.id].sort());
  expect(await list('includeRevoked=false')).toEqual([parent.row.id]);
  expect(await list(`principal=${door.admin.row.principal}`)).toEqual([]);
  expect(await list('limit=1')).toHaveLength(1);
  // Written beside the answers until now.
  await expect
    .poll(async () => (await door.ask('GET', `/v1/keys/${parent.row.id}`, { key: parent.apiKey })).body)
    .toMatchObject({ id: parent.row.id, lastUsedAt: at(0) });
});

test('a key is told who it is, what it may do, and where', async () => {
  const bound = await door.key(['messages:read'], { mailboxes: [door.mailbox.id], mode: 'test' });
  const { body } = await door.ask('GET', '/v1/whoami', { key: bound.apiKey });
  expect(body).toEqual({
    ...{ key: bound.row.id, name: 'key', principal: bound.row.principal, kind: 'agent', mode: 'test' },
    ...{ scopes: ['messages:read'], expiresAt: null },
    mailboxes: [{ id: door.mailbox.id, address: door.mailbox.address }],
  });
  expect((await door.ask('GET', '/v1/whoami', { key: door.admin.apiKey })).body.mailboxes).toBeNull();
});
