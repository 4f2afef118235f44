import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Client, Connection } from '@temporalio/client';
import { openDoor } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

const EMAIL = { to: 'ada@reader.example', subject: 'Hello', text: 'Hello Ada' };
const coded = (code: string | number, message = 'ada@reader.example'): Error =>
  Object.assign(new Error(message), { code });

test.each([
  ['the connection is refused', coded('ECONNREFUSED')],
  ['the database shuts down', coded('57P01')],
  ['the database says that the connection failed', coded('08006')],
  ['a statement times out', coded('57014')],
  ['the pool has no connection', new Error('timeout exceeded when trying to connect')],
  ['the connection breaks', new Error('Connection terminated unexpectedly')],
  ['it is hidden in a cause', new Error('query failed', { cause: coded('ECONNRESET') })],
  ['it is hidden in several errors', new AggregateError([coded('ECONNREFUSED')], 'all failed')],
  ['gRPC says unavailable', coded(14)],
])('where %s, the answer is a 503 that may be repeated', async (_, error) => {
  const door = await openDoor(shared, { store: { messages: async () => Promise.reject(error) } });
  const { status, body, headers } = await door.ask('GET', '/v1/messages');
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
  expect(JSON.stringify(body) + door.logged()).not.toContain('ada@');
});

test('a database that is down at the key already is a 503, not a 401', async () => {
  const door = await openDoor(shared, {
    store: { callerOf: async () => Promise.reject(coded('ECONNREFUSED')) },
  });
  expect((await door.ask('POST', '/v1/messages', { body: EMAIL })).status).toBe(503);
});

test('a mistake of ours is a 500 without a word about it', async () => {
  const door = await openDoor(shared, {
    store: { messages: async () => Promise.reject(new TypeError('x of ada@reader.example')) },
  });
  const { status, body } = await door.ask('GET', '/v1/messages');
  expect([status, body.code]).toEqual([500, 'internal']);
  expect(JSON.stringify(body)).not.toMatch(/ada@|TypeError/u);
});

test('a Temporal that nobody serves is a 503 within its deadline, and readiness says which half is down', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  const connection = Connection.lazy({ address: `127.0.0.1:${port}` });
  const door = await openDoor(shared, {
    deps: {
      temporal: { client: new Client({ connection }), taskQueue: 'test' },
      deadlines: { connect: 200 },
      clock: () => new Date(),
    },
  });
  const start = Date.now();
  const { status, body, headers } = await door.ask('POST', '/v1/messages', { body: EMAIL });
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
  expect(Date.now() - start).toBeLessThan(4_000);
  const ready = await door.ask('GET', '/readyz');
  expect([ready.status, ready.body]).toEqual([503, { store: 'ok', temporal: 'down' }]);
  expect((await door.ask('GET', '/healthz')).status).toBe(200);
  await connection.close();
});

test('a server whose two halves answer is ready; without its database it is not', async () => {
  const door = await openDoor(shared);
  expect((await door.ask('GET', '/readyz')).status).toBe(200);
  const down = await openDoor(shared, { store: { ping: async () => Promise.reject(new Error('x')) } });
  const answer = await down.ask('GET', '/readyz');
  expect([answer.status, answer.body]).toEqual([503, { store: 'down', temporal: 'ok' }]);
});
