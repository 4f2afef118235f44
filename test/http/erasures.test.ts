import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { send, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let door: Door;
/** The store's part of a cancel, as the workflow would ask for it. */
const canceling = {
  update: async (id: string) => {
    const { result, view } = await shared.store.decide({ id, action: 'cancel', by: 'prn_a', via: 'door' });
    return { result, view };
  },
};
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared, { script: canceling });
}, 60_000);
afterAll(() => shared.end());

const erase = (body: object, key = door.admin.apiKey): Promise<Answer> =>
  door.ask('POST', '/v1/erasures', { key, body });
const twice = (address: string): object => ({ address, confirm: address });
const mail = async (to: string, over: object = {}): Promise<string> =>
  (await door.ask('POST', '/v1/messages', { body: { to, subject: 'Hello', text: 'Hello', ...over } })).body
    .id;

test('a person is erased only by a person with a live key of an admin, who says the address twice', async () => {
  const address = 'who@person.example';
  expect(await erase({ address, confirm: 'other@person.example' })).toMatchObject({
    ...{ status: 400, body: { field: 'confirm' } },
  });
  const service = await door.key(['org:admin'], { kind: 'service' });
  const bound = await door.key(['org:admin'], { kind: 'person', mailboxes: [door.mailbox.id] });
  const tester = await door.key(['org:admin'], { kind: 'person', mode: 'test' });
  const answers = [];
  for (const { apiKey } of [door.agent, service, bound, tester])
    answers.push((await erase(twice(address), apiKey)).body.code);
  expect(answers).toEqual(['scope_missing', 'person_required', 'scope_missing', 'scope_missing']);
});

test('an email under way is named, and canceled only where that is asked for; what was sent waits no longer', async () => {
  const address = 'open@person.example';
  const queued = await mail(address, { sendAt: '2026-03-02T12:00:00.000Z' });
  const sent = await mail(address);
  const { owner_run: run } = await shared.db
    .selectFrom('messages')
    .select('owner_run')
    .where('id', '=', sent)
    .executeTakeFirstOrThrow();
  await send(shared.store, { id: sent, run });
  const refused = await erase(twice(address));
  expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(refused.body.ids.sort()).toEqual([queued, sent].sort());
  const done = await erase({ ...twice(address), cancel: true });
  expect(done).toMatchObject({ status: 200, body: { finished: true, messages: 2 } });
  const shown = async (id: string): Promise<Answer['body']> =>
    (await door.ask('GET', `/v1/messages/${id}`)).body;
  expect([await shown(queued), await shown(sent)]).toMatchObject([
    { status: 'canceled', subject: '(erased)' },
    { status: 'sent', subject: '(erased)' },
  ]);
  // Whoever reads it as mail reads the tombstone.
  const raw = await door.ask('GET', `/v1/messages/${sent}/raw`);
  expect([raw.status, JSON.stringify(raw.body)]).toEqual([200, expect.not.stringContaining('open@person')]);
});

test('again, it says that nothing is left, and the answer names nobody', async () => {
  const again = await erase(twice('open@person.example'));
  expect(again).toMatchObject({ status: 200, body: { finished: true, messages: 0, drafts: 0 } });
  expect(JSON.stringify(again.body)).not.toContain('person.example');
  expect(door.logged()).not.toContain('person.example');
});
