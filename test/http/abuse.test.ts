/**
 * @module What a hostile or broken client may try, over real connections: it is answered with a 4xx or closed, the
 * others are served meanwhile, and memory stays flat.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { configSchema } from '../../src/config.js';
import { serve, type RunningServer } from '../../src/server.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

const PATIENCE = { headers: 300, body: 300, request: 2_000, look: 50 };
const MB = 1024 * 1024;

let shared: TestStore;
let door: Door;
let server: RunningServer;
const open = new Set<Socket>();
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
  server = await serve(configSchema.parse({ http: { port: 0, maxConnections: 300 } }).http, PATIENCE);
  server.use((request) => door.fetch(request));
}, 60_000);
afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});
afterAll(async () => {
  await server.close();
  await shared.end();
});

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
  });

/** A connection that says `head`, and what it was told until it was closed. */
async function dial(
  head: string | Buffer = '',
  port = server.port,
): Promise<{ socket: Socket; told: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  open.add(socket);
  // A reset is one of the ways to be turned away.
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
  const told = closed(socket).then(() => text);
  await once(socket, 'connect');
  socket.write(head);
  return { socket, told };
}

const HEAD = (more = ''): string =>
  `POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${door.agent.apiKey}\r\nContent-Type: application/json\r\n${more}\r\n`;

/** Others are served. */
async function isServed(): Promise<void> {
  const response = await fetch(`${server.url}/v1/messages?limit=1`, {
    headers: { Authorization: `Bearer ${door.agent.apiKey}` },
    signal: AbortSignal.timeout(5_000),
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

const statusOf = (told: string): string => told.slice(9, 12);

test('200 connections that never finish their headers are closed, and others are served meanwhile', async () => {
  const slow = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => await dial(i % 2 ? 'GET / HTTP/1.1\r\nX-A: ' : '')),
  );
  const dripping = setInterval(() => slow.forEach(({ socket }) => socket.writable && socket.write('a')), 20);
  await isServed();
  const answers = await Promise.all(slow.map(({ told }) => told));
  clearInterval(dripping);
  for (const told of answers) expect(['', '400', '408']).toContain(statusOf(told));
  await isServed();
});

test('a body that stops in the middle is closed long before the time of a whole request', async () => {
  const http = configSchema.parse({ http: { port: 0 } }).http;
  const lenient = await serve(http, { ...PATIENCE, request: 3_600_000 });
  lenient.use((request) => door.fetch(request));
  try {
    const { told } = await dial(`${HEAD('Content-Length: 1000\r\n')}{"to":`, lenient.port);
    expect(['', '400', '408']).toContain(statusOf(await told));
  } finally {
    await lenient.close();
  }
});

test('a body that drips for ever is closed when its time is over', async () => {
  const { socket, told } = await dial(HEAD('Transfer-Encoding: chunked\r\n'));
  const dripping = setInterval(() => socket.writable && socket.write('1\r\n \r\n'), 30);
  await isServed();
  expect(['', '400', '408']).toContain(statusOf(await told));
  clearInterval(dripping);
});

test('who waits for an answer for longer than a body may pause is not closed', async () => {
  const patient = await serve(configSchema.parse({ http: { port: 0 } }).http, PATIENCE);
  patient.use(async () => {
    await new Promise((resolve) => setTimeout(resolve, 3 * PATIENCE.body));
    return new Response('late');
  });
  try {
    expect(await (await fetch(patient.url, { method: 'POST', body: 'x' })).text()).toBe('late');
    expect(await (await fetch(patient.url)).text()).toBe('late');
  } finally {
    await patient.close();
  }
});

test('connections beyond the cap are closed at once, and room is there again afterwards', async () => {
  const small = await serve(configSchema.parse({ http: { port: 0, maxConnections: 5 } }).http, PATIENCE);
  small.use(() => new Response('ok'));
  try {
    const many = await Promise.all(Array.from({ length: 20 }, async () => await dial('', small.port)));
    const answers = await Promise.all(many.map(({ told }) => told));
    // Five had their time; the others were not even listened to.
    expect(answers.filter((told) => statusOf(told) === '408')).toHaveLength(5);
    expect(answers.filter((told) => told === '')).toHaveLength(15);
    expect(await (await fetch(small.url)).text()).toBe('ok');
  } finally {
    await small.close();
  }
});

test('a body of 100 MB that does not say its length is refused, and memory stays flat', async () => {
  const before = process.memoryUsage().rss;
  let most = 0;
  const bodies = Array.from({ length: 3 }, async () => {
    const { socket, told } = await dial(HEAD('Transfer-Encoding: chunked\r\n'));
    const piece = Buffer.alloc(64 * 1024, 0x20);
    for (let sent = 0; sent < 100 * MB && socket.writable; sent += piece.length) {
      if (!socket.write(Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')])))
        await Promise.race([once(socket, 'drain').catch(() => undefined), told]);
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    socket.end();
    return await told;
  });
  await isServed();
  for (const told of await Promise.all(bodies)) expect(['', '408', '413']).toContain(statusOf(told));
  expect(most).toBeLessThan(300 * MB);
});

test('a million brackets are a 400 at once', async () => {
  const body = `{"context":${'['.repeat(1_000_000)}`;
  const { told } = await dial(`${HEAD(`Content-Length: ${body.length}\r\nConnection: close\r\n`)}${body}`);
  expect(statusOf(await told)).toBe('400');
});

test.each([
  ['half a million members', `{"headers":{${Array.from({ length: 500_000 }, (_, i) => `"${i}":1`).join()}}}`],
  ['a million numbers', `{"context":[${'1,'.repeat(1e6)}1]}`],
])('%s are a 400 before they are looked at', async (_, body) => {
  const { told } = await dial(`${HEAD(`Content-Length: ${body.length}\r\nConnection: close\r\n`)}${body}`);
  const answer = await told;
  expect([statusOf(answer), answer]).toEqual(['400', expect.stringContaining('more than 20000 values')]);
});

test.each([
  ['10,000 headers', (): string => Array.from({ length: 10_000 }, (_, i) => `X-${i}: a\r\n`).join(''), '431'],
  ['101 short headers', (): string => Array.from({ length: 101 }, (_, i) => `a${i}:\r\n`).join(''), '431'],
  ['a header of 100 kB', (): string => `X-A: ${'a'.repeat(100_000)}\r\n`, '431'],
  ['two lengths', (): string => 'Content-Length: 2\r\nContent-Length: 3\r\n', '400'],
  ['a length and chunks', (): string => 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '400'],
  ['NUL in a header', (): string => 'X-A: \0\r\n', '400'],
])('%s are turned away', async (_, more, status) => {
  const { told } = await dial(HEAD(`Connection: close\r\n${more()}`));
  expect(statusOf(await told)).toBe(status);
  await isServed();
});

test('90 headers are served', async () => {
  const headers = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`x-${i}`, 'a']));
  expect((await fetch(`${server.url}/healthz`, { headers })).status).toBe(200);
});

test.each([
  ['noise', randomBytes(4_000)],
  ['the greeting of TLS', Buffer.from('16030100a5010000a10303', 'hex')],
  [
    'requests without end behind a good one',
    Buffer.from(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n${'GET '.repeat(5_000)}`),
  ],
  ['a chunk of 2^64 bytes', (): string => `${HEAD('Transfer-Encoding: chunked\r\n')}ffffffffffffffff\r\n{}`],
  [
    'a chunk with a megabyte of extensions',
    (): string => `${HEAD('Transfer-Encoding: chunked\r\n')}1;${'a'.repeat(MB)}\r\n`,
  ],
])('%s: the connection is closed, and others are served', async (_, junk) => {
  const { told } = await dial(typeof junk === 'function' ? junk() : junk);
  expect((await told).match(/ 5\d\d /u)).toBeNull();
  await isServed();
});

test('a thousand requests in one go are answered one after the other', async () => {
  const one = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const { told } = await dial(one.repeat(999) + last);
  expect((await told).match(/HTTP\/1\.1 200/gu)).toHaveLength(1_000);
});
