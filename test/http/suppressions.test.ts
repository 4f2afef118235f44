import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
}, 60_000);
afterAll(() => shared.end());

const add = (body: object, key = door.admin.apiKey): Promise<Answer> =>
  door.ask('POST', '/v1/suppressions', { key, body });
const sendTo = (to: string): Promise<Answer> =>
  door.ask('POST', '/v1/messages', { body: { to, subject: `to ${to}`, text: 'Hello' } });

test.each([
  ['an internationalised address', { address: 'ada@exämple.example' }, 'ada@xn--exmple-cua.example'],
  ['an address in capitals', { address: ' Ada@BIG.example ' }, 'ada@big.example'],
  ['an internationalised domain', { address: 'Dömain.example', scope: 'domain' }, 'bob@dömain.example'],
  ['a domain', { address: 'Plain.example', scope: 'domain' }, 'bob@plain.example'],
])('what is suppressed as %s gets no email, and is found as it was written', async (_, body, to) => {
  expect((await add(body)).status).toBe(201);
  expect(await sendTo(to)).toMatchObject({ status: 403, body: { code: 'policy_denied' } });
  const query = `address=${encodeURIComponent(body.address)}`;
  const found = await door.ask('GET', `/v1/suppressions?${query}`, { key: door.admin.apiKey });
  expect(found.body.items).toHaveLength(1);
});

test.each([
  ['an address with scope domain', { address: 'ada@x.example', scope: 'domain' }, /scope org or mailbox/u],
  ['*@ and a domain with scope org', { address: '*@x.example' }, /domain alone, with scope domain/u],
  ['*@ and a domain with scope domain', { address: '*@x.example', scope: 'domain' }, /domain alone/u],
  ['a domain with scope org', { address: 'x.example' }, /scope domain/u],
  ['what is no domain', { address: 'x', scope: 'domain' }, /must be a domain/u],
])('%s is a 400 with the mend', async (_, body, mend) => {
  const answer = await add(body);
  expect([answer.status, answer.body.field]).toEqual([400, 'address']);
  expect(answer.body.detail).toMatch(mend);
});

test.each(['0000-01-01T00:00:00Z', '0000-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'])(
  'an expiry of %s is a 400',
  async (expiresAt) => {
    expect(await add({ address: 'when@x.example', expiresAt })).toMatchObject({
      ...{ status: 400, body: { field: 'expiresAt' } },
    });
  },
);

test('a test key removes no live suppression, and a live key none of test', async () => {
  const tester = await door.key(['suppressions:write'], { mode: 'test' });
  const live = (await add({ address: 'live@x.example' })).body.id;
  const test = (await add({ address: 'test@x.example' }, tester.apiKey)).body.id;
  const remove = async (id: string, key: string): Promise<number> =>
    (await door.ask('DELETE', `/v1/suppressions/${id}`, { key })).status;
  expect([await remove(live, tester.apiKey), await remove(test, door.admin.apiKey)]).toEqual([404, 404]);
  expect([await remove(live, door.admin.apiKey), await remove(test, tester.apiKey)]).toEqual([200, 200]);
});

test('a key that is bound to mailboxes adds, sees and removes only suppressions of those', async () => {
  const bound = await door.key(['suppressions:write'], { mailboxes: [door.mailbox.id] });
  const second = await door.store.createMailbox({ org: door.org, address: 'second@sender.example' }, 'test');
  if (second === 'exists') throw new Error('exists');
  const address = 'bound@x.example';
  const [org, other] = [await add({ address }), await add({ address, scope: 'mailbox', mailbox: second.id })];
  for (const body of [{ address }, { address: 'x.example', scope: 'domain' }])
    expect(await add(body, bound.apiKey)).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
  expect((await add({ address, scope: 'mailbox', mailbox: second.id }, bound.apiKey)).status).toBe(404);
  const mine = await add({ address, scope: 'mailbox', mailbox: door.mailbox.id }, bound.apiKey);
  expect(mine.status).toBe(201);
  const { body } = await door.ask('GET', '/v1/suppressions', { key: bound.apiKey });
  expect(body.items.map((one: { id: string }) => one.id)).toEqual([mine.body.id]);
  const remove = async (id: string): Promise<number> =>
    (await door.ask('DELETE', `/v1/suppressions/${id}`, { key: bound.apiKey })).status;
  expect([await remove(org.body.id), await remove(other.body.id), await remove(mine.body.id)]).toEqual([
    ...[404, 404, 200],
  ]);
});
