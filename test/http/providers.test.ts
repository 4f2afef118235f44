/** @module /v1/providers: how they are, for each org with its own domains; draining is for whoever runs the server. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderInfo } from '../../src/service/deps.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { admission, go, makeMailbox, newOrg, testStore, type TestStore } from '../support/store.js';

const INFOS: ProviderInfo[] = [
  {
    ...{ name: 'primary', type: 'postmark', rateLimit: { perSecond: 20 }, taskQueue: 'q.primary' },
    capabilities: { envelope: false, dedupesFor: 0, lookup: 'partial' },
  },
  { name: 'backup', type: 'smtp', capabilities: { envelope: true, dedupesFor: 0, lookup: 'none' } },
];

let shared: TestStore;
let door: Door;
beforeAll(async () => {
  shared = await testStore();
  const org = newOrg();
  door = await openDoor(shared, { mailbox: { org }, deps: { providers: INFOS, serverOrg: org } });
}, 60_000);
afterAll(() => shared.end());

/** At another org's door of the same server. */
const stranger = (): Promise<Door> => openDoor(shared, { deps: { providers: INFOS, serverOrg: door.org } });
const ask = (
  method: string,
  path: string,
  at = door,
  key = at.admin.apiKey,
  body?: object,
): Promise<Answer> => at.ask(method, path, { key, ...(body && { body }) });

/** Five emails of this org time out at the provider. */
async function trip(at: Door, provider: string): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const wanted = admission(at.mailbox);
    await shared.store.admit(wanted);
    const { attempt, try: number } = await go(shared.store, wanted, { provider });
    await shared.store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt, try: number, provider, reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'not_sent_retry', reason: 'timeout' }] },
    });
  }
}

test('the providers are listed in their order, well, with what they can and where their deliveries wait', async () => {
  const { status, body } = await ask('GET', '/v1/providers');
  expect(status).toBe(200);
  expect(body).toEqual({ items: INFOS.map((one) => ({ ...one, state: 'closed', domains: [] })) });
  expect((await ask('GET', '/v1/providers/primary')).body).toEqual(body.items[0]);
});

test('one that fails is open for the sending domain at which it failed, and another org sees nothing of it', async () => {
  const failing = await stranger();
  await trip(failing, 'primary');
  expect((await ask('GET', '/v1/providers/primary', failing)).body).toMatchObject({
    state: 'open',
    domains: [
      {
        ...{ domain: 'sender.example', state: 'open', failures: 5, reason: 'timeout' },
        ...{ openedAt: '2026-03-02T10:00:00.000Z', retryAt: '2026-03-02T10:00:30.000Z' },
      },
    ],
  });
  expect((await ask('GET', '/v1/providers/primary')).body).toMatchObject({ state: 'closed', domains: [] });
  const bound = await failing.key(['org:admin'], { mailboxes: [(await makeMailbox(shared.store)).id] });
  expect((await ask('GET', '/v1/providers/primary', failing, bound.apiKey)).body.domains).toEqual([]);
  const tester = await failing.key(['org:admin'], { mode: 'test' });
  expect((await ask('GET', '/v1/providers/primary', failing, tester.apiKey)).body.domains).toEqual([]);
});

test('an admin of the org that runs the server drains and resumes one, again without effect', async () => {
  for (const reason of ['moving', 'again']) {
    const drained = await ask('POST', '/v1/providers/backup/drain', door, door.admin.apiKey, { reason });
    expect(drained).toMatchObject({
      status: 200,
      body: { state: 'drained', drained: { reason: 'moving', by: door.admin.row.principal } },
    });
  }
  const elsewhere = (await ask('GET', '/v1/providers/backup', await stranger())).body;
  expect(elsewhere).toMatchObject({ state: 'drained', drained: { reason: 'moving' } });
  expect(elsewhere.drained).not.toHaveProperty('by');
  const wanted = admission(door.mailbox);
  expect((await shared.store.admit(wanted)).view.delivery.closed).toEqual(['backup']);
  for (let times = 0; times < 2; times++) {
    const resumed = await ask('POST', '/v1/providers/backup/resume', door, door.admin.apiKey, {});
    expect(resumed).toMatchObject({ status: 200, body: { state: 'closed' } });
  }
  expect((await shared.store.view(wanted.id))?.delivery.closed).toEqual([]);
});

test('nobody else drains: not another org, not a key bound to mailboxes, not a test key, not an agent', async () => {
  const other = await stranger();
  const bound = await door.key(['org:admin'], { mailboxes: [door.mailbox.id] });
  const tester = await door.key(['org:admin'], { mode: 'test' });
  for (const verb of ['drain', 'resume']) {
    const path = `/v1/providers/primary/${verb}`;
    for (const answer of [
      await ask('POST', path, other, other.admin.apiKey, {}),
      await ask('POST', path, door, bound.apiKey, {}),
      await ask('POST', path, door, tester.apiKey, {}),
      await ask('POST', path, door, door.agent.apiKey, {}),
    ])
      expect(answer).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
  }
  expect(await shared.store.drains()).toEqual([]);
  expect((await ask('GET', '/v1/providers', door, door.agent.apiKey)).status).toBe(403);
});

test('a provider that is not there is 404 and says who is; a name that can be none is 400', async () => {
  for (const [method, path] of [
    ['GET', '/v1/providers/nobody'],
    ['POST', '/v1/providers/sandbox/drain'],
    ['POST', '/v1/providers/nobody/resume'],
  ] as const)
    expect(
      await ask(method, path, door, door.admin.apiKey, method === 'POST' ? {} : undefined),
    ).toMatchObject({
      status: 404,
      body: { code: 'not_found', detail: expect.stringContaining('primary, backup') as string },
    });
  expect(await ask('GET', '/v1/providers/NO%20NAME')).toMatchObject({ status: 400, body: { field: 'name' } });
});
