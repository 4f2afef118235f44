/** @module The door for providers' webhooks: its paths, tokens, confirmations and sizes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HookReading, ProviderReport } from '../../src/core/delivery/receipt.js';
import type { HookReader } from '../../src/service/index.js';
import { openDoor, type Answer, type Door, type DoorOptions } from '../support/door.js';
import { admission, publishAll, send, testStore, type TestStore } from '../support/store.js';
import { verifies } from '../support/requirements.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const script: DoorOptions['script'] = { update: async () => ({ result: '', view: null }) };

/** A reader that believes everything: what it reads is the body. */
const believing = (more: Partial<HookReading> = {}): HookReader => ({
  readHook: async ({ body }) => ({
    reports: JSON.parse(new TextDecoder().decode(body)) as ProviderReport[],
    ...more,
  }),
});

const post = (door: Door, path: string, reports: object[] = []): Promise<Answer> =>
  door.ask('POST', `/v1/hooks/${path}`, { key: null, raw: JSON.stringify(reports) });

async function sent(door: Door): Promise<string> {
  const owner = admission(door.mailbox);
  await shared.store.admit(owner);
  await send(shared.store, owner);
  return owner.id;
}

const bounce = (message: string): ProviderReport => ({
  ...{ reportId: randomUUID(), type: 'bounced', bounce: 'hard', message },
});

test('a provider without an endpoint is at its name, and at its name with default', async () => {
  const door = await openDoor(shared, { script, hookReaders: { smtp: believing() } });
  expect((await post(door, 'smtp')).status).toBe(200);
  expect((await post(door, 'smtp/default')).status).toBe(200);
  for (const path of ['smtp/other', 'smtp/', 'smtp/default/more', 'nobody/default'])
    expect([path, (await post(door, path)).status]).toEqual([path, 404]);
});

test('a provider with an endpoint is there only, and elsewhere like one that is none', async () => {
  const door = await openDoor(shared, {
    ...{ script, hookReaders: { smtp: believing() } },
    deps: { hookEndpoints: { smtp: 'Qx7_secret-word' } },
  });
  expect((await post(door, 'smtp/Qx7_secret-word')).status).toBe(200);
  const answers = ['smtp', 'smtp/default', 'smtp/qx7_secret-word', 'smtp/Qx7_secret', 'nobody'].map((path) =>
    post(door, path),
  );
  const bodies = (await Promise.all(answers)).map(({ status, body: { requestId: _, ...rest } }) => [
    status,
    rest,
  ]);
  expect(new Set(bodies.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(bodies[0]?.[0]).toBe(404);
});

test('both paths take POST only', async () => {
  const door = await openDoor(shared, { script, hookReaders: { smtp: believing() } });
  for (const path of ['/v1/hooks/smtp', '/v1/hooks/smtp/default'])
    expect((await door.ask('GET', path, { key: null })).headers.get('allow')).toBe('POST, OPTIONS');
});

verifies('feedback:once', 'a token that came with another body is refused, and has no effect', async () => {
  const reader = believing({ token: randomUUID() });
  const door = await openDoor(shared, { script, hookReaders: { smtp: reader } });
  const id = await sent(door);
  const report = { ...bounce(id), type: 'opened' };
  expect((await post(door, 'smtp', [report])).body).toMatchObject({ applied: 1 });
  expect((await post(door, 'smtp', [report])).body).toMatchObject({ applied: 0, duplicates: 1 });
  const replay = await post(door, 'smtp', [bounce(id)]);
  expect([replay.status, replay.body.code]).toEqual([403, 'invalid_signature']);
  expect((await door.ask('GET', `/v1/messages/${id}`)).body).toMatchObject({ status: 'sent' });
});

test('a webhook of more than a thousand reports is applied in parts, in its order, once', async () => {
  const door = await openDoor(shared, { script, hookReaders: { smtp: believing() } });
  const id = await sent(door);
  const opens = Array.from({ length: 1_001 }, () => ({ ...bounce(id), type: 'opened' as const }));
  const all: ProviderReport[] = [...opens, bounce(id)];
  const parts: number[] = [];
  const apply = shared.store.applyReports.bind(shared.store);
  const counting = await openDoor(shared, {
    ...{ script, hookReaders: { smtp: believing() } },
    store: {
      applyReports: async (provider, reports) => {
        parts.push(reports.length);
        // It breaks off after the first part, once.
        if (parts.length === 2) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
        return await apply(provider, reports);
      },
    },
  });
  expect((await post(counting, 'smtp', all)).status).toBe(503);
  expect((await post(counting, 'smtp', all)).body).toEqual({ applied: 802, duplicates: 200, unmatched: 0 });
  expect(parts).toEqual([200, 200, ...[200, 200, 200, 200, 200, 2]]);
  expect((await door.ask('GET', `/v1/messages/${id}`)).body.status).toBe('bounced');
});

test('what a webhook asks to have confirmed is confirmed after it was verified; where it fails, it is a 503', async () => {
  let confirmed = 0;
  const confirm = async (): Promise<void> => void (confirmed += 1);
  const fail = async (): Promise<void> => Promise.reject(new Error('404 at sns'));
  const door = await openDoor(shared, {
    script,
    hookReaders: {
      good: believing({ confirm }),
      bad: believing({ confirm: fail }),
      forged: {
        readHook: async () =>
          Promise.reject(
            Object.assign(new Error('no'), { name: 'WebhookRefused', code: 'invalid_signature' }),
          ),
      },
    },
  });
  expect((await post(door, 'good')).status).toBe(200);
  expect((await post(door, 'forged')).status).toBe(403);
  expect(confirmed).toBe(1);
  const answer = await post(door, 'bad');
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '20']);
});

test('the recipient of a bounced email is told of with what to do, and so is the next send to it', async () => {
  const door = await openDoor(shared, { script, hookReaders: { smtp: believing() } });
  const id = await sent(door);
  await post(door, 'smtp', [bounce(id)]);
  const { body } = await door.ask('GET', `/v1/messages/${id}`);
  expect(body.recipients[0]).toMatchObject({
    bounce: 'hard',
    advice: expect.stringMatching(/^Do not retry this address/u),
  });
  const email = { to: 'ada@reader.example', subject: 'Again', text: 'Again' };
  const denied = await door.ask('POST', '/v1/messages', { body: email });
  expect(denied.body).toMatchObject({
    code: 'policy_denied',
    advice: expect.stringMatching(/^Do not retry this address/u),
  });
  await publishAll(shared.store);
  const events = await door.ask('GET', `/v1/events?message=${id}&types=message.bounced,suppression.created`);
  const advice = (events.body.items as { data: { advice?: string } }[]).map((one) => one.data.advice);
  expect(advice).toEqual([expect.stringMatching(/^Do not retry/u), expect.stringMatching(/^Do not retry/u)]);
});
