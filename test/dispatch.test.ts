/** @module The dispatcher with a real store and real HTTP: what arrives, in which order, how often, and what if not. */
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { poster } from '../src/dispatch-post.js';
import { startDispatch, type DispatchTimerDeps, type RunningDispatch } from '../src/dispatch-timer.js';
import { keyRing, seal } from '../src/seal.js';
import { toJson } from '../src/store/json.js';
import type { DeliveryRow, WebhookRow } from '../src/store/store.js';
import { startEndpoint, type TestEndpoint } from './support/endpoint.js';
import { admission, makeMailbox, newOrg, send, START, testStore, type TestStore } from './support/store.js';

const ring = keyRing([`test:${randomBytes(32).toString('base64url')}`]);
let bed: TestStore;
const endpoints: TestEndpoint[] = [];
const running: RunningDispatch[] = [];
const lines: string[] = [];

beforeAll(async () => {
  bed = await testStore();
}, 60_000);
beforeEach(async () => {
  bed.clock.set(START);
  lines.length = 0;
  // What other tests left is not to be delivered in this one.
  await bed.db.updateTable('webhooks').set({ status: 'paused' }).execute();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await Promise.all(endpoints.splice(0).map((one) => one.close()));
});
afterAll(() => bed.end());

const write = (...args: unknown[]): void => void lines.push(JSON.stringify(args));

function dispatch(more: Partial<DispatchTimerDeps> = {}): RunningDispatch {
  const one = startDispatch({
    ...{ store: bed.store, ring, clock: bed.clock, random: () => 0.5, version: '1.2.3' },
    ...{ log: { warn: write, error: write }, interval: 10, leaseMs: 30_000, grace: 100 },
    post: poster({ timeoutMs: 5_000, allowPrivate: true }),
    ...more,
  });
  running.push(one);
  return one;
}

interface Made {
  row: WebhookRow;
  secret: string;
  endpoint: TestEndpoint;
  owner: { org: string; mode: 'live'; mailboxes: null; id: string };
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

async function made(org = newOrg()): Promise<Made> {
  const endpoint = await startEndpoint();
  endpoints.push(endpoint);
  const secret = newSecret();
  const row = await bed.store.createWebhook(
    {
      ...{ org, mode: 'live', url: endpoint.url, description: null, types: [], mailboxes: null, by: 'p' },
      secret: await seal(ring, 'webhook-secret', secret),
    },
    20,
  );
  if (row === 'too_many') throw new Error(row);
  return { row, secret, endpoint, owner: { org, mode: 'live', mailboxes: null, id: row.id } };
}

async function ping({ owner }: Made): Promise<DeliveryRow> {
  const delivery = await bed.store.pingWebhook(owner);
  if (delivery === null) throw new Error('no endpoint');
  return delivery;
}

const rows = async ({ owner }: Made): Promise<DeliveryRow[]> =>
  (await bed.store.deliveries({ ...owner, limit: 200 })).items;
/** Seconds until the next try of the only delivery. */
const waitOf = async (it: Made): Promise<number> =>
  (Date.parse((await rows(it))[0]?.nextTryAt ?? '') - bed.clock().getTime()) / 1_000;
const states = async (it: Made): Promise<string[]> => (await rows(it)).map((row) => row.status).sort();
const hits = (it: Made, count: number): Promise<void> =>
  expect.poll(() => it.endpoint.hits.length, { timeout: 5_000, interval: 5 }).toBe(count);
const verified = ({ endpoint }: Made, secret: string): unknown[] =>
  endpoint.hits.map(({ body, headers }) =>
    new Webhook(secret).verify(body, headers as Record<string, string>),
  );

async function publish(): Promise<void> {
  for (let i = 0; i < 50 && (await bed.store.publishEvents(500)) > 0; i++);
}

test('the events of an email arrive in order, signed by the standard, each as the log has it', async () => {
  // The verifier of the standard has no clock but the real one.
  bed.clock.set(new Date());
  const mailbox = await makeMailbox(bed.store);
  const it = await made(mailbox.org);
  const wanted = admission(mailbox);
  await bed.store.admit(wanted);
  await send(bed.store, wanted);
  await bed.store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]);
  await publish();
  dispatch();
  await hits(it, 3);
  const events = verified(it, it.secret) as { id: string; type: string; data: object }[];
  expect(events.map((one) => one.type)).toEqual(['message.queued', 'message.sent', 'message.delivered']);
  expect(events[2]).toEqual({
    ...{ id: it.endpoint.hits[2]?.headers['webhook-id'], type: 'message.delivered', mode: 'live' },
    createdAt: expect.stringMatching(/Z$/u),
    data: expect.objectContaining({
      ...{ messageId: wanted.id, mailbox: mailbox.id, recipient: 'ada@reader.example', recipientIndex: 0 },
    }),
  });
  expect(it.endpoint.hits[0]?.headers).toMatchObject({
    ...{ 'content-type': 'application/json', 'user-agent': 'mailwarden/1.2.3' },
  });
  await expect.poll(() => states(it)).toEqual(['delivered', 'delivered', 'delivered']);
  expect(() => verified(it, newSecret())).toThrow(/signature/u);
});

test('what fails is tried ten times, ever more seldom, and then is dead until it is redelivered', async () => {
  const it = await made();
  it.endpoint.answers.push(302);
  const { id } = await ping(it);
  dispatch();
  const waits: number[] = [];
  for (let tries = 1; tries < 10; tries++) {
    await hits(it, tries);
    // Until it is recorded, its next look is the end of its lease.
    await expect.poll(async () => await waitOf(it), { interval: 5 }).not.toBe(30);
    waits.push(await waitOf(it));
    const [row] = await rows(it);
    bed.clock.set(row?.nextTryAt ?? START);
  }
  expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  await hits(it, 10);
  await expect.poll(() => states(it)).toEqual(['dead']);
  expect(new Set(it.endpoint.hits.map((hit) => hit.headers['webhook-id'])).size).toBe(1);
  it.endpoint.answers.splice(0);
  await bed.store.redeliver({ ...it.owner, delivery: id });
  await hits(it, 11);
  await expect.poll(() => states(it)).toEqual(['delivered']);
});

test('the next event about a message waits for the one before, that of another message does not', async () => {
  const mailbox = await makeMailbox(bed.store);
  const it = await made(mailbox.org);
  const first = admission(mailbox);
  await bed.store.admit(first);
  await send(bed.store, first);
  await publish();
  it.endpoint.answers.push(500, 200);
  dispatch();
  await hits(it, 1);
  await expect.poll(async () => (await rows(it)).map((row) => row.lastStatus).sort()).toEqual([500, null]);
  const second = admission(mailbox);
  await bed.store.admit(second);
  await publish();
  await hits(it, 2);
  bed.clock.advance(6_000);
  await hits(it, 3);
  bed.clock.advance(10_000);
  await hits(it, 4);
  const told = it.endpoint.hits.map(
    ({ body }) => JSON.parse(body) as { type: string; data: { messageId: string } },
  );
  expect(told.map(({ type, data }) => [type, data.messageId === first.id])).toEqual([
    ['message.queued', true],
    ['message.queued', false],
    ['message.queued', true],
    ['message.sent', true],
  ]);
});

test('an endpoint that hangs has few places and delays no other', async () => {
  const [slow, quick] = [await made(), await made()];
  let open = 0;
  let most = 0;
  slow.endpoint.answers.push(() => void (most = Math.max(most, ++open)));
  for (let i = 0; i < 20; i++) await ping(slow);
  dispatch();
  await hits(slow, 8);
  for (let i = 0; i < 20; i++) await ping(quick);
  await hits(quick, 20);
  expect(most).toBe(8);
});

test('two dispatchers share the work, and each delivery goes once', async () => {
  const all = [await made(), await made(), await made()];
  dispatch();
  dispatch();
  for (const it of all) for (let i = 0; i < 15; i++) await ping(it);
  for (const it of all) await hits(it, 15);
  await expect
    .poll(async () => (await Promise.all(all.map(states))).flat().filter((one) => one !== 'delivered'))
    .toEqual([]);
  for (const it of all)
    expect(new Set(it.endpoint.hits.map((hit) => hit.headers['webhook-id'])).size).toBe(15);
});

test('a process that dies between the POST and its record sends the same event again, under the same id', async () => {
  const it = await made();
  await ping(it);
  const recordDelivery = (): Promise<boolean> => new Promise(() => undefined);
  const dying = startDispatch({
    ...{ store: { ...bed.store, recordDelivery }, ring, clock: bed.clock, random: () => 0.5, version: '1' },
    ...{ log: { warn: write, error: write }, interval: 10, leaseMs: 30_000 },
    post: poster({ timeoutMs: 5_000, allowPrivate: true }),
  });
  await hits(it, 1);
  void dying.stop();
  dispatch();
  bed.clock.advance(29_999);
  await ping(it);
  await hits(it, 2);
  bed.clock.advance(1);
  await hits(it, 3);
  const ids = it.endpoint.hits.map((hit) => hit.headers['webhook-id']);
  expect([ids[2] === ids[0], ids[1] === ids[0]]).toEqual([true, false]);
  await expect.poll(() => states(it)).toEqual(['delivered', 'delivered']);
});

test('during the overlap of a rotation both secrets sign, and then only the new one', async () => {
  bed.clock.set(new Date());
  const it = await made();
  const next = newSecret();
  await bed.store.rotateWebhook({
    ...{ ...it.owner, by: 'p', secret: await seal(ring, 'webhook-secret', next) },
    previousUntil: new Date(bed.clock().getTime() + 60_000).toISOString(),
  });
  await ping(it);
  dispatch();
  await hits(it, 1);
  expect(verified(it, it.secret)).toEqual(verified(it, next));
  expect(verified(it, next)).toMatchObject([{ type: 'webhook.ping', mode: 'live', data: {} }]);
  bed.clock.advance(60_000);
  await ping(it);
  await hits(it, 2);
  expect(verified(it, next)).toHaveLength(2);
  expect(() => verified(it, it.secret)).toThrow(/signature/u);
});

test('410 ends the endpoint: nothing more is sent, and it says why', async () => {
  const it = await made();
  it.endpoint.answers.push(410);
  await ping(it);
  dispatch();
  await hits(it, 1);
  await expect.poll(async () => (await bed.store.webhook(it.owner))?.status).toBe('disabled');
  expect(await states(it)).toEqual(['dead']);
  await ping(it);
  const other = await made();
  await ping(other);
  await hits(other, 1);
  expect(it.endpoint.hits).toHaveLength(1);
});

test('an event that is not kept any more is dead, not posted empty', async () => {
  const mailbox = await makeMailbox(bed.store);
  const it = await made(mailbox.org);
  await bed.store.admit(admission(mailbox));
  await publish();
  await bed.db.deleteFrom('events').where('org', '=', mailbox.org).execute();
  dispatch();
  await expect.poll(() => states(it)).toEqual(['dead']);
  expect((await rows(it))[0]).toMatchObject({ tries: 1, lastError: 'event_gone' });
  const endpoint = bed.db.selectFrom('webhooks').select('failing_since').where('id', '=', it.row.id);
  expect(await endpoint.executeTakeFirst()).toEqual({ failing_since: null });
  expect(it.endpoint.hits).toEqual([]);
});

test('an endpoint that is for fewer mailboxes than before is not told of the others, though it was to be', async () => {
  const mailbox = await makeMailbox(bed.store);
  const second = await makeMailbox(bed.store, { org: mailbox.org, address: 'second@sender.example' });
  const it = await made(mailbox.org);
  await bed.store.admit(admission(mailbox));
  await publish();
  // As if it was published while the endpoint was changed.
  const narrowed = { mailboxes: toJson([second.id]) };
  await bed.db.updateTable('webhooks').set(narrowed).where('id', '=', it.row.id).execute();
  await bed.store.admit(admission(second));
  await publish();
  dispatch();
  await hits(it, 1);
  const left = bed.db.selectFrom('webhook_deliveries').select('status').where('webhook', '=', it.row.id);
  await expect
    .poll(async () => (await left.execute()).map((row) => row.status).sort())
    .toEqual(['dead', 'delivered']);
  expect(it.endpoint.hits.map(({ body }) => (JSON.parse(body) as { data: object }).data)).toMatchObject([
    { mailbox: second.id },
  ]);
});

test('an endpoint that switches protocols has failed, gives its place back, and nobody waits for it at the end', async () => {
  const it = await made();
  const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
  it.endpoint.answers.push((_, response) => void response.socket?.write(switched));
  for (let i = 0; i < 9; i++) await ping(it);
  const one = dispatch({ post: poster({ timeoutMs: 60_000, allowPrivate: true }) });
  await expect.poll(async () => (await rows(it)).filter((row) => row.lastStatus === 101)).toHaveLength(9);
  await one.stop();
  expect(new Set(await states(it))).toEqual(new Set(['pending']));
});

test('after a rotation under another seal key the endpoint is told, though the old secret cannot be opened', async () => {
  bed.clock.set(new Date());
  const it = await made();
  const [next, other] = [newSecret(), keyRing([`other:${randomBytes(32).toString('base64url')}`])];
  await bed.store.rotateWebhook({
    ...{ ...it.owner, by: 'p', secret: await seal(other, 'webhook-secret', next) },
    previousUntil: new Date(bed.clock().getTime() + 60_000).toISOString(),
  });
  await ping(it);
  dispatch({ ring: other });
  await hits(it, 1);
  expect(verified(it, next)).toHaveLength(1);
});

test('without the seal key nothing is posted, it is tried again, and the log says what is wrong', async () => {
  const it = await made();
  await ping(it);
  const other = keyRing([`other:${randomBytes(32).toString('base64url')}`]);
  await dispatchUntil({ ring: other }, async () => (await rows(it))[0]?.lastError === 'secret_unreadable');
  expect(it.endpoint.hits).toEqual([]);
  expect(await states(it)).toEqual(['pending']);
  expect(lines.join('\n')).toMatch(/seal key/u);
  bed.clock.advance(5_000);
  dispatch();
  await hits(it, 1);
});

async function dispatchUntil(more: Partial<DispatchTimerDeps>, is: () => Promise<boolean>): Promise<void> {
  const one = dispatch(more);
  await expect.poll(is).toBe(true);
  await one.stop();
}

test('no secret and no URL stands in a log, and no secret in the database', async () => {
  const it = await made();
  it.endpoint.answers.push(500);
  await ping(it);
  const store = { ...bed.store, recordDelivery: async () => await Promise.reject(new Error('down')) };
  const one = dispatch({ store });
  await hits(it, 1);
  await one.stop();
  expect(lines.join('\n')).toContain(it.row.id);
  expect(lines.join('\n')).not.toContain(it.endpoint.url);
  const kept = JSON.stringify(await bed.db.selectFrom('webhooks').selectAll().execute());
  for (const text of [kept, lines.join('\n')]) expect(text).not.toContain(it.secret.slice(6));
});

test('as it stops, what is in flight ends; what hangs is cut off and goes again later', async () => {
  const [hanging, quick] = [await made(), await made()];
  hanging.endpoint.answers.push(() => undefined);
  quick.endpoint.answers.push((_, response) => void setTimeout(() => response.writeHead(200).end(), 50));
  for (const it of [hanging, quick]) await ping(it);
  const one = dispatch();
  await Promise.all([hits(hanging, 1), hits(quick, 1)]);
  await one.stop();
  expect([await states(hanging), await states(quick)]).toEqual([['pending'], ['delivered']]);
  expect((await rows(hanging))[0]?.lastError).toBeNull();
  bed.clock.advance(30_000);
  dispatch();
  await hits(hanging, 2);
});

test('a store that does not answer is asked again, and said once', async () => {
  const it = await made();
  let isDown = true;
  const takeDeliveries: typeof bed.store.takeDeliveries = async (wanted) =>
    isDown ? await Promise.reject(new Error('down')) : await bed.store.takeDeliveries(wanted);
  await ping(it);
  dispatch({ store: { ...bed.store, takeDeliveries } });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(lines).toHaveLength(1);
  isDown = false;
  await hits(it, 1);
});
