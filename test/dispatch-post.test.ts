/** @module One POST to an endpoint: what counts as an answer, and what is never called. */
import { createSocket } from 'node:dgram';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { LookupFunction } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { poster, type PostOptions, type Reply } from '../src/dispatch-post.js';
import { startEndpoint, type TestEndpoint } from './support/endpoint.js';

let endpoint: TestEndpoint;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
beforeEach(() => {
  endpoint.hits.length = 0;
  endpoint.answers.length = 0;
});
afterAll(() => endpoint.close());

const post = (
  url: string,
  options: Partial<PostOptions> = {},
  signal = new AbortController().signal,
): Promise<Reply | string> =>
  poster({ timeoutMs: 2_000, allowPrivate: true, ...options })({
    ...{
      url,
      signal,
      headers: { 'Content-Type': 'application/json', 'webhook-id': 'evt_1' },
      body: '{"ä":1}',
    },
  }).catch((error: unknown) => (error as { code: string }).code);

test('the body arrives as it is, once, and the status comes back', async () => {
  endpoint.answers.push((_, response) => response.writeHead(503, { 'Retry-After': '7' }).end());
  expect(await post(`${endpoint.url}/hook?a=b`)).toEqual({ status: 503, retryAfter: '7' });
  expect(endpoint.hits).toMatchObject([
    { path: '/hook?a=b', body: '{"ä":1}', headers: { 'webhook-id': 'evt_1', 'content-length': '8' } },
  ]);
});

test('a redirect is an answer and is not followed', async () => {
  endpoint.answers.push((_, response) =>
    response.writeHead(307, { Location: `${endpoint.url}/other` }).end(),
  );
  expect(await post(endpoint.url)).toMatchObject({ status: 307 });
  expect(endpoint.hits).toHaveLength(1);
});

test('who does not answer in time is left; whose answer has no end is answered all the same', async () => {
  endpoint.answers.push(() => undefined);
  expect(await post(endpoint.url, { timeoutMs: 100 })).toBe('timeout');
  let written = 0;
  endpoint.answers.splice(0, 1, (_, response) => {
    response.writeHead(200);
    const write = (): void => {
      written += 65_536;
      if (!response.destroyed && written < 2 ** 28 && response.write(Buffer.alloc(65_536)))
        setImmediate(write);
    };
    response.on('drain', write);
    write();
  });
  expect(await post(endpoint.url)).toMatchObject({ status: 200 });
  expect(written).toBeLessThan(2 ** 24);
  endpoint.answers.splice(0, 1, (_, response) => void response.writeHead(200).write('.'));
  expect(await post(endpoint.url, { timeoutMs: 10_000 })).toMatchObject({ status: 200 });
});

test('a failure has a code and never an address', async () => {
  const nobody = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
  const { port } = nobody.address() as AddressInfo;
  await new Promise((resolve) => nobody.close(resolve));
  expect(await post(`http://127.0.0.1:${port}`)).toBe('connection_refused');
  expect(await post(endpoint.url.replace('http:', 'https:'))).toBe('tls_failed');
  expect(await post('http://nobody.invalid/')).toBe('name_not_found');
  endpoint.answers.push((_, response) => void response.destroy());
  expect(await post(endpoint.url)).toBe('connection_lost');
  endpoint.answers.splice(0, 1, (_, response) => void response.socket?.end('hello\r\n\r\n'));
  expect(await post(endpoint.url)).toBe('not_http');
});

/** As a server that speaks another protocol from now on. */
const switching: RequestListener = (_, response) =>
  void response.socket?.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  );

test('a switch of protocols is an answer, and the connection is closed', async () => {
  let isClosed = false;
  endpoint.answers.push((request, response) => {
    response.socket?.on('close', () => void (isClosed = true));
    switching(request, response);
  });
  expect(await post(endpoint.url)).toEqual({ status: 101, retryAfter: undefined });
  await expect.poll(() => isClosed).toBe(true);
});

test('whoever stops it has an end, at whatever point it is', async () => {
  const stopped = new AbortController();
  stopped.abort();
  expect(await post(endpoint.url, {}, stopped.signal)).toBe('connection_failed');
  expect(endpoint.hits).toEqual([]);
  const never: LookupFunction = () => undefined;
  const stop = new AbortController();
  const answer = post('http://silent.example/', { timeoutMs: 10_000, lookup: never }, stop.signal);
  setTimeout(() => stop.abort(), 20);
  expect(await answer).toBe('connection_failed');
  // What was answered is known, though not all of it was read.
  endpoint.answers.push((_, response) => void response.writeHead(202).write('.'));
  expect(await post(endpoint.url, { timeoutMs: 300 })).toMatchObject({ status: 202 });
});

test('the name of an endpoint is asked of name servers alone, and their silence is of no consequence to others', async () => {
  let asked = 0;
  const silent = createSocket('udp4').on('message', () => void (asked += 1));
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
  const resolver = new Resolver({ timeout: 3_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${silent.address().port}`]);
  let settled = 0;
  const posts = Array.from({ length: 12 }, (_, i) =>
    post(`https://hooks${i}.example.com/`, { allowPrivate: false, resolver, timeoutMs: 1_000 }).finally(
      () => void (settled += 1),
    ),
  );
  await expect.poll(() => asked).toBeGreaterThanOrEqual(24);
  // Both need a thread of the few.
  await lookup('localhost');
  await readFile(new URL(import.meta.url));
  expect(settled).toBe(0);
  expect(new Set(await Promise.all(posts))).toEqual(new Set(['timeout']));
  resolver.cancel();
  silent.close();
});

test('where private addresses may be called, a name that only this machine knows is called', async () => {
  const { port } = new URL(endpoint.url);
  expect(await post(`http://localhost:${port}`)).toMatchObject({ status: 200 });
});

test('whoever stops it does not wait for it', async () => {
  endpoint.answers.push(() => undefined);
  const stop = new AbortController();
  const answer = post(endpoint.url, { timeoutMs: 10_000 }, stop.signal);
  await expect.poll(() => endpoint.hits.length).toBe(1);
  stop.abort();
  expect(await answer).toBe('connection_failed');
});

test('an address inside is not called, as it is or by a name, whatever was checked before', async () => {
  const { port } = new URL(endpoint.url);
  const inside: LookupFunction = (_name, options, callback) =>
    options.all === true
      ? callback(null, [{ address: '127.0.0.1', family: 4 }])
      : callback(null, '127.0.0.1', 4);
  for (const url of [`https://127.0.0.1:${port}`, `https://[::ffff:7f00:1]:${port}`, endpoint.url])
    expect(await post(url, { allowPrivate: false })).toBe('address_not_allowed');
  // Outside when the endpoint was made, inside when it is called.
  expect(await post(`https://rebound.example:${port}`, { allowPrivate: false, lookup: inside })).toBe(
    'address_not_allowed',
  );
  expect(endpoint.hits).toEqual([]);
  expect(await post(`http://rebound.example:${port}`, { lookup: inside })).toMatchObject({ status: 200 });
});
