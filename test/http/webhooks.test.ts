/** @module Webhook endpoints over HTTP: who may make and see them, what they are told, and their secrets. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poster } from '../../src/dispatch-post.js';
import { startDispatch } from '../../src/dispatch-timer.js';
import type { Scope } from '../../src/store/store.js';
import { openDoor, type Answer, type Door, type Key } from '../support/door.js';
import { startEndpoint } from '../support/endpoint.js';
import { admission, makeMailbox, send, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
let writer: Key;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
  writer = await door.key(SCOPES);
}, 60_000);
afterAll(() => shared.end());

const SCOPES: Scope[] = ['webhooks:write', 'messages:read'];
const URL_ = 'https://hooks.example.com/mail';

const ask = (method: string, path: string, body?: object, key = writer, at = door): Promise<Answer> =>
  at.ask(method, path, { key: key.apiKey, ...(body && { body }) });
const make = async (body: object = {}, key = writer): Promise<Answer['body']> => {
  const answer = await ask('POST', '/v1/webhooks', { url: URL_, ...body }, key);
  expect([answer.status, answer.body.code]).toEqual([201, undefined]);
  return answer.body;
};

test('the secret is shown when it is made and when it is rotated, and nowhere else', async () => {
  const made = await make({ types: ['message.bounced'], description: 'Ours' });
  expect(made).toMatchObject({
    ...{ url: URL_, types: ['message.bounced'], mailboxes: null, mode: 'live', status: 'active', version: 1 },
    ...{ description: 'Ours', createdBy: writer.row.principal, previousSecretUntil: null },
  });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/u);
  const rotated = await ask('POST', `/v1/webhooks/${made.id}/rotate`, { overlap: 60 });
  expect(rotated.body.secret).toMatch(/^whsec_/u);
  expect(rotated.body.secret).not.toBe(made.secret);
  expect(rotated.body.previousSecretUntil).toBe(new Date(shared.clock().getTime() + 60_000).toISOString());
  const { secret: _, ...shown } = rotated.body;
  expect((await ask('GET', `/v1/webhooks/${made.id}`)).body).toEqual(shown);
  const list = await ask('GET', '/v1/webhooks');
  expect(list.body.items).toContainEqual(shown);
  expect(JSON.stringify(list.body)).not.toMatch(/secret"|whsec_/u);
  const kept = JSON.stringify(await shared.db.selectFrom('webhooks').selectAll().execute());
  for (const { secret } of [made, rotated.body])
    for (const text of [kept, door.logged()]) expect(text).not.toContain(secret.slice(6));
});

test('the same call with an Idempotency-Key makes one endpoint, and gives its secret again', async () => {
  const body = { url: `${URL_}/once` };
  const headers = { 'Idempotency-Key': 'one' };
  const once = (): Promise<Answer> => door.ask('POST', '/v1/webhooks', { key: writer.apiKey, body, headers });
  const [first, again] = [await once(), await once()];
  expect([first.status, again.body]).toEqual([201, first.body]);
  const all = (await ask('GET', '/v1/webhooks')).body.items as { url: string }[];
  expect(all.filter((one) => one.url === body.url)).toHaveLength(1);
});

test.each([
  ['http://hooks.example.com', /https/u],
  ['https://127.0.0.1/', /public address/u],
  ['https://[::ffff:169.254.169.254]/', /public address/u],
  ['https://localhost:8443/', /public address/u],
  ['https://me:secret@hooks.example.com/', /password/u],
  ['nonsense', /such as https/u],
])('%s is a 400 that says how to mend it, for a new one and for a change', async (url, detail) => {
  const { id } = await make();
  for (const [method, path] of [
    ['POST', '/v1/webhooks'],
    ['PATCH', `/v1/webhooks/${id}`],
  ] as const) {
    const answer = await ask(method, path, { url });
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'invalid_request', 'url']);
    expect(answer.body.detail).toMatch(detail);
  }
  await ask('DELETE', `/v1/webhooks/${id}`);
});

test('an unknown type, an unknown mailbox and an unknown field are named', async () => {
  expect((await ask('POST', '/v1/webhooks', { url: URL_, types: ['message.read'] })).body.field).toMatch(
    /^types/u,
  );
  expect((await ask('POST', '/v1/webhooks', { url: URL_, mailboxes: ['mbx_x'] })).body.code).toBe(
    'mailbox_unknown',
  );
  expect((await ask('POST', '/v1/webhooks', { url: URL_, events: [] })).status).toBe(400);
});

test('a change is guarded by If-Match, changes what it names, and takes up what was paused', async () => {
  const { id, secret: _, ...made } = await make({ types: ['message.sent'] });
  const change = (body: object, etag?: string): Promise<Answer> =>
    door.ask('PATCH', `/v1/webhooks/${id}`, {
      ...{ key: writer.apiKey, body, headers: etag === undefined ? {} : { 'If-Match': etag } },
    });
  const paused = await change({ status: 'paused' }, '"1"');
  expect(paused.body).toEqual({ ...made, id, status: 'paused', version: 2 });
  const stale = await change({ types: [] }, '"1"');
  expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  for (const path of ['ping', 'replay'])
    expect(
      await ask(
        'POST',
        `/v1/webhooks/${id}/${path}`,
        path === 'ping' ? {} : { since: '2026-01-01T00:00:00Z' },
      ),
    ).toMatchObject({
      ...{ status: 409, body: { code: 'conflict', detail: expect.stringMatching(/active/u) } },
    });
  expect((await change({ status: 'disabled' })).status).toBe(400);
  expect((await change({ status: 'active', description: null })).body).toMatchObject({
    ...{ status: 'active', types: ['message.sent'], version: 3 },
  });
});

test('a key that is bound to mailboxes makes endpoints for those, and sees no others', async () => {
  const second = await door.store.createMailbox({ org: door.org, address: 'bound@sender.example' }, 'test');
  if (second === 'exists') throw new Error('exists');
  const bound = await door.key(SCOPES, { mailboxes: [second.id] });
  const [its, whole, both] = [
    await make({}, bound),
    await make(),
    await make({ mailboxes: [door.mailbox.id, second.address] }),
  ];
  expect(its.mailboxes).toEqual([second.id]);
  expect(both.mailboxes).toEqual([door.mailbox.id, second.id]);
  const list = await ask('GET', '/v1/webhooks', undefined, bound);
  expect(list.body.items.map((one: { id: string }) => one.id)).toEqual([its.id]);
  for (const { id } of [whole, both])
    expect((await ask('GET', `/v1/webhooks/${id}`, undefined, bound)).status).toBe(404);
  const naming = async (mailboxes: unknown): Promise<unknown[]> => {
    const { status, body } = await ask('POST', '/v1/webhooks', { url: URL_, mailboxes }, bound);
    return [status, body.code];
  };
  expect(await naming([door.mailbox.id])).toEqual([404, 'mailbox_unknown']);
  expect(await naming(null)).toEqual([403, 'scope_missing']);
  const widened = await ask('PATCH', `/v1/webhooks/${its.id}`, { mailboxes: null }, bound);
  expect(widened.body.code).toBe('scope_missing');
  for (const { id } of [its, whole, both]) await ask('DELETE', `/v1/webhooks/${id}`);
});

test('an endpoint of another org, of the other mode, or that never was is a 404 to every operation', async () => {
  const { id } = await make();
  const ping = (await ask('POST', `/v1/webhooks/${id}/ping`, {})).body.delivery;
  const stranger = await openDoor(shared);
  const theirs = await stranger.key(SCOPES);
  const testKey = await door.key(SCOPES, { mode: 'test' });
  const calls = (webhook: string): [string, string, object?][] => [
    ['GET', `/v1/webhooks/${webhook}`],
    ['PATCH', `/v1/webhooks/${webhook}`, { status: 'paused' }],
    ['DELETE', `/v1/webhooks/${webhook}`],
    ['POST', `/v1/webhooks/${webhook}/rotate`, {}],
    ['POST', `/v1/webhooks/${webhook}/ping`, {}],
    ['POST', `/v1/webhooks/${webhook}/replay`, { since: '2026-01-01T00:00:00Z' }],
    ['GET', `/v1/webhooks/${webhook}/deliveries`],
    ['POST', `/v1/webhooks/${webhook}/deliveries/${ping.id}/redeliver`, {}],
  ];
  for (const [method, path, body] of calls(id))
    for (const [at, key] of [
      [stranger, theirs],
      [door, testKey],
    ] as const)
      expect([path, (await ask(method, path, body, key, at)).status]).toEqual([path, 404]);
  for (const [method, path, body] of calls('whk_nobody'))
    expect([path, (await ask(method, path, body)).status]).toEqual([path, 404]);
  const foreign = await make();
  expect((await ask('POST', `/v1/webhooks/${foreign.id}/deliveries/${ping.id}/redeliver`, {})).status).toBe(
    404,
  );
  expect((await ask('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ status: 'active', version: 1 });
  for (const one of [id, foreign.id]) await ask('DELETE', `/v1/webhooks/${one}`);
});

test('who may only read sees endpoints and deliveries, and changes nothing', async () => {
  const { id } = await make();
  const reader = await door.key(['messages:read']);
  expect((await ask('GET', `/v1/webhooks/${id}`, undefined, reader)).status).toBe(200);
  expect((await ask('GET', `/v1/webhooks/${id}/deliveries`, undefined, reader)).status).toBe(200);
  expect((await ask('POST', `/v1/webhooks/${id}/ping`, {}, reader)).body.code).toBe('scope_missing');
  expect((await ask('DELETE', `/v1/webhooks/${id}`, undefined, reader)).body.code).toBe('scope_missing');
  expect((await ask('DELETE', `/v1/webhooks/${id}`, undefined, door.admin)).body).toEqual({
    id,
    deleted: true,
  });
  expect((await ask('GET', `/v1/webhooks/${id}`)).status).toBe(404);
});

test('there are no more endpoints than an org may have', async () => {
  const at = await openDoor(shared);
  const key = await at.key(SCOPES);
  const made = await Promise.all(
    Array.from({ length: 22 }, () => ask('POST', '/v1/webhooks', { url: URL_ }, key, at)),
  );
  expect(made.filter((one) => one.status === 201)).toHaveLength(20);
  expect(made.find((one) => one.status !== 201)?.body).toMatchObject({ code: 'conflict' });
});

test('from an email to an endpoint and back: ping, events as the API shows them, dead letters, replay', async () => {
  // The verifier of the standard has no clock but the real one.
  shared.clock.set(new Date());
  const endpoint = await startEndpoint();
  const at = await openDoor(shared, { deps: { allowPrivateWebhooks: true } });
  const key = await at.key(SCOPES);
  const call = async (method: string, path: string, body?: object): Promise<Answer['body']> =>
    (await ask(method, path, body, key, at)).body;
  const { id, secret } = await call('POST', '/v1/webhooks', {
    url: endpoint.url,
    types: ['message.queued', 'message.sent'],
  });
  const dispatch = startDispatch({
    ...{
      store: shared.store,
      ring: at.ring,
      clock: shared.clock,
      random: () => 0.5,
      version: '1',
      interval: 10,
    },
    ...{ leaseMs: 30_000, log: { warn: () => undefined, error: () => undefined } },
    post: poster({ timeoutMs: 5_000, allowPrivate: true }),
  });
  const arrived = (count: number): Promise<void> =>
    expect.poll(() => endpoint.hits.length, { timeout: 5_000 }).toBe(count);
  const deliveries = async (query = ''): Promise<{ id: string; event: string; status: string }[]> =>
    (await call('GET', `/v1/webhooks/${id}/deliveries${query}`)).items;
  try {
    const { delivery } = await call('POST', `/v1/webhooks/${id}/ping`, {});
    await arrived(1);
    expect(
      new Webhook(secret).verify(endpoint.hits[0]!.body, endpoint.hits[0]!.headers as Record<string, string>),
    ).toEqual({
      ...{ id: delivery.event, type: 'webhook.ping', createdAt: delivery.createdAt, mode: 'live', data: {} },
    });
    await expect
      .poll(async () => (await deliveries(`?event=${delivery.event}`))[0]?.status)
      .toBe('delivered');

    const mail = admission(at.mailbox);
    await at.store.admit(mail);
    await send(at.store, mail);
    await at.store.publishEvents(500);
    await arrived(3);
    const { items } = await call('GET', `/v1/events?message=${mail.id}`);
    expect(items).toHaveLength(2);
    expect(endpoint.hits.slice(1).map((hit) => hit.body)).toEqual(
      items.map((one: object) => JSON.stringify(one)),
    );

    endpoint.answers.push(410);
    await call('POST', `/v1/webhooks/${id}/ping`, {});
    await arrived(4);
    await expect.poll(async () => (await call('GET', `/v1/webhooks/${id}`)).status).toBe('disabled');
    expect(await call('GET', `/v1/webhooks/${id}`)).toMatchObject({ reason: 'gone' });
    const [dead] = await deliveries('?status=dead');
    endpoint.answers.splice(0);
    expect(await call('PATCH', `/v1/webhooks/${id}`, { status: 'active' })).toMatchObject({ reason: null });
    expect(await call('POST', `/v1/webhooks/${id}/deliveries/${dead!.id}/redeliver`, {})).toMatchObject({
      ...{ id: dead!.id, status: 'pending', tries: 0 },
    });
    await arrived(5);

    const replay = (body: object): Promise<Answer['body']> => call('POST', `/v1/webhooks/${id}/replay`, body);
    expect(await replay({ since: items[0].id })).toEqual({ enqueued: 1, more: false, since: null });
    await arrived(6);
    expect(endpoint.hits[5]?.headers['webhook-id']).toBe(items[1].id);
    expect(await replay({ since: 'evt_0000' })).toMatchObject({ code: 'invalid_request', field: 'since' });
    expect(await replay({ since: 'yesterday' })).toMatchObject({ code: 'invalid_request', field: 'since' });
  } finally {
    await dispatch.stop();
    await endpoint.close();
  }
  const other = await makeMailbox(shared.store);
  expect(
    (
      await shared.store.replayTo({
        ...{ org: other.org, mode: 'live', mailboxes: null, id },
        after: 0,
        types: [],
        limit: 9,
      })
    ).enqueued,
  ).toBe(0);
});
