import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationEntries, type OperationName } from '../../src/service/operations.js';
import { makeKey } from '../../src/service/keys-format.js';
import { SCOPES } from '../../src/store/store.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const wrongLast = (key: string): string => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');

test.each([
  ['no key', () => null],
  ['a key that nobody has', () => makeKey('live')],
  ['a key with a typing error', () => wrongLast(door.agent.apiKey)],
  ['what is no key at all', () => 'hello'],
  ['a key of the wrong alphabet', () => `mw_live_${'ü'.repeat(2)}`],
])('%s is a 401 that says how to give one', async (_, key) => {
  const answer = await door.ask('GET', '/v1/messages', {
    key: null,
    headers: key() === null ? {} : { Authorization: `Bearer ${encodeURI(key() ?? '')}` },
  });
  expect([answer.status, answer.body.code]).toEqual([401, 'unauthorized']);
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/u);
});

test('a key with a typing error never reaches the store', async () => {
  const asked: string[] = [];
  const watched = await openDoor(shared, {
    store: { callerOf: async (hash) => (asked.push(hash), await shared.store.callerOf(hash)) },
  });
  await watched.ask('GET', '/v1/messages', { key: wrongLast(watched.agent.apiKey) });
  expect(asked).toEqual([]);
  await watched.ask('GET', '/v1/messages');
  expect(asked).toHaveLength(1);
});

test('a key works until it is revoked', async () => {
  const key = await door.key(['messages:read']);
  expect((await door.ask('GET', '/v1/messages', { key: key.apiKey })).status).toBe(200);
  await door.ask('DELETE', `/v1/keys/${key.row.id}`, { key: door.admin.apiKey });
  expect((await door.ask('GET', '/v1/messages', { key: key.apiKey })).status).toBe(401);
});

const scoped = operationEntries().filter(([, { scopes }]) => scopes.length > 0);

test.each(scoped)('%s refuses a key that has every scope but its own', async (name, operation) => {
  const others = SCOPES.filter((scope) => !operation.scopes.includes(scope));
  // Who sends neither decides nor sets the policy: these never meet on one principal.
  const apart = ['approvals:decide', 'policy:admin', 'org:admin'];
  const sets = [
    others.filter((scope) => scope !== 'messages:send'),
    others.filter((one) => !apart.includes(one)),
  ];
  for (const scopes of sets) {
    const key = await door.key(scopes, { kind: 'person' });
    const path = operation.path.replace(/\{\w+\}/gu, 'x');
    const answer = await door.ask(operation.method, path, {
      key: key.apiKey,
      ...(['POST', 'PATCH'].includes(operation.method) && { body: {} }),
    });
    expect([name, answer.status, answer.body.code]).toEqual([name, 403, 'scope_missing']);
    expect(answer.body.detail).toContain(operation.scopes[0]);
  }
});

test('the operations without a scope of their own are those on keys, on who has them, and the policies that everybody has', () => {
  const open = operationEntries().flatMap(([name, { scopes }]) => (scopes.length === 0 ? [name] : []));
  expect(open satisfies OperationName[]).toEqual([
    'policy.presets',
    ...['keys.create', 'keys.list', 'keys.get', 'keys.rotate', 'keys.revoke', 'keys.pause'],
    ...['keys.whoami', 'principals.list', 'principals.get'],
  ]);
});

test('a key makes no key that may do more than itself', async () => {
  const ask = (body: object): ReturnType<Door['ask']> =>
    door.ask('POST', '/v1/keys', { body: { name: 'child', ...body } });
  for (const body of [
    { scopes: ['messages:send', 'org:admin'] },
    { scopes: ['messages:read'], kind: 'person' },
    { scopes: ['messages:read'], principal: door.reviewer.row.principal },
  ])
    expect(await ask(body)).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
  const child = await ask({ scopes: ['messages:read'] });
  expect(child.status).toBe(201);
  expect(child.body).toMatchObject({
    principal: door.agent.row.principal,
    madeBy: door.agent.row.id,
    mode: 'live',
  });
  expect((await door.ask('GET', '/v1/messages', { key: child.body.apiKey })).status).toBe(200);
  expect((await door.ask('POST', '/v1/messages', { key: child.body.apiKey, body: {} })).body.code).toBe(
    'scope_missing',
  );
});

test('a key that is bound to mailboxes gives its keys no others', async () => {
  const second = await door.store.createMailbox({ org: door.org, address: 'second@sender.example' }, 'test');
  if (second === 'exists') throw new Error('exists');
  const bound = await door.key(['messages:read'], { mailboxes: [door.mailbox.id] });
  const make = (over: object): ReturnType<Door['ask']> =>
    door.ask('POST', '/v1/keys', {
      key: bound.apiKey,
      body: { name: 'c', scopes: ['messages:read'], ...over },
    });
  expect((await make({})).body.mailboxes).toEqual([door.mailbox.id]);
  expect((await make({ mailboxes: [door.mailbox.address] })).body.mailboxes).toEqual([door.mailbox.id]);
  expect(await make({ mailboxes: [second.id] })).toMatchObject({
    status: 404,
    body: { code: 'mailbox_unknown' },
  });
});

test('a test key makes no live key, not even an admin', async () => {
  const admin = await door.key(['org:admin'], { kind: 'person', mode: 'test' });
  const body = { name: 'x', scopes: ['messages:read'], mode: 'live' };
  expect(await door.ask('POST', '/v1/keys', { key: admin.apiKey, body })).toMatchObject({ status: 403 });
});

test('an admin makes a key of any kind, but none that both sends and decides', async () => {
  const make = (body: object): ReturnType<Door['ask']> =>
    door.ask('POST', '/v1/keys', { key: door.admin.apiKey, body });
  const made = await make({ name: 'Grace', kind: 'person', scopes: ['approvals:decide', 'messages:read'] });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ kind: 'person', mailboxes: null });
  expect(made.body).not.toHaveProperty('org');
  const both = await make({ name: 'x', principal: made.body.principal, scopes: ['messages:send'] });
  expect([both.status, both.body.code, both.body.field]).toEqual([400, 'invalid_request', 'scopes']);
  expect((await make({ name: 'x', principal: 'prn_nobody', scopes: ['messages:read'] })).status).toBe(404);
});

test('a key sees and revokes its own line, and nothing else', async () => {
  const parent = await door.key(['messages:read']);
  const make = async (key: string): Promise<{ id: string; apiKey: string }> =>
    (await door.ask('POST', '/v1/keys', { key, body: { name: 'c', scopes: ['messages:read'] } })).body;
  const child = await make(parent.apiKey);
  const grandchild = await make(child.apiKey);
  const { body } = await door.ask('GET', '/v1/keys', { key: parent.apiKey });
  expect(body.items.map((one: { id: string }) => one.id).sort()).toEqual(
    [parent.row.id, child.id, grandchild.id].sort(),
  );
  expect((await door.ask('DELETE', `/v1/keys/${parent.row.id}`, { key: child.apiKey })).status).toBe(404);
  expect((await door.ask('DELETE', `/v1/keys/${grandchild.id}`, { key: parent.apiKey })).status).toBe(200);
  expect((await door.ask('GET', '/v1/keys', { key: grandchild.apiKey })).status).toBe(401);
  for (const [method, path] of [
    ['GET', `/v1/keys/${parent.row.id}`],
    ['POST', `/v1/keys/${parent.row.id}/rotate`],
  ] as const)
    expect((await door.ask(method, path, { key: child.apiKey })).status).toBe(404);
  expect(JSON.stringify(body)).not.toMatch(/mw_live|hash/u);
});

test('an agent makes no person and no service, not even as an admin', async () => {
  const admin = await door.key(['org:admin', 'approvals:decide']);
  const make = (body: object): ReturnType<Door['ask']> =>
    door.ask('POST', '/v1/keys', {
      key: admin.apiKey,
      body: { name: 'x', scopes: ['messages:read'], ...body },
    });
  for (const body of [{ kind: 'person' }, { kind: 'service' }, { principal: door.reviewer.row.principal }])
    expect(await make(body)).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
  expect((await make({ kind: 'agent' })).status).toBe(201);
});

test('a key that is bound to mailboxes is no admin of the org, and no such key is made', async () => {
  const bound = await door.key(['org:admin', 'messages:read'], { mailboxes: [door.mailbox.id] });
  const ask = (method: string, path: string, body?: object): ReturnType<Door['ask']> =>
    door.ask(method, path, { key: bound.apiKey, ...(body && { body }) });
  const made = await ask('POST', '/v1/keys', { name: 'x', scopes: ['messages:read'] });
  expect([made.status, made.body.mailboxes]).toEqual([201, [door.mailbox.id]]);
  expect((await ask('POST', '/v1/keys', { name: 'x', scopes: ['org:admin'] })).body.field).toBe('mailboxes');
  expect((await ask('GET', '/v1/keys')).body.items).toHaveLength(2);
  expect((await ask('DELETE', `/v1/keys/${door.reviewer.row.id}`)).status).toBe(404);
  const mailbox = await ask('POST', '/v1/mailboxes', { address: 'beyond@sender.example' });
  expect([mailbox.status, mailbox.body.code]).toEqual([403, 'scope_missing']);
  const body = { name: 'x', scopes: ['org:admin'], kind: 'service', mailboxes: [door.mailbox.id] };
  expect(await door.ask('POST', '/v1/keys', { key: door.admin.apiKey, body })).toMatchObject({
    ...{ status: 400, body: { field: 'mailboxes' } },
  });
});

test('a test key changes nothing that live email depends on', async () => {
  const admin = await door.key(['org:admin', 'policy:admin'], { kind: 'service', mode: 'test' });
  const ask = async (method: string, path: string, body?: object): Promise<unknown[]> => {
    const answer = await door.ask(method, path, { key: admin.apiKey, ...(body && { body }) });
    return [answer.status, answer.body.code];
  };
  const refused = [403, 'scope_missing'];
  expect(await ask('POST', '/v1/mailboxes', { address: 'test@sender.example' })).toEqual(refused);
  expect(await ask('PATCH', `/v1/mailboxes/${door.mailbox.id}`, { status: 'paused' })).toEqual(refused);
  expect(await ask('DELETE', `/v1/keys/${door.reviewer.row.id}`)).toEqual(refused);
  const other = await door.key(['messages:read'], { mode: 'test' });
  expect((await ask('DELETE', `/v1/keys/${other.row.id}`))[0]).toBe(200);
  // Its scopes would stand in the way of a live key that sends.
  const decides = { name: 'x', scopes: ['approvals:decide'], principal: door.agent.row.principal };
  expect(await ask('POST', '/v1/keys', decides)).toEqual(refused);
});

test('every operation is one route, one command and one name', () => {
  const all = operationEntries();
  expect(new Set(all.map(([, { method, path }]) => `${method} ${path}`)).size).toBe(all.length);
  expect(new Set(all.map(([, { cli }]) => cli.words)).size).toBe(all.length);
  for (const [name, { path, input, cli }] of all) {
    const fields = Object.keys((input as unknown as { shape: object }).shape);
    for (const [, field] of path.matchAll(/\{(\w+)\}/gu))
      expect([name, fields]).toEqual([name, expect.arrayContaining([field])]);
    expect([name, fields]).toEqual([name, expect.arrayContaining([...cli.args])]);
  }
});
