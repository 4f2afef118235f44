import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createClient, InvalidRequestError, MailwardenError } from '../src/client.js';
import { answer, clientOf, scripted } from './support/client.js';
import { openDoor } from './support/door.js';
import { testStore, type TestStore } from './support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const sent = (): Response => answer({ id: 'msg_1', status: 'queued' }, 202);

test('each operation is a function, with its fields in the path, the query or the body', async () => {
  const door = await openDoor(shared, { mailbox: { autonomy: 'review_all' } });
  const client = clientOf(door);
  const { id } = await client.messages.send({ mailbox: door.mailbox.address, ...EMAIL });
  expect(await client.messages.get({ id })).toMatchObject({ id, status: 'held' });
  expect((await client.messages.list({ status: 'held', limit: 1 })).items).toHaveLength(1);
  expect((await client.approvals.list()).items).toHaveLength(1);
  expect((await client.mailboxes.get({ mailbox: door.mailbox.address })).id).toBe(door.mailbox.id);
  const admin = clientOf(door, door.admin.apiKey);
  const added = await admin.suppressions.add({ address: 'eve@reader.example' });
  expect(await admin.suppressions.remove({ id: added.id })).toEqual({ id: added.id, removed: true });
});

test('two calls are two emails, and a key that is given makes them one', async () => {
  const client = clientOf(await openDoor(shared));
  const ids = new Set<string>();
  for (let i = 0; i < 2; i++) ids.add((await client.messages.send(EMAIL)).id);
  expect(ids.size).toBe(2);
  for (let i = 0; i < 2; i++) ids.add((await client.messages.send({ ...EMAIL, idempotencyKey: 'one' })).id);
  expect(ids.size).toBe(3);
  ids.add((await client.messages.send(EMAIL, { idempotencyKey: 'one' })).id);
  expect(ids.size).toBe(3);
});

test('without any key the server tells a repetition by its content', async () => {
  const client = clientOf(await openDoor(shared));
  const first = await client.messages.send(EMAIL, { idempotencyKey: null });
  expect(await client.messages.send(EMAIL, { idempotencyKey: null })).toMatchObject({
    ...{ id: first.id, replayed: true },
  });
});

test('a dedupeKey is the key of its call, and gets no other beside it', async () => {
  const { client, seen } = scripted([sent(), sent()]);
  await client.messages.send({ ...EMAIL, dedupeKey: 'one' });
  await client.messages.send(EMAIL);
  expect(seen.map((one) => one.headers.has('Idempotency-Key'))).toEqual([false, true]);
});

test('a problem is an error with its code, status and details', async () => {
  const door = await openDoor(shared);
  const failed = await clientOf(door)
    .messages.send({ ...EMAIL, subject: 'a\nb' })
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(InvalidRequestError);
  expect(failed).toBeInstanceOf(MailwardenError);
  expect(failed).toMatchObject({ code: 'invalid_request', status: 400, field: 'subject', retryable: false });
});

test.each(['.', '..', ' ', ''])('an id that is %j never becomes another path', async (id) => {
  const { client, seen } = scripted([sent()]);
  await expect(client.messages.cancel({ id })).rejects.toMatchObject({
    code: 'invalid_request',
    field: 'id',
  });
  expect(seen).toEqual([]);
});

test('a signal ends a call with its own reason', async () => {
  const never = (_: unknown, init?: RequestInit): Promise<Response> =>
    new Promise((_resolve, reject) =>
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
    );
  const client = createClient({ url: 'http://x.test', apiKey: 'k', fetch: never });
  const ended = new AbortController();
  const asked = client.messages.get({ id: 'msg_1' }, { signal: ended.signal });
  ended.abort(new Error('no longer wanted'));
  await expect(asked).rejects.toThrow('no longer wanted');
});

test('the client carries no Node, no store and no Temporal', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    // The build puts data in its place: see scripts/finish-build.js.
    if (file === 'src/client/routes.ts') return;
    for (const [, source = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*? from '([^']+)'/gmsu,
    ))
      if (source.startsWith('.')) visit(path.join(path.dirname(file), source.replace(/\.js$/u, '.ts')));
      else seen.add(source);
  };
  visit('src/client.ts');
  const outside = [...seen].filter((one) => !/^src\/(client[./]|core\/)/u.test(one));
  expect(outside.sort()).toEqual(['eventsource-parser', 'standardwebhooks']);
});
