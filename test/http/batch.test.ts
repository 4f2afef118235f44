/** @module Batches over HTTP: each email for itself, whatever becomes of the others. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { requestSchema } from '../../src/core/email/request.js';
import { unseal } from '../../src/seal.js';
import type { SealedRequest } from '../../src/sealed.js';
import { NotConnected } from '../../src/service/connectivity.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { admitting } from '../support/scripted-temporal.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const email = (subject: string, more: object = {}): object => ({
  ...{ to: 'ada@reader.example', subject, text: 'Hello Ada' },
  ...more,
});
const batch = (door: Door, messages: unknown, key?: string): Promise<Answer> =>
  door.ask('POST', '/v1/messages/batch', {
    ...{ body: { messages }, ...(key !== undefined && { headers: { 'Idempotency-Key': key } }) },
  });
const subjects = async (door: Door): Promise<string[]> =>
  (await door.ask('GET', '/v1/messages?limit=200')).body.items.map((one: { subject: string }) => one.subject);

test('each email of a batch is answered for itself, in order, and a wrong one harms no other', async () => {
  const door = await openDoor(shared);
  const by = { org: door.org, mode: 'live', scope: 'org', reason: 'manual', source: 'x', by: 'x' } as const;
  await door.store.addSuppression({ ...by, address: 'bad@reader.example' });
  const { status, body } = await batch(door, [
    email('one'),
    email('two', { to: ['ada@reader.example', 'nobody'] }),
    email('three', { to: 'bad@reader.example' }),
    'no email',
    email('five', { sendAt: '2030-01-01T00:00:00Z' }),
  ]);
  expect(status).toBe(200);
  expect(body.items.map((one: { index: number; ok: boolean }) => [one.index, one.ok])).toEqual([
    ...[
      [0, true],
      [1, false],
      [2, false],
      [3, false],
      [4, true],
    ],
  ]);
  const [one, two, three, four, five] = body.items;
  expect(one).toMatchObject({ status: 'queued', verdict: { outcome: 'allow' } });
  expect(two.problem).toMatchObject({
    code: 'invalid_request',
    status: 400,
    field: 'to[1]',
    retryable: false,
  });
  expect(three.problem).toMatchObject({ code: 'policy_denied', messageStatus: 'denied' });
  expect(three.problem.id).toMatch(/^msg_/u);
  expect(four.problem.code).toBe('invalid_request');
  expect(five.status).toBe('scheduled');
  expect((await subjects(door)).sort()).toEqual(['five', 'one', 'three']);
});

test.each([
  ['no list', {}],
  ['an empty list', []],
  ['more than 100', Array.from({ length: 101 }, (_, i) => email(`n${i}`))],
])('%s is a 400, and nothing is sent', async (_, messages) => {
  const door = await openDoor(shared);
  const { status, body } = await batch(door, messages);
  expect([status, body.code, body.field]).toEqual([400, 'invalid_request', 'messages']);
  expect(await subjects(door)).toEqual([]);
});

test('100 emails are sent, no more than 8 at a time', async () => {
  let [now, most] = [0, 0];
  const door = await openDoor(shared, {
    script: {
      submit: async (start) => {
        most = Math.max(most, ++now);
        const answer = await admitting(shared.store, door.ring)(start);
        now -= 1;
        return answer;
      },
    },
    mailbox: { policy: { limits: { hourly: 1000, daily: 1000 } } },
  });
  const messages = Array.from({ length: 100 }, (_, i) => email(`n${i}`));
  const { body } = await batch(door, messages);
  expect(body.items.every((one: { ok: boolean }) => one.ok)).toBe(true);
  expect(await subjects(door)).toHaveLength(100);
  expect(most).toBeLessThanOrEqual(8);
  expect(most).toBeGreaterThan(1);
}, 30_000);

test('a batch repeated under its key sends nothing again; other content at an index is that item’s conflict', async () => {
  const door = await openDoor(shared);
  const messages = [email('same'), email('same'), email('own', { dedupeKey: 'order-7' })];
  const first = await batch(door, messages, 'night-1');
  const ids = first.body.items.map((one: { id: string }) => one.id);
  expect(new Set(ids).size).toBe(3);
  const again = await batch(door, messages, 'night-1');
  expect(again.body.items.map((one: { id: string; replayed: boolean }) => [one.id, one.replayed])).toEqual(
    ids.map((id: string) => [id, true]),
  );
  const other = await batch(door, [email('same'), email('changed')], 'night-1');
  expect(other.body.items[0]).toMatchObject({ ok: true, id: ids[0] });
  expect(other.body.items[1].problem).toMatchObject({ code: 'idempotency_conflict', id: ids[1] });
  const alone = await door.ask('POST', '/v1/messages', { body: email('x', { dedupeKey: 'order-7' }) });
  expect(alone.body).toMatchObject({ id: ids[2], contentDiffers: true });
  expect(await subjects(door)).toHaveLength(3);
});

test('of equal emails in one batch the second is answered as the first was', async () => {
  const door = await openDoor(shared);
  const { body } = await batch(door, [
    email('a', { dedupeKey: 'k' }),
    email('b', { dedupeKey: 'k' }),
    email('a', { dedupeKey: 'k' }),
    email('c'),
    email('c'),
  ]);
  const [first, reworded, same, plain, repeated] = body.items;
  expect(first).not.toHaveProperty('replayed');
  expect(reworded).toMatchObject({ id: first.id, replayed: true, contentDiffers: true });
  expect(same).toMatchObject({ id: first.id, replayed: true });
  expect(plain).not.toHaveProperty('replayed');
  expect(repeated).toMatchObject({ id: plain.id, replayed: true });
  expect((await subjects(door)).sort()).toEqual(['a', 'c']);
});

test('an outage in the middle is said of each email that it met, and repeating sends only those', async () => {
  let starts = 0;
  const door = await openDoor(shared, {
    script: {
      submit: async (start) => {
        const nth = ++starts;
        if (nth > 2 && nth <= 5) throw new NotConnected('down');
        const answer = await admitting(shared.store, door.ring)(start);
        if (nth === 6) throw new TypeError('of ada@reader.example');
        return answer;
      },
    },
  });
  const messages = Array.from({ length: 6 }, (_, i) => email(`n${i}`, { dedupeKey: `k${i}` }));
  const first = await batch(door, messages);
  expect(first.status).toBe(200);
  const problems = first.body.items.flatMap((one: { problem?: object }) => one.problem ?? []);
  const codes = problems.map((one: { code: string; retryable: boolean }) => [one.code, one.retryable]);
  expect(codes.sort()).toEqual([
    ['internal', false],
    ['unavailable', true],
    ['unavailable', true],
    ['unavailable', true],
  ]);
  expect(JSON.stringify(problems) + door.logged()).not.toContain('ada@');
  const again = await batch(door, messages);
  expect(again.body.items.every((one: { ok: boolean }) => one.ok)).toBe(true);
  expect((await subjects(door)).sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
});

test('a batch that takes too long says of the rest that it was not tried, and sends it when repeated', async () => {
  const slow = await openDoor(shared, {
    script: {
      submit: async (start) => {
        // What was admitted before is answered at once.
        if ((await shared.store.view(start.id)) === null) shared.clock.advance(100);
        return await admitting(shared.store, slow.ring)(start);
      },
    },
    deps: { deadlines: { batch: 1_000 } },
    mailbox: { policy: { limits: { hourly: 1000, daily: 1000 } } },
  });
  const messages = Array.from({ length: 40 }, (_, i) => email(`n${i}`, { dedupeKey: `k${i}` }));
  const first = await batch(slow, messages);
  const left = first.body.items.filter((one: { ok: boolean }) => !one.ok);
  expect(left.length).toBeGreaterThan(10);
  expect(left[0].problem).toMatchObject({ code: 'unavailable', retryable: true });
  expect(left[0].problem.detail).toMatch(/not tried/u);
  expect(await subjects(slow)).toHaveLength(40 - left.length);
  for (let i = 0; i < 5 && (await subjects(slow)).length < 40; i++) await batch(slow, messages);
  expect(new Set(await subjects(slow)).size).toBe(40);
  expect(await subjects(slow)).toHaveLength(40);
}, 30_000);

test('a batch names its mailbox as one email does', async () => {
  const door = await openDoor(shared);
  const path = `/v1/mailboxes/${door.mailbox.id}/messages/batch`;
  expect((await door.ask('POST', path, { body: { messages: [email('a')] } })).body.items[0].ok).toBe(true);
  const none = await door.ask('POST', '/v1/mailboxes/mbx_none/messages/batch', {
    ...{ body: { messages: [email('b')] } },
  });
  expect([none.status, none.body.code]).toEqual([404, 'mailbox_unknown']);
});

test('the mailbox of a batch is looked up once, and each email is checked once', async () => {
  let looks = 0;
  const counted = <A extends unknown[], R>(verb: (...args: A) => R) => {
    return (...args: A): R => {
      looks += 1;
      return verb(...args);
    };
  };
  const door = await openDoor(shared, {
    store: { mailbox: counted(shared.store.mailbox), mailboxes: counted(shared.store.mailboxes) },
    // No worker, so that nobody else checks them.
    script: { submit: () => Promise.reject(new NotConnected('down')) },
  });
  const checks = vi.spyOn(requestSchema._zod, 'run');
  const messages = Array.from({ length: 20 }, (_, i) => email(`n${i}`));
  const { body } = await batch(door, messages);
  const count = checks.mock.calls.length;
  checks.mockRestore();
  expect(body.items.map((one: Answer['body']) => one.problem.code)).toEqual(Array(20).fill('unavailable'));
  expect([looks, count]).toEqual([1, 20]);
});

test('what an email of a batch says is sealed as it was written, like one that goes alone', async () => {
  const sealed: unknown[] = [];
  const door = await openDoor(shared, {
    script: {
      submit: async (start) => {
        const { request } = (await unseal(door.ring, 'request', start.sealed)) as SealedRequest;
        sealed.push(request);
        return await admitting(shared.store, door.ring)(start);
      },
    },
  });
  const written = email('as written', { to: 'Ada <ada@Reader.Example>', dedupeKey: 'one' });
  await batch(door, [written]);
  await door.ask('POST', '/v1/messages', { body: { ...written, dedupeKey: 'two' } });
  expect(sealed).toEqual([
    { ...written, dedupeKey: 'one' },
    { ...written, dedupeKey: 'two' },
  ]);
});
