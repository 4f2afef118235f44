/** @module One HTTP call against raw sockets: what it says of a failure, beside what the far end really got. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerOfPlain, isHtml, retryAfterOf } from '../../src/providers/vendor/http-answer.js';
import { createHttpCaller, type HttpCall, type HttpCaller } from '../../src/providers/vendor/http-call.js';

interface Far {
  port: number;
  /** What came in since the last answer, over all connections. */
  got: Buffer[];
  sockets: Socket[];
}

/** A server of bytes. */
async function far(
  onSocket: (socket: Socket, at: Far) => void,
  server: Server = createServer(),
): Promise<Far> {
  const at: Far = { port: 0, got: [], sockets: [] };
  server.on('connection', (socket: Socket) => {
    at.sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket, at);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  at.port = (server.address() as AddressInfo).port;
  onTestFinished(async () => {
    for (const socket of at.sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return at;
}

/** Keeps what comes in, and acts on it. */
const hears = (act: (socket: Socket, at: Far) => void) => (socket: Socket, at: Far) =>
  socket.on('data', (chunk) => {
    at.got.push(chunk);
    act(socket, at);
  });

const sizeOf = ({ got }: Far): number => got.reduce((sum, chunk) => sum + chunk.length, 0);

/** True once head and body have come in as the Content-Length says; the head is in the first chunk. */
function isWhole(at: Far): boolean {
  const text = at.got[0]?.toString('latin1') ?? '';
  const head = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/iu.exec(text)?.[1];
  return head > 0 && sizeOf(at) >= head + 4 + Number(length);
}

const answers = (text: string) =>
  hears((socket, at) => {
    if (!isWhole(at)) return;
    at.got = [];
    socket.write(text);
  });

function calling(
  at: Far | number,
  options: { connectTimeout?: number; idleTimeout?: number; scheme?: string } = {},
): HttpCaller {
  const port = typeof at === 'number' ? at : at.port;
  const { scheme = 'http', connectTimeout = 2_000, idleTimeout = 2_000 } = options;
  const caller = createHttpCaller({ base: `${scheme}://127.0.0.1:${port}/`, connectTimeout, idleTimeout });
  onTestFinished(() => caller.close());
  return caller;
}

const post = (change: Partial<HttpCall> = {}): HttpCall => ({
  method: 'POST',
  path: '/send',
  headers: { 'Content-Type': 'application/json' },
  body: '{"mail":"hello"}',
  signal: AbortSignal.timeout(5_000),
  ...change,
});

/** More than every buffer between two sockets of one machine. */
const BIG = Buffer.alloc(32 * 1024 * 1024, 'x');
const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"id":"m1"}';

describe('what did not go out is `before`', () => {
  /** The outcome, and whether `beforeWire` was called. */
  async function outcome(caller: HttpCaller, change: Partial<HttpCall> = {}) {
    let isAsked = false;
    const given = await caller.call(post({ beforeWire: () => void (isAsked = true), ...change }));
    return { ...given, isAsked };
  }

  test('a port where nobody listens', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    expect(await outcome(calling(port))).toEqual({
      failed: 'before',
      reason: 'transient',
      code: 'ECONNREFUSED',
      isAsked: false,
    });
  });

  test('a name that does not exist', async () => {
    const caller = createHttpCaller({ base: 'http://nobody.invalid', connectTimeout: 2_000 });
    expect(await outcome(caller)).toMatchObject({ failed: 'before', isAsked: false });
  });

  test('a far end that does not speak TLS', async () => {
    const at = await far(hears((socket) => socket.end('220 mail.example ESMTP\r\n')));
    expect(await outcome(calling(at, { scheme: 'https' }))).toMatchObject({
      failed: 'before',
      reason: 'config',
      isAsked: false,
    });
  });

  test('a far end that takes the connection and says nothing to the handshake', async () => {
    const at = await far(() => undefined);
    expect(await outcome(calling(at, { scheme: 'https', connectTimeout: 100 }))).toEqual({
      failed: 'before',
      reason: 'timeout',
      code: 'CONNECT_TIMEOUT',
      isAsked: false,
    });
  });

  test('a certificate that nobody vouches for: it gets no byte of the request', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mailwarden-tls-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name)) as [string, string];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=x',
      ].concat(['-keyout', key, '-out', cert]),
      { stdio: 'ignore' },
    );
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) });
    let got = 0;
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket) =>
      socket.on('data', (chunk: Buffer) => void (got += chunk.length)),
    );
    const at = await far(() => undefined, server);
    expect(await outcome(calling(at, { scheme: 'https' }))).toMatchObject({
      failed: 'before',
      reason: 'config',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      isAsked: false,
    });
    expect(got).toBe(0);
  });

  test('a lease that is over by the time the connection stands: not a byte, not even the head', async () => {
    const at = await far(hears(() => undefined));
    const beforeWire = (): void => {
      expect(sizeOf(at)).toBe(0);
      throw new Error('over');
    };
    expect(await outcome(calling(at), { beforeWire })).toMatchObject({
      failed: 'before',
      code: 'LEASE_OVER',
    });
    await once(at.sockets[0]!, 'close');
    expect(sizeOf(at)).toBe(0);
  });

  test('a call that was given up before it began', async () => {
    const at = await far(() => undefined);
    expect(await outcome(calling(at), { signal: AbortSignal.abort() })).toMatchObject({
      failed: 'before',
      isAsked: false,
    });
    expect(at.sockets).toEqual([]);
  });

  test('a key that cannot stand in a header', async () => {
    const at = await far(() => undefined);
    const headers = { Authorization: 'Bearer one\ntwo' };
    expect(await outcome(calling(at), { headers })).toMatchObject({ failed: 'before', reason: 'config' });
    expect(at.sockets).toEqual([]);
  });

  test('a kept connection that the far end has closed by the time it is used again', async () => {
    const at = await far(answers(OK));
    const caller = calling(at);
    expect(await outcome(caller)).toMatchObject({ status: 200 });
    at.sockets[0]!.resetAndDestroy();
    // The reset is in our kernel already, and Node has not looked yet.
    const next = await outcome(caller);
    expect(next).toMatchObject({ failed: 'before', isAsked: false });
    expect(await outcome(caller)).toMatchObject({ status: 200 });
    expect(at.sockets).toHaveLength(2);
  });

  test('a body whose end never left: a reset in its middle', async () => {
    const at = await far(hears((socket) => socket.resetAndDestroy()));
    expect(await outcome(calling(at), { body: BIG })).toMatchObject({ failed: 'before', isAsked: true });
    expect(isWhole(at)).toBe(false);
  });

  test('a body whose end never left: a far end that stops reading, until the lease is over', async () => {
    const at = await far((socket) => socket.pause());
    const signal = AbortSignal.timeout(200);
    expect(await outcome(calling(at), { body: BIG, signal })).toMatchObject({
      failed: 'before',
      reason: 'timeout',
    });
    // What is still on its way arrives now, and it is not the whole.
    hears(() => undefined)(at.sockets[0]!, at);
    at.sockets[0]!.resume();
    await once(at.sockets[0]!, 'close');
    expect(sizeOf(at)).toBeGreaterThan(0);
    expect(isWhole(at)).toBe(false);
  });
});

describe('what may have gone out is `after`', () => {
  test.each([
    ['a reset once all was read', post()],
    ['a reset once all of a large body was read', post({ body: BIG })],
  ])('%s', async (_, call) => {
    const at = await far(
      hears((socket, it) => {
        if (isWhole(it)) socket.resetAndDestroy();
      }),
    );
    expect(await calling(at).call(call)).toMatchObject({ failed: 'after', reason: 'transient' });
    expect(isWhole(at)).toBe(true);
  });

  test('a reset at the head of a small body, for it looks just the same', async () => {
    const at = await far(hears((socket) => socket.resetAndDestroy()));
    expect(await calling(at).call(post())).toMatchObject({ failed: 'after' });
  });

  test('a far end that closes without a word', async () => {
    const at = await far(
      hears((socket, it) => {
        if (isWhole(it)) socket.end();
      }),
    );
    expect(await calling(at).call(post())).toMatchObject({ failed: 'after' });
  });

  test('a far end that has read everything and does not answer in time', async () => {
    const at = await far(hears(() => undefined));
    const given = await calling(at).call(post({ signal: AbortSignal.timeout(150) }));
    expect(given).toEqual({ failed: 'after', reason: 'timeout', code: 'ABORTED' });
    expect(isWhole(at)).toBe(true);
  });

  test.each([
    ['a text that is no HTTP', 'hello\r\n\r\n'],
    ['a change of protocol', 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
  ])('%s', async (_, text) => {
    const at = await far(answers(text));
    expect(await calling(at).call(post())).toMatchObject({ failed: 'after' });
  });
});

describe('an answer is read', () => {
  test('with its JSON, and the connection is used again', async () => {
    const at = await far(answers(OK));
    const caller = calling(at);
    const seen: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      expect(await caller.call(post({ beforeWire: () => void seen.push(sizeOf(at)) }))).toMatchObject({
        status: 200,
        text: '{"id":"m1"}',
        json: { id: 'm1' },
      });
    }
    expect(at.sockets).toHaveLength(1);
    expect(seen).toEqual([0, 0, 0]);
  });

  test('without a body, and the connection is used again', async () => {
    const at = await far(answers('HTTP/1.1 202 Accepted\r\nX-Message-Id: m1\r\nContent-Length: 0\r\n\r\n'));
    const caller = calling(at);
    for (let i = 0; i < 2; i += 1)
      expect(await caller.call(post())).toMatchObject({ status: 202, headers: { 'x-message-id': 'm1' } });
    expect(at.sockets).toHaveLength(1);
  });

  test('however late it comes, and an idle connection is closed before the far end would', async () => {
    const at = await far(
      hears((socket, it) => {
        if (isWhole(it)) setTimeout(() => socket.write(OK), 120);
      }),
    );
    expect(await calling(at, { idleTimeout: 40 }).call(post())).toMatchObject({ status: 200 });
    const [socket] = at.sockets;
    if (socket?.closed === false) await once(socket, 'close');
  });

  test('a redirect is an answer, and nobody follows it', async () => {
    const at = await far(answers('HTTP/1.1 307 Go\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n'));
    expect(await calling(at).call(post())).toMatchObject({ status: 307 });
    expect(at.sockets).toHaveLength(1);
  });

  test.each([
    ['breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id":"m1"}', true],
    [
      'is longer than anybody reads',
      `HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'1'.repeat(70_000)}`,
      false,
    ],
  ])('a status counts even where the body %s, and the body does not', async (_, text, closes) => {
    const at = await far(
      hears((socket, it) => {
        if (!isWhole(it)) return;
        if (closes) socket.end(text);
        else socket.write(text);
      }),
    );
    expect(await calling(at).call(post())).toMatchObject({ status: 200, text: '', json: undefined });
  });

  test('one that comes before the body is out ends the body', async () => {
    const at = await far(
      hears((socket) => void socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')),
    );
    expect(await calling(at).call(post({ body: BIG }))).toMatchObject({ status: 413 });
  });

  test('to a GET, which has no body', async () => {
    const at = await far(hears((socket) => void socket.write(OK)));
    expect(
      await calling(at).call({ method: 'GET', path: '/x', headers: {}, signal: post().signal }),
    ).toMatchObject({
      json: { id: 'm1' },
    });
    expect(String(at.got[0])).toMatch(/^GET \/x HTTP/u);
    expect(String(at.got[0])).not.toMatch(/content-length/iu);
  });
});

describe('what HTTP itself says', () => {
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT';
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT', date }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT', date }, 0],
    [{ 'retry-after': 'Mon, 22 Nov 2027 10:00:00 GMT', date }, 3_600_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' }, undefined],
    [{ 'retry-after': '-5', date }, undefined],
    [{ 'retry-after': 'soon', date }, undefined],
    [{ date }, undefined],
  ])('Retry-After %j is %s ms', (headers, ms) => {
    expect(retryAfterOf(headers)).toBe(ms);
  });

  test('a status that no document names is never taken for sent, nor a 5xx for not sent', () => {
    for (let status = 100; status < 600; status += 1) {
      const { outcome } = answerOfPlain({ status, headers: {}, text: '{}', json: {} });
      expect(outcome).not.toBe('accepted');
      if (status >= 500 || (status >= 200 && status < 300)) expect(outcome).toBe('unknown');
    }
  });

  test('a page of a proxy has judged no content, so another provider may be asked', () => {
    const page = { headers: { 'content-type': 'text/html' }, text: '<html>', json: undefined };
    expect(answerOfPlain({ status: 400, ...page })).toMatchObject({ reason: 'config' });
    expect(answerOfPlain({ status: 400, headers: {}, text: '{}', json: {} })).toMatchObject({
      reason: 'content',
    });
  });

  test('a page is told from an answer by its type or its first words', () => {
    const page = (type: string | undefined, text: string) =>
      isHtml({ status: 403, headers: { 'content-type': type }, text, json: undefined });
    expect(page('text/html; charset=utf-8', '')).toBe(true);
    expect(page(undefined, '\n<!DOCTYPE html><html>')).toBe(true);
    expect(page('application/json', '{}')).toBe(false);
  });
});
