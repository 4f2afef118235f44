/** @module What the client repeats, what it does not, and how long it waits. */
import { expect, test } from 'vitest';
import type { Retry } from '../../src/client.js';
import { answer, problem, scripted } from '../support/client.js';

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const SOON = { 'Retry-After': '0' };
const sent = (): Response => answer({ id: 'msg_1', status: 'queued' }, 202);

/** An answer that breaks off in the middle. */
const cut = (): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"id":"ms'));
        controller.error(new TypeError('terminated'));
      },
    }),
    { status: 202 },
  );

test('a send that got no answer, half of one, or a 503, is repeated under the same key', async () => {
  const { client, seen } = scripted([
    new TypeError('fetch failed'),
    cut(),
    problem(503, 'outcome_unknown', SOON),
    sent(),
  ]);
  expect(await client.messages.send(EMAIL)).toMatchObject({ id: 'msg_1' });
  const keys = seen.map((one) => one.headers.get('idempotency-key'));
  expect(keys).toHaveLength(4);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/u);
});

test.each([
  ['a server that is busy', problem(429, 'rate_limited', SOON)],
  ['a first call that is under way', problem(409, 'idempotency_in_progress', SOON)],
  ['a proxy without a server behind it', new Response('<html>', { status: 502, headers: SOON })],
  ['a proxy that lost patience', new Response('', { status: 504, headers: SOON })],
])('%s is asked again', async (_, first) => {
  const { client, seen } = scripted([first, sent()]);
  expect(await client.messages.send(EMAIL)).toMatchObject({ id: 'msg_1' });
  expect(seen).toHaveLength(2);
});

test.each([
  ['a limit of policy', problem(429, 'rate_limited', SOON, { id: 'msg_1' }), 'rate_limited'],
  ['a mistake of the server', problem(500, 'internal'), 'internal'],
  ['another conflict', problem(409, 'conflict', SOON), 'conflict'],
  ['what is not ours', new Response('<html>', { status: 403 }), 'http_403'],
  ['an answer that is no JSON', new Response('<html>', { status: 200 }), 'http_200'],
])('%s is not repeated', async (_, first, code) => {
  const { client, seen } = scripted([first, sent()]);
  await expect(client.messages.send(EMAIL)).rejects.toMatchObject({ code });
  expect(seen).toHaveLength(1);
});

test('what only a key makes safe is not repeated without one', async () => {
  const lost = (): Error => new TypeError('fetch failed');
  const keyed = scripted([lost(), answer({ id: 'drf_1' }, 201)]);
  expect(await keyed.client.drafts.create({ subject: 'Hello' })).toMatchObject({ id: 'drf_1' });
  const { client, seen } = scripted([lost(), answer({ id: 'drf_2' }, 201)]);
  await expect(client.drafts.create({ subject: 'Hello' }, { idempotencyKey: null })).rejects.toMatchObject({
    code: 'connection_failed',
  });
  expect(seen).toHaveLength(1);
});

test('the repeats end, and the last failure is told', async () => {
  const { client, seen } = scripted(Array.from({ length: 9 }, () => problem(503, 'unavailable', SOON)));
  await expect(client.messages.get({ id: 'x' })).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  expect(seen).toHaveLength(4);
  await expect(client.messages.get({ id: 'x' }, { retries: 0 })).rejects.toMatchObject({ status: 503 });
  expect(seen).toHaveLength(5);
});

test('the pauses grow, keep to what the server asks, and spread by chance', async () => {
  const told: Retry[] = [];
  const over = { onRetry: (one: Retry) => void told.push(one), random: () => 0.5 };
  const failures = [new TypeError('fetch failed'), new TypeError('fetch failed')];
  await scripted([...failures, problem(503, 'unavailable', { 'Retry-After': '0.01' }), sent()], {
    ...over,
  }).client.messages.send(EMAIL);
  expect(told.map(({ delay }) => Math.round(delay * 10) / 10)).toEqual([300, 600, 10.5]);
  expect(told[2]).toMatchObject({
    ...{ operation: 'messages.send', attempt: 3, error: { code: 'unavailable', retryAfter: 0.01 } },
  });
});

test('a pause that is longer than the patience is not begun', async () => {
  const { client, seen } = scripted([problem(429, 'rate_limited', { 'Retry-After': '61' }), sent()]);
  await expect(client.messages.send(EMAIL)).rejects.toMatchObject({ retryAfter: 61 });
  expect(seen).toHaveLength(1);
});

test('a signal also ends a pause', async () => {
  const { client, seen } = scripted([problem(503, 'unavailable', { 'Retry-After': '50' }), sent()]);
  await expect(client.messages.send(EMAIL, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    ...{ name: 'TimeoutError' },
  });
  expect(seen).toHaveLength(1);
});
