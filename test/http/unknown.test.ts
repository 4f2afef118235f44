/** @module The door's list of what nobody knows, and a person who says what became of many at once. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { unseal } from '../../src/seal.js';
import type { SealedResolution } from '../../src/sealed.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { go, HOUR, MINUTE, START, testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());
beforeEach(() => {
  shared.clock.set(START);
});

const at = (minutes: number): string => new Date(START.getTime() + minutes * MINUTE).toISOString();

/** A door whose workflows do what the activity does. */
async function open(): Promise<Door> {
  const door: Door = await openDoor(shared, {
    script: {
      update: async (_id, _name, sealed) =>
        await shared.store.resolveUnknown(
          (await unseal(door.ring, 'resolution', sealed)) as SealedResolution,
        ),
    },
  });
  return door;
}

/** An email that was claimed and of which nothing was heard. */
async function lost(door: Door, provider = 'smtp'): Promise<string> {
  const { id } = (
    await door.ask('POST', '/v1/messages', {
      body: {
        to: 'ada@reader.example',
        subject: `Hello ${at(0)}`,
        text: 'Hello',
        dedupeKey: `${Math.random()}`,
      },
    })
  ).body;
  const { run } = await owner(id);
  const claimed = await go(shared.store, { id, run }, { provider });
  await shared.store.recordReceipt({
    ...{ id, run, provider, attempt: claimed.attempt, try: claimed.try, reports: [] },
    receipt: { recipients: [{ index: 0, outcome: 'unknown' }] },
  });
  return id;
}

async function owner(id: string): Promise<{ run: string }> {
  const row = await shared.db
    .selectFrom('messages')
    .select('owner_run as run')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row;
}

const resolve = (door: Door, body: object, key = door.reviewer.apiKey): Promise<Answer> =>
  door.ask('POST', '/v1/unknown/resolve', { key, body });

test('the list names provider, recipients and time of each, and takes how long ago', async () => {
  const door = await open();
  const old = await lost(door);
  shared.clock.advance(3 * HOUR);
  const young = await lost(door, 'other');
  const list = async (query: string): Promise<string[]> => {
    const { body } = await door.ask('GET', `/v1/unknown${query}`, { key: door.reviewer.apiKey });
    return body.items.map((one: { id: string }) => one.id);
  };
  expect(await list('')).toEqual([young, old]);
  expect(await list('?since=2h')).toEqual([young]);
  expect(await list(`?until=${at(60)}`)).toEqual([old]);
  expect(await list('?provider=other')).toEqual([young]);
  expect(await list(`?mailbox=${door.mailbox.address}`)).toEqual([young, old]);
  const { body } = await door.ask('GET', '/v1/unknown?provider=smtp');
  expect(body.items).toEqual([
    { id: old, mailbox: door.mailbox.id, provider: 'smtp', recipients: [0], since: at(0), lookups: 0 },
  ]);
  const bad = await door.ask('GET', '/v1/unknown?since=yesterday');
  expect([bad.status, bad.body.field]).toEqual([400, 'since']);
});

test('a person resolves all that the filters find, and is told of each; the same call again finds none', async () => {
  const door = await open();
  const ids = [await lost(door), await lost(door), await lost(door, 'other')];
  const filter = { provider: 'smtp', since: '1h' };
  const early = await resolve(door, { ...filter, as: 'not_sent' });
  expect(early.body.counts).toEqual({ lease_active: 2 });
  shared.clock.advance(2 * MINUTE);
  const dry = await resolve(door, { ...filter, as: 'not_sent', dryRun: true });
  expect(dry.body.counts).toEqual({ would_resolve: 2 });
  const done = await resolve(door, { ...filter, as: 'not_sent' });
  expect(done.body).toMatchObject({ as: 'not_sent', dryRun: false, counts: { resolved: 2 }, cursor: null });
  expect(done.body.results.map((one: { id: string }) => one.id).sort()).toEqual(ids.slice(0, 2).sort());
  const statuses = await Promise.all(ids.map(async (id) => (await shared.store.view(id))?.status));
  expect(statuses).toEqual(['sending', 'sending', 'unknown']);
  expect((await resolve(door, { ...filter, as: 'not_sent' })).body.results).toEqual([]);
  const [resolved] = (await shared.store.trace(door.org, ids[0] ?? '')).filter(
    (one) => one.type === 'message.resolved',
  );
  expect(resolved).toMatchObject({
    by: door.reviewer.row.principal,
    data: { as: 'not_sent', recipients: [0] },
  });
});

test('many are resolved in pages, each as if alone', async () => {
  const door = await open();
  for (let i = 0; i < 5; i++) await lost(door);
  shared.clock.advance(2 * MINUTE);
  const first = await resolve(door, { as: 'abandoned', limit: 2 });
  expect(first.body.counts).toEqual({ resolved: 2 });
  const second = await resolve(door, { as: 'abandoned', limit: 500, cursor: first.body.cursor });
  expect(second.body).toMatchObject({ counts: { resolved: 3 }, cursor: null });
});

test('only a person with a key that decides may say so, and the limit is 500', async () => {
  const door = await open();
  const agent = await door.key(['approvals:decide'], { kind: 'agent' });
  expect((await resolve(door, { as: 'sent' }, agent.apiKey)).body.code).toBe('person_required');
  expect((await resolve(door, { as: 'sent' }, door.agent.apiKey)).body.code).toBe('scope_missing');
  expect((await resolve(door, { as: 'sent', limit: 501 })).body.field).toBe('limit');
  expect((await resolve(door, {})).body.field).toBe('as');
});

test('one that Temporal could not be asked about says so, and holds up no other', async () => {
  const door: Door = await openDoor(shared, {
    script: {
      update: async (id, _name, sealed) => {
        if (id === ids[0]) throw new Error('broken');
        return await shared.store.resolveUnknown(
          (await unseal(door.ring, 'resolution', sealed)) as SealedResolution,
        );
      },
    },
  });
  const ids = [await lost(door), await lost(door)];
  shared.clock.advance(2 * MINUTE);
  const { body } = await resolve(door, { as: 'sent' });
  expect(body.counts).toEqual({ failed: 1, resolved: 1 });
  expect(body.results.find((one: { id: string }) => one.id === ids[0])).toMatchObject({ result: 'failed' });
});
