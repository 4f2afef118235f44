/** @module One call that waits for an email, so that nobody has to poll. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from '../../src/config.js';
import { serve } from '../../src/server.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { admission, go, send as sendOff, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const send = async (door: Door): Promise<{ id: string; run: string }> => {
  const body = { ...EMAIL, dedupeKey: randomUUID() };
  const { id } = (await door.ask('POST', '/v1/messages', { body })).body as { id: string };
  return { id, run: `run-${id}` };
};
const publish = async (): Promise<void> => {
  for (let rounds = 0; rounds < 100; rounds++) if ((await shared.store.publishEvents(500)) === 0) return;
};

/** Whether it has answered by now. */
function watched(answer: Promise<Answer>): { answer: Promise<Answer>; isOver: () => boolean } {
  let over = false;
  void answer.finally(() => (over = true));
  return { answer, isOver: () => over };
}
const moment = (ms = 150): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

test('it answers when the email was sent, and not before', async () => {
  const door = await openDoor(shared);
  const wanted = await send(door);
  const call = watched(door.ask('GET', `/v1/messages/${wanted.id}?wait=60`));
  await go(shared.store, wanted);
  await publish();
  await moment();
  expect(call.isOver()).toBe(false);
  const { id, run } = wanted;
  await shared.store.recordReceipt({
    ...{ id, run, attempt: 1, try: 1, provider: 'smtp', reports: [] },
    receipt: { recipients: [{ index: 0, outcome: 'accepted' }] },
  });
  await publish();
  expect(await call.answer).toMatchObject({ status: 200, body: { id, status: 'sent' } });
});

test('what is so far already is answered at once, and each word means its own', async () => {
  const door = await openDoor(shared);
  const wanted = await send(door);
  const get = (query: string): Promise<Answer> => door.ask('GET', `/v1/messages/${wanted.id}${query}`);
  expect((await get('?wait=60&until=admitted')).body.status).toBe('queued');
  expect((await get('')).body.status).toBe('queued');
  await sendOff(shared.store, wanted);
  expect((await get('?wait=60')).body.status).toBe('sent');
  const call = watched(get('?wait=60&until=final'));
  await publish();
  await moment();
  expect(call.isOver()).toBe(false);
  await shared.store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]);
  await publish();
  expect((await call.answer).body.status).toBe('delivered');
  expect((await get('?wait=60&until=final')).body.status).toBe('delivered');
});

test('what ends without being sent ends the wait', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const { id } = await send(door);
  const call = watched(door.ask('GET', `/v1/messages/${id}?wait=60`));
  await moment();
  expect(call.isOver()).toBe(false);
  await shared.store.decide({ id, action: 'cancel', by: 'p', via: 'door' });
  await publish();
  expect((await call.answer).body.status).toBe('canceled');
});

test('when the time is up it answers with how it stands', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const { id } = await send(door);
  expect(await door.ask('GET', `/v1/messages/${id}?wait=1`)).toMatchObject({
    status: 200,
    body: { status: 'held' },
  });
});

test('a connection that has sent its request may wait longer than it might have taken to send it', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const { id } = await send(door);
  const patience = { headers: 100, body: 100, request: 200, look: 20 };
  const server = await serve(configSchema.parse({ http: { port: 0 } }).http, patience);
  server.use((request) => door.fetch(request));
  const headers = { Authorization: `Bearer ${door.agent.apiKey}` };
  const response = await fetch(`${server.url}/v1/messages/${id}?wait=1`, { headers });
  expect([response.status, await response.json()]).toMatchObject([200, { status: 'held' }]);
  await server.close();
});

test('an id that only Temporal knows is waited for, too', async () => {
  const memo: Record<string, unknown> = {};
  const describe = async () => Promise.resolve({ type: 'sendEmail', status: { name: 'RUNNING' }, memo });
  const door = await openDoor(shared, { script: { describe } });
  Object.assign(memo, { org: door.org, mailbox: door.mailbox.id, mode: 'live' });
  const wanted = admission(door.mailbox);
  const call = watched(door.ask('GET', `/v1/messages/${wanted.id}?wait=60&until=admitted`));
  await moment();
  expect(call.isOver()).toBe(false);
  await shared.store.admit(wanted);
  // Not published: the slow look finds it.
  expect((await call.answer).body).toMatchObject({ id: wanted.id, status: 'queued', revision: 1 });
  const gone = await openDoor(shared, {
    script: { describe: async () => ({ ...(await describe()), status: { name: 'TERMINATED' } }) },
  });
  Object.assign(memo, { org: gone.org, mailbox: gone.mailbox.id });
  const answer = await gone.ask('GET', `/v1/messages/${admission(gone.mailbox).id}?wait=60`);
  expect(answer.body.status).toBe('failed');
});

test('there is room for so many; the others are answered at once, and told when to ask again', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' }, live: { waiters: 2 } });
  const { id } = await send(door);
  const ask = (): Promise<Answer> => door.ask('GET', `/v1/messages/${id}?wait=60`);
  const waiting = [watched(ask()), watched(ask())];
  await moment();
  const refused = await ask();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([200, '2']);
  expect(refused.body.status).toBe('held');
  expect(waiting.some((one) => one.isOver())).toBe(false);
  await shared.store.decide({ id, action: 'cancel', by: 'p', via: 'door' });
  await publish();
  for (const one of waiting) expect((await one.answer).headers.get('retry-after')).toBeNull();
  expect((await ask()).body).not.toHaveProperty('retryAfter');
});

test('one org takes not all the room there is', async () => {
  const door = await openDoor(shared, {
    ...{ mailbox: { autonomy: 'review_all' }, live: { waiters: 10, waitersOf: 1 } },
  });
  const { id } = await send(door);
  const ask = (key = door.agent.apiKey): Promise<Answer> =>
    door.ask('GET', `/v1/messages/${id}?wait=60`, { key });
  const waiting = watched(ask());
  await moment();
  expect((await ask()).headers.get('retry-after')).toBe('2');
  expect(waiting.isOver()).toBe(false);
  await shared.store.decide({ id, action: 'cancel', by: 'p', via: 'door' });
  await publish();
  expect((await waiting.answer).headers.get('retry-after')).toBeNull();
});

test('who goes away makes room, and so does a server that stops', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' }, live: { waiters: 1 } });
  const { id } = await send(door);
  const caller = await door.service.authenticate(door.agent.apiKey);
  const leaving = new AbortController();
  const call = door.service.call('messages.get', caller, { id, wait: 60 }, { signal: leaving.signal });
  await moment();
  leaving.abort();
  expect((await call) as { status: string }).toMatchObject({ status: 'held' });
  const next = watched(door.ask('GET', `/v1/messages/${id}?wait=60`));
  await moment();
  expect(next.isOver()).toBe(false);
  await door.live.close();
  expect((await next.answer).body).toMatchObject({ status: 'held' });
  expect((await next.answer).body).not.toHaveProperty('retryAfter');
});

test('nobody waits for what the key may not see', async () => {
  const door = await openDoor(shared);
  const stranger = await openDoor(shared);
  const { id } = await send(door);
  const { status } = await stranger.ask('GET', `/v1/messages/${id}?wait=60`);
  expect(status).toBe(404);
});

test('a wait that is none is a 400 that says so', async () => {
  const door = await openDoor(shared);
  for (const query of ['wait=121', 'wait=-1', 'wait=soon', 'wait=1&until=read'])
    expect((await door.ask('GET', `/v1/messages/msg_x?${query}`)).status).toBe(400);
});

test('many wait with one look at a time', async () => {
  let looks = 0;
  const eventsSince: TestStore['store']['eventsSince'] = async (...args) => {
    looks += 1;
    return await shared.store.eventsSince(...args);
  };
  let reads = 0;
  const message: TestStore['store']['message'] = async (...args) => {
    reads += 1;
    return await shared.store.message(...args);
  };
  const door = await openDoor(shared, {
    store: { eventsSince, message },
    mailbox: { autonomy: 'review_all' },
  });
  const all = await Promise.all(Array.from({ length: 20 }, () => send(door)));
  await publish();
  const calls = all.map(({ id }) => watched(door.ask('GET', `/v1/messages/${id}?wait=60`)));
  await expect.poll(() => reads, { timeout: 8_000 }).toBe(40);
  looks = 0;
  await moment(300);
  expect(looks).toBeLessThan(20);
  expect(reads).toBe(40);
  for (const { id } of all) await shared.store.decide({ id, action: 'cancel', by: 'p', via: 'door' });
  await publish();
  await Promise.all(calls.map((one) => one.answer));
  expect(reads).toBeLessThanOrEqual(60);
});
