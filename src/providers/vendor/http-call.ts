/**
 * @module One HTTP call to a vendor: no redirect, no retry, a bounded answer. What it knows better than any client is
 * whether a call that failed can have had an effect.
 *
 * Node's own `request` and not `fetch`, which never says what was written. Here nothing at all is written before the
 * connection stands (TLS included) and `beforeWire` agreed, and the body goes out in pieces, each when the kernel took
 * the one before. So `before` is proven and not guessed: the last piece never left this process, and what the far end
 * may have is shorter than the Content-Length it was told. No error code is needed for that, and none is believed: a
 * reset looks the same whether the far end read everything or nothing. What to make of the outcome: http-answer.ts.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';

export interface HttpCall {
  method: 'GET' | 'POST';
  /** Appended to the base; begins with a slash. */
  path: string;
  /** Content-Length is set here. */
  headers: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  signal: AbortSignal;
  /** Called right before the first byte goes out; where it throws, none does. */
  beforeWire?: () => void;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body; empty where it broke off or was too long. */
  text: string;
  /** The body as JSON; undefined where it is none. */
  json: unknown;
}

export interface HttpFailure {
  /** `before`: certainly without effect. `after`: nobody knows. */
  failed: 'before' | 'after';
  /** `config`: TLS or a setting that cannot work. */
  reason: 'timeout' | 'transient' | 'config';
  /** A word in capitals: Node's code or ours, never a text. */
  code: string;
}

export interface HttpCaller {
  /** Never throws: what goes wrong is an HttpFailure. */
  call(call: HttpCall): Promise<HttpAnswer | HttpFailure>;
  /** Host and port. */
  host: string;
  close(): void;
}

export interface HttpCallerOptions {
  /** `https://api.example.com`, with a path before all others or without. */
  base: string;
  /** Milliseconds for look-up, connection and TLS together. */
  connectTimeout?: number;
  /** Milliseconds for which an idle connection is kept: shorter than any vendor keeps it, so that it does not close as we write. */
  idleTimeout?: number;
}

/** Some APIs turn away who does not say what it is. */
const AGENT = { 'User-Agent': 'mailwarden' };
/** Bytes of an answer that are read. */
const MOST_READ = 65_536;
/** Larger than a socket's own buffer (16 KiB), so that each one is awaited. */
const PIECE = 65_536;

export function createHttpCaller({
  base,
  connectTimeout = 10_000,
  idleTimeout = 4_000,
}: HttpCallerOptions): HttpCaller {
  const root = base.replace(/\/+$/u, '');
  const isTls = root.startsWith('https:');
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, timeout: idleTimeout });
  const send = isTls ? httpsRequest : httpRequest;
  return {
    host: new URL(root).host,
    close: () => agent.destroy(),
    call({ method, path, headers, body, signal, beforeWire }) {
      const bytes = bytesOf(body);
      const length = method === 'POST' && { 'Content-Length': String(bytes.length) };
      if (signal.aborted) return Promise.resolve({ failed: 'before', reason: 'timeout', code: 'ABORTED' });
      try {
        const request = send(root + path, { method, agent, headers: { ...AGENT, ...headers, ...length } });
        return outcomeOf(request, bytes, { connectTimeout, signal, beforeWire });
      } catch (error) {
        // A header that cannot stand in HTTP, such as a key with a line end.
        return Promise.resolve({ failed: 'before', reason: 'config', code: codeOf(error) });
      }
    },
  };
}

function outcomeOf(
  request: ClientRequest,
  body: Buffer,
  limits: { connectTimeout: number; signal: AbortSignal; beforeWire: (() => void) | undefined },
): Promise<HttpAnswer | HttpFailure> {
  const { connectTimeout, signal, beforeWire } = limits;
  return new Promise((resolve) => {
    let isOver = false;
    let isHandedOver = false;
    let offset = 0;
    let answer: HttpAnswer | null = null;

    const end = (outcome: HttpAnswer | HttpFailure): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      // What is whole has gone back to the agent by now, and this does not touch it; everything else is closed.
      request.destroy();
      resolve(outcome);
    };
    // Once a status is known, that is the answer, whatever happens to the rest of it.
    const fail = (reason: HttpFailure['reason'], code: string): void =>
      end(answer ?? { failed: isHandedOver ? 'after' : 'before', reason, code });
    const abort = (): void => fail('timeout', 'ABORTED');
    const timer = setTimeout(() => fail('timeout', 'CONNECT_TIMEOUT'), connectTimeout);
    signal.addEventListener('abort', abort, { once: true });

    const write = (): void => {
      while (!isOver && !isHandedOver) {
        const piece = body.subarray(offset, (offset += PIECE));
        isHandedOver = offset >= body.length;
        if (isHandedOver) request.end(piece);
        else if (!request.write(piece)) {
          request.once('drain', write);
          return;
        }
      }
    };
    const start = (): void => {
      if (isOver) return;
      clearTimeout(timer);
      try {
        beforeWire?.();
      } catch {
        fail('transient', 'LEASE_OVER');
        return;
      }
      write();
    };
    request.on('socket', (socket) => whenReady(request, socket, start));
    request.on('error', (error) => fail(isAboutTls(error) ? 'config' : 'transient', codeOf(error)));
    request.on('close', () => fail('transient', 'CLOSED'));
    // Without a listener, a 101 closes the connection and nobody is told.
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      fail('transient', 'NOT_HTTP');
    });
    request.on('response', (response) => {
      answer = { status: response.statusCode ?? 0, headers: response.headers, text: '', json: undefined };
      const given = answer;
      read(response, (text) => end({ ...given, text, json: parsed(text) }));
    });
  });
}

/** Calls back when the connection stands, TLS included. */
function whenReady(request: ClientRequest, socket: Socket, start: () => void): void {
  // A whole turn of the loop (the first immediate may still be of this one): a kept connection that the far end has
  // closed meanwhile is found to be closed before anything is written to it.
  if (request.reusedSocket) setImmediate(() => setImmediate(start));
  else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', start);
}

/** The whole text, or an empty one where it broke off or is beyond the bounds. */
function read(response: IncomingMessage, end: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MOST_READ) end('');
    else chunks.push(chunk);
  });
  response.on('end', () => end(Buffer.concat(chunks).toString()));
  response.on('error', () => end(''));
}

const bytesOf = (body: string | Uint8Array = ''): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A handshake or a certificate that failed. */
const isAboutTls = (error: unknown): boolean =>
  /CERT|ISSUER|SSL|TLS|EPROTO|ALTNAME|SIGNATURE/u.test(codeOf(error));

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/u.test(code) ? code : 'FAILED';
}
