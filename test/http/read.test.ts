import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkflowNotFoundError } from '@temporalio/client';
import { OPERATIONS } from '../../src/service/operations.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada', context: { model: 'm' } };
const unknownToTemporal = {
  describe: async (id: string) => Promise.reject(new WorkflowNotFoundError('not found', id, undefined)),
};
const send = async (door: Door, body: object = EMAIL, key?: string): Promise<string> =>
  (await door.ask('POST', '/v1/messages', { body, ...(key !== undefined && { key }) })).body.id;

test('an email is shown with its recipients, verdict, content and what the caller said of it', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const id = await send(door);
  const { status, body } = await door.ask('GET', `/v1/messages/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    ...{ id, status: 'held', mode: 'live', mailbox: door.mailbox.id, context: { model: 'm' } },
    ...{ attempts: [], reports: [], decisions: [], waitingFor: { reason: 'approval' } },
    recipients: [{ index: 0, kind: 'to', address: EMAIL.to, status: 'ready' }],
    content: { from: { address: 'agent@sender.example' }, subject: 'Hello', text: 'Hello Ada' },
    verdict: { outcome: 'review' },
    approvalUrl: `http://warden.test/review/${id}`,
  });
  expect(OPERATIONS['messages.get'].output.safeParse(body).error).toBeUndefined();
});

test('an email that is admitted while it is asked for is shown, not missing', async () => {
  const { store } = shared;
  let reads = 0;
  const message: typeof store.message = async (...args) =>
    (reads += 1) === 1 ? null : await store.message(...args);
  const door = await openDoor(shared, { store: { message }, script: unknownToTemporal });
  const id = await send(door);
  reads = 0;
  expect(await door.ask('GET', `/v1/messages/${id}`)).toMatchObject({ status: 200, body: { id } });
});

test('a trace is everything that happened, in order', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const id = await send(door);
  const { body } = await door.ask('GET', `/v1/messages/${id}/trace`);
  expect(body.entries.map((one: { type: string }) => one.type)).toEqual(
    expect.arrayContaining(['message.admitted', 'message.held']),
  );
  expect(OPERATIONS['messages.trace'].output.safeParse(body).error).toBeUndefined();
});

test('lists show what the key may see: its org, its mode, its mailboxes', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const second = await door.store.createMailbox({ org: door.org, address: 'second@sender.example' }, 'test');
  if (second === 'exists') throw new Error('exists');
  const id = (await door.ask('POST', `/v1/mailboxes/${door.mailbox.id}/messages`, { body: EMAIL })).body.id;
  const bound = await door.key(['messages:read'], { mailboxes: [second.id] });
  const tester = await door.key(['messages:read'], { mode: 'test' });
  const stranger = (await openDoor(shared)).agent;
  const ids = async (path: string, key = door.agent.apiKey): Promise<string[]> =>
    (await door.ask('GET', path, { key })).body.items.map((one: { id: string }) => one.id);
  for (const path of [
    '/v1/messages',
    '/v1/messages?status=held',
    '/v1/approvals',
    `/v1/messages?mailbox=${door.mailbox.id}`,
  ]) {
    expect([path, await ids(path)]).toEqual([path, [id]]);
    if (!path.includes('mailbox='))
      for (const { apiKey } of [bound, tester, stranger])
        expect([path, await ids(path, apiKey)]).toEqual([path, []]);
  }
  expect(await ids('/v1/messages?status=sent')).toEqual([]);
  expect(await ids('/v1/unknown')).toEqual([]);
  const hidden = await door.ask('GET', `/v1/messages?mailbox=${door.mailbox.id}`, { key: bound.apiKey });
  expect([hidden.status, hidden.body.code]).toEqual([404, 'mailbox_unknown']);
  for (const { apiKey } of [bound, tester, stranger])
    for (const path of [`/v1/messages/${id}`, `/v1/messages/${id}/trace`])
      expect((await door.ask('GET', path, { key: apiKey })).body.code).toBe('not_found');
});

test('a list goes on where its cursor says', async () => {
  const door = await openDoor(shared);
  for (const subject of ['A', 'B', 'C']) await send(door, { ...EMAIL, subject });
  const first = (await door.ask('GET', '/v1/messages?limit=2')).body;
  const rest = (await door.ask('GET', `/v1/messages?limit=2&cursor=${encodeURIComponent(first.cursor)}`))
    .body;
  const subjects = [...first.items, ...rest.items].map((one: { subject: string }) => one.subject);
  expect([subjects.sort(), rest.cursor]).toEqual([['A', 'B', 'C'], null]);
  expect(OPERATIONS['messages.list'].output.safeParse(first).error).toBeUndefined();
});

test('an id that nobody knows is a 404', async () => {
  const door = await openDoor(shared, { script: unknownToTemporal });
  const { status, body } = await door.ask('GET', '/v1/messages/msg_nothing');
  expect([status, body.code]).toEqual([404, 'not_found']);
});

test('an email that no worker has taken up yet is queued, for its own key only', async () => {
  const of = { org: '', mailbox: '', mode: 'live' };
  const door = await openDoor(shared, {
    script: { describe: async () => ({ type: 'sendEmail', status: { name: 'RUNNING' }, memo: of }) },
  });
  Object.assign(of, { org: door.org, mailbox: door.mailbox.id });
  expect((await door.ask('GET', '/v1/messages/msg_new')).body).toEqual({ id: 'msg_new', status: 'queued' });
  const bound = await door.key(['messages:read', 'messages:send'], { mailboxes: ['mbx_other'] });
  const tester = await door.key(['messages:read'], { mode: 'test' });
  for (const { apiKey } of [bound, tester, (await openDoor(shared)).agent])
    expect((await door.ask('GET', '/v1/messages/msg_new', { key: apiKey })).status).toBe(404);
  const cancel = await door.ask('POST', '/v1/messages/msg_new/cancel', { body: {} });
  expect([cancel.status, cancel.body.code, cancel.headers.get('retry-after')]).toEqual([
    409,
    'conflict',
    '5',
  ]);
});

test('a direct start that ended before it was admitted shows how', async () => {
  const outcome = {
    ...{ id: 'order-7', status: 'denied', recipients: [] },
    problem: { code: 'invalid_request', fields: [{ field: 'to', message: 'is missing' }] },
  };
  const door = await openDoor(shared, {
    script: {
      describe: async () => ({ type: 'mailwarden.sendEmail', status: { name: 'COMPLETED' } }),
      result: async () => outcome,
    },
  });
  expect((await door.ask('GET', '/v1/messages/order-7')).body).toEqual(outcome);
});

test('a workflow of another type is no email', async () => {
  const door = await openDoor(shared, {
    script: { describe: async () => ({ type: 'payroll', status: { name: 'RUNNING' } }) },
  });
  expect((await door.ask('GET', '/v1/messages/payroll-7')).status).toBe(404);
});

test('mailboxes are made, read by id or address, listed and changed, and no address is made twice', async () => {
  const door = await openDoor(shared);
  const key = door.admin.apiKey;
  const body = {
    address: 'New@Sender.Example',
    displayName: 'New',
    policy: { allow: ['reader.example'], limits: { hourly: 5 } },
  };
  const made = await door.ask('POST', '/v1/mailboxes', { key, body });
  expect([made.status, made.body.autonomy]).toEqual([201, 'review_all']);
  expect((await door.ask('POST', '/v1/mailboxes', { key, body })).body.code).toBe('conflict');
  const path = '/v1/mailboxes/New%40sender.example';
  expect((await door.ask('GET', path, { key })).body.id).toBe(made.body.id);
  const change = { status: 'paused', policy: { limits: { daily: 7 } } };
  const changed = await door.ask('PATCH', path, { key, body: change });
  expect(changed.body).toMatchObject({
    ...{ status: 'paused', displayName: 'New', autonomy: 'review_all' },
    policy: { allow: ['reader.example'], limits: { hourly: 5, daily: 7 } },
  });
  const lifted = await door.ask('PATCH', path, { key, body: { policy: { allow: null } } });
  expect(lifted.body.policy).not.toHaveProperty('allow');
  expect((await door.ask('GET', '/v1/mailboxes', { key })).body.items).toHaveLength(2);
  const bound = await door.key(['messages:read'], { mailboxes: [door.mailbox.id] });
  expect((await door.ask('GET', '/v1/mailboxes', { key: bound.apiKey })).body.items).toHaveLength(1);
  expect((await door.ask('GET', path, { key: bound.apiKey })).body.code).toBe('mailbox_unknown');
});

test.each([
  ['an address that is none', { address: 'nobody' }, 'address'],
  ['an unknown autonomy', { address: 'a@b.example', autonomy: 'wild' }, 'autonomy'],
  [
    'a limit below zero',
    { address: 'a@b.example', policy: { limits: { hourly: -1 } } },
    'policy.limits.hourly',
  ],
  ['a line break in the name', { address: 'a@b.example', displayName: 'a\nb' }, 'displayName'],
  ['an unknown field', { address: 'a@b.example', name: 'x' }, 'name'],
])('a mailbox with %s is a 400', async (_, body, field) => {
  const door = await openDoor(shared);
  const answer = await door.ask('POST', '/v1/mailboxes', { key: door.admin.apiKey, body });
  expect([answer.status, answer.body.field]).toEqual([400, field]);
});

test('a suppression is added, listed by its address, stops the next send, and is removed', async () => {
  const door = await openDoor(shared);
  const key = door.admin.apiKey;
  const added = await door.ask('POST', '/v1/suppressions', { key, body: { address: 'Ada@Reader.example' } });
  expect([added.status, added.body.scope, added.body.reason]).toEqual([201, 'org', 'manual']);
  expect(added.body).not.toHaveProperty('org');
  const listed = await door.ask('GET', '/v1/suppressions?address=ada%40reader.example', { key });
  expect(listed.body.items.map((one: { id: string }) => one.id)).toEqual([added.body.id]);
  expect((await door.ask('POST', '/v1/messages', { body: EMAIL })).body.code).toBe('policy_denied');
  const path = `/v1/suppressions/${added.body.id}`;
  expect((await door.ask('DELETE', path, { key })).body).toEqual({ id: added.body.id, removed: true });
  expect((await door.ask('DELETE', path, { key })).status).toBe(404);
  expect((await door.ask('POST', '/v1/messages', { body: { ...EMAIL, subject: 'Again' } })).status).toBe(202);
});

test.each([
  ['what is no address', { address: 'ada' }, 'address'],
  ['a domain of which nothing is said', { address: 'reader.example' }, 'address'],
  ['scope mailbox without one', { address: 'a@b.example', scope: 'mailbox' }, 'mailbox'],
  ['a mailbox without its scope', { address: 'a@b.example', mailbox: 'm' }, 'mailbox'],
])('a suppression of %s is a 400', async (_, body, field) => {
  const door = await openDoor(shared);
  const answer = await door.ask('POST', '/v1/suppressions', { key: door.admin.apiKey, body });
  expect([answer.status, answer.body.field]).toEqual([400, field]);
});
