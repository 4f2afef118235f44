/** @module Whether an address can be written to, as the door answers it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import { OPERATIONS } from '../../src/service/operations.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { makeMailbox, send, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const check = async (door: Door, address: string, more: object = {}, key?: string): Promise<Answer> =>
  await door.ask('POST', '/v1/addresses/check', {
    body: { address, ...more },
    ...(key !== undefined && { key }),
  });
const codes = ({ body }: Answer): string[] => [
  body.result,
  ...body.reasons.map((one: { code: string }) => one.code),
];

test('nothing against an address is deliverable; what is no address is undeliverable, not a mistake', async () => {
  const asked: string[] = [];
  const door = await openDoor(shared, {
    deps: { mailDomains: async (domain) => (asked.push(domain), 'accepts') },
  });
  const fine = await check(door, ' Ada <Ada@Reader.Example> ');
  expect([fine.status, fine.body.address, ...codes(fine)]).toEqual([
    ...[200, 'Ada@reader.example', 'deliverable', 'domain_accepts_mail'],
  ]);
  expect(OPERATIONS['addresses.check'].output.safeParse(fine.body).error).toBeUndefined();
  const none = await check(door, 'not an address');
  expect([none.status, ...codes(none), none.body.suppressed]).toEqual([
    ...[200, 'undeliverable', 'invalid_syntax', false],
  ]);
  expect((await check(door, 'ada@gmial.com')).body).toMatchObject({
    ...{ result: 'risky', suggestion: 'ada@gmail.com' },
  });
  expect(asked).toEqual(['reader.example', 'gmial.com']);
  expect((await check(door, '')).status).toBe(400);
});

test('what is suppressed in the org, in its domain or for the mailbox is undeliverable; of others nothing is said', async () => {
  const door = await openDoor(shared);
  const { store } = shared;
  const second = await makeMailbox(store, { org: door.org, address: 'second@sender.example' });
  const add = async (address: string, reason: string, more: object = {}): Promise<unknown> =>
    await store.addSuppression({
      ...{ org: door.org, mode: 'live', address, scope: 'org', reason, source: 'test', by: 'test' },
      ...more,
    });
  await add('bounced@reader.example', 'hard_bounce');
  await add('blocked.example', 'manual', { scope: 'domain' });
  await add('mine@reader.example', 'complaint', { scope: 'mailbox', mailbox: second.id });
  await add('over@reader.example', 'manual', { expiresAt: '2026-03-02T09:00:00.000Z' });
  await add('tester@reader.example', 'manual', { mode: 'test' });
  const of = async (address: string, more = {}, key?: string): Promise<unknown[]> => {
    const answer = await check(door, address, more, key);
    return [answer.body.suppressed, ...codes(answer).slice(0, 2)];
  };
  const clear = [false, 'deliverable', 'domain_accepts_mail'];
  expect(await of('Bounced+tag@reader.example')).toEqual([true, 'undeliverable', 'hard_bounced']);
  expect(await of('any@blocked.example')).toEqual([true, 'undeliverable', 'suppressed']);
  expect(await of('mine@reader.example')).toEqual(clear);
  const mine = [true, 'undeliverable', 'complained'];
  expect(await of('mine@reader.example', { mailbox: second.id })).toEqual(mine);
  const bound = (await door.key(['messages:send'], { mailboxes: [second.id] })).apiKey;
  expect(await of('mine@reader.example', {}, bound)).toEqual(mine);
  expect((await check(door, 'a@b.example', { mailbox: door.mailbox.id }, bound)).status).toBe(404);
  for (const address of ['over@reader.example', 'tester@reader.example'])
    expect(await of(address)).toEqual(clear);
  const stranger = await openDoor(shared);
  expect(codes(await check(stranger, 'bounced@reader.example'))[0]).toBe('deliverable');
});

test('an address to which an email was delivered is deliverable, whatever it looks like', async () => {
  const door = await openDoor(shared, { deps: { mailDomains: async () => 'no_answer' } });
  expect(codes(await check(door, 'info@reader.example'))[0]).toBe('risky');
  expect(codes(await check(door, 'ada@reader.example'))).toEqual(['unknown', 'domain_not_answering']);
  const body = { to: 'info@reader.example', subject: 'Hello', text: 'x' };
  const { id } = (await door.ask('POST', '/v1/messages', { body })).body;
  await send(shared.store, { id, run: `run-${id}` });
  expect(codes(await check(door, 'info@reader.example'))[0]).toBe('risky');
  await shared.store.applyReports('smtp', [{ reportId: id, message: id, type: 'delivered' }]);
  expect(codes(await check(door, 'info@reader.example'))).toContain('delivered_before');
  expect(codes(await check(door, 'info@reader.example'))[0]).toBe('deliverable');
});

test('a key that is bound to a mailbox does not learn to whom another one has written', async () => {
  const door = await openDoor(shared, { deps: { mailDomains: async () => 'no_answer' } });
  const { id } = (
    await door.ask('POST', '/v1/messages', {
      body: { to: 'info@reader.example', subject: 'Hello', text: 'x' },
    })
  ).body;
  await send(shared.store, { id, run: `run-${id}` });
  await shared.store.applyReports('smtp', [{ reportId: id, message: id, type: 'delivered' }]);
  const other = await makeMailbox(shared.store, { org: door.org, address: 'other@sender.example' });
  const bound = await door.key(['messages:read'], { mailboxes: [other.id] });
  expect(codes(await check(door, 'info@reader.example', {}, bound.apiKey))).not.toContain('delivered_before');
  const own = await door.key(['messages:read'], { mailboxes: [door.mailbox.id] });
  expect(codes(await check(door, 'info@reader.example', {}, own.apiKey))).toContain('delivered_before');
});

test('a test key asks no DNS, and a store that does not answer is a 503, never a clear address', async () => {
  const door = await openDoor(shared, { deps: { mailDomains: () => Promise.reject(new Error('asked')) } });
  const tester = (await door.key(['messages:send'], { mode: 'test' })).apiKey;
  expect(codes(await check(door, 'delivered@sandbox.test', {}, tester))).toEqual(['deliverable', 'sandbox']);
  const down = await openDoor(shared, {
    store: {
      knownOfAddress: () => Promise.reject(new Problem('unavailable', { detail: 'down', retryAfter: 1 })),
    },
  });
  expect((await check(down, 'ada@reader.example')).status).toBe(503);
});
