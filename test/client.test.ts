import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createClient, MailwardenError, type MailwardenClient } from '../src/client.js';
import { openDoor, type Door } from './support/door.js';
import { testStore, type TestStore } from './support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };

/** A client whose requests go to a door in process. */
const clientOf = (door: Door, apiKey = door.agent.apiKey): MailwardenClient =>
  createClient({
    url: 'http://localhost/',
    apiKey,
    fetch: (url, init) => door.fetch(new Request(url, init)),
  });

/** A client whose requests are answered one after the other by what is listed. */
function scripted(answers: (Response | Error)[]): { client: MailwardenClient; seen: Request[] } {
  const seen: Request[] = [];
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    seen.push(new Request(url, init));
    const next = answers.shift() ?? new Error('no more answers');
    if (next instanceof Error) throw next;
    return next;
  };
  return { seen, client: createClient({ url: 'http://x.test', apiKey: 'k', fetch }) };
}
const problem = (status: number, code: string, headers = {}): Response =>
  new Response(JSON.stringify({ code, detail: 'because', id: 'msg_1' }), { status, headers });
const sent = (): Response => new Response(JSON.stringify({ id: 'msg_1', status: 'queued' }), { status: 202 });

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
  expect(failed).toBeInstanceOf(MailwardenError);
  expect(failed).toMatchObject({ code: 'invalid_request', status: 400, details: { field: 'subject' } });
});

test('a send that got no answer, or a 503, is repeated under the same key', async () => {
  const { client, seen } = scripted([
    new TypeError('fetch failed'),
    problem(503, 'outcome_unknown', { 'Retry-After': '0' }),
    sent(),
  ]);
  expect(await client.messages.send(EMAIL)).toMatchObject({ id: 'msg_1' });
  const keys = seen.map((one) => one.headers.get('idempotency-key'));
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/u);
});

test('the repeats end, and the last failure is told', async () => {
  const { client, seen } = scripted(
    Array.from({ length: 9 }, () => problem(503, 'unavailable', { 'Retry-After': '0' })),
  );
  await expect(client.messages.get({ id: 'x' })).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  expect(seen).toHaveLength(4);
});

test.each([
  ['a refusal', problem(429, 'rate_limited', { 'Retry-After': '0' }), 'rate_limited'],
  ['a mistake', problem(500, 'internal'), 'internal'],
  ['what is not ours', new Response('<html>', { status: 502 }), 'http_502'],
])('%s is not repeated', async (_, answer, code) => {
  const { client, seen } = scripted([answer, sent()]);
  await expect(client.messages.send(EMAIL)).rejects.toMatchObject({ code });
  expect(seen).toHaveLength(1);
});

test('what has an effect each time is not repeated', async () => {
  const { client, seen } = scripted([new TypeError('fetch failed'), sent()]);
  await expect(client.keys.create({ name: 'k', scopes: ['messages:read'] })).rejects.toMatchObject({
    ...{ code: 'connection_failed', status: 0 },
  });
  expect(seen).toHaveLength(1);
});

test('the client carries no Node, no store and no Temporal', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, source = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*? from '([^']+)'/gmsu,
    ))
      if (source.startsWith('.')) visit(path.join(path.dirname(file), source.replace(/\.js$/u, '.ts')));
      else seen.add(source);
  };
  visit('src/client.ts');
  const outside = [...seen].filter((one) => !one.startsWith('src/core/') && !one.startsWith('src/service/'));
  expect(outside.sort()).toEqual(
    ['canonicalize', 'isemail', 'src/client.ts', 'tr46', 'zod'].filter((one) => seen.has(one)),
  );
  expect([...seen].filter((one) => /^node:|temporal|src\/store/u.test(one))).toEqual([]);
});
