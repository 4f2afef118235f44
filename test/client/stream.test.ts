/** @module Events over connections that break: none is lost, none comes twice. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createClient, type ClientOptions, type MailwardenClient, type Retry } from '../../src/client.js';
import type { StreamOptions } from '../../src/client.js';

type Serve = (response: ServerResponse, request: IncomingMessage) => void;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers each connection by the next of these, and the last one for ever. */
async function streaming(
  connections: Serve[],
  over: Partial<ClientOptions> = {},
): Promise<{ client: MailwardenClient; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  server = createServer((request, response) => {
    seen.push(request);
    (connections[seen.length - 1] ?? connections.at(-1))?.(response, request);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return { seen, client: createClient({ url, apiKey: 'k', random: () => 0, ...over }) };
}

const event = (id: string): string => `id: ${id}\nevent: message.sent\ndata: {"id":"${id}"}\n\n`;
const open = (response: ServerResponse, ...texts: string[]): void => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
  for (const text of texts) response.write(text);
};
const refuse =
  (status: number, code: string): Serve =>
  (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ code }));

/** The ids of the first events. */
async function first(
  count: number,
  client: MailwardenClient,
  options: StreamOptions = {},
): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of client.events.stream({ types: ['message.sent'] }, options)) {
    ids.push(id);
    if (ids.length === count) break;
  }
  return ids;
}

test('a stream that breaks goes on after the last event that was handed out', async () => {
  const { client, seen } = await streaming([
    // The second event breaks off in its middle: it was never handed out.
    (response) => {
      open(response, event('evt_1'), 'id: evt_2\ndata: {"id":"ev');
      setTimeout(() => response.destroy(), 30);
    },
    refuse(503, 'unavailable'),
    (response) => open(response, ': heartbeat\n\n', event('evt_2'), event('evt_3')),
  ]);
  expect(await first(3, client)).toEqual(['evt_1', 'evt_2', 'evt_3']);
  expect(seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'evt_1', 'evt_1']);
  expect(seen[2]?.url).toBe('/v1/events/stream?types=message.sent');
  expect(seen[0]?.headers.accept).toBe('text/event-stream');
});

test('a stream that breaks before anything came begins again where it began', async () => {
  const { client, seen } = await streaming([
    (response) => {
      response.setHeader('Date', 'Sat, 31 Jan 2026 09:00:00 GMT');
      open(response);
      setTimeout(() => response.destroy(), 30);
    },
    (response) => open(response, event('evt_1')),
  ]);
  expect(await first(1, client)).toEqual(['evt_1']);
  expect(new URL(`http://x${seen[1]?.url ?? ''}`).searchParams.get('since')).toBe('2026-01-31T09:00:00.000Z');
});

test('a connection that falls silent counts as broken, one with heartbeats does not', async () => {
  const told: Retry[] = [];
  const { client, seen } = await streaming(
    [
      (response) => open(response, event('evt_1')),
      (response) => {
        open(response);
        const beats = setInterval(() => response.write(': beat\n\n'), 40);
        setTimeout(() => response.write(event('evt_2')), 300);
        response.on('close', () => clearInterval(beats));
      },
    ],
    { onRetry: (one) => void told.push(one) },
  );
  expect(await first(2, client, { silence: 150 })).toEqual(['evt_1', 'evt_2']);
  expect(seen).toHaveLength(2);
  expect(told).toMatchObject([
    { operation: 'events.stream', attempt: 1, error: { code: 'connection_failed' } },
  ]);
});

test('a stream that the server ends is begun again, and a key that was revoked meanwhile ends it', async () => {
  const { client, seen } = await streaming([
    (response) => {
      open(response, event('evt_1'));
      response.end();
    },
    refuse(401, 'unauthorized'),
  ]);
  await expect(first(2, client)).rejects.toMatchObject({ code: 'unauthorized' });
  expect(seen).toHaveLength(2);
});

test('a server that is not there at the start is an error, after as many tries as for any call', async () => {
  const { client, seen } = await streaming([refuse(503, 'unavailable')]);
  await expect(first(1, client, { retries: 1 })).rejects.toMatchObject({ code: 'unavailable' });
  expect(seen).toHaveLength(2);
});

test('the connection is closed when the reader stops, and when the signal ends it', async () => {
  let closed = 0;
  const { client } = await streaming([
    (response) => {
      open(response, event('evt_1'));
      response.on('close', () => closed++);
    },
  ]);
  expect(await first(1, client)).toEqual(['evt_1']);
  await expect.poll(() => closed).toBe(1);
  const ended = new AbortController();
  const reading = first(2, client, { signal: ended.signal });
  setTimeout(() => ended.abort(new Error('enough')), 80);
  await expect(reading).rejects.toThrow('enough');
  await expect.poll(() => closed).toBe(2);
});

test('a reader that takes its time is not taken for a silent server', async () => {
  const { client, seen } = await streaming([(response) => open(response, event('evt_1'), event('evt_2'))]);
  const ids: string[] = [];
  for await (const { id } of client.events.stream({}, { silence: 60 })) {
    ids.push(id);
    if (ids.length === 2) break;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  expect(ids).toEqual(['evt_1', 'evt_2']);
  expect(seen).toHaveLength(1);
});
