/**
 * @module One POST to somebody's webhook endpoint: one connection, one answer, nothing followed, nothing kept. Node's
 * own client and not `fetch`, which takes no lookup of ours.
 */
import { Resolver } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import {
  InsideAddress,
  outsideLookup,
  resolvedLookup,
  urlProblem,
  type NameResolver,
} from './outside-address.js';

export interface Post {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Ends it early. */
  signal: AbortSignal;
}

export interface Reply {
  status: number;
  retryAfter: string | undefined;
}

/** No answer came. The code is all that is kept: the error itself may name addresses. */
export class PostFailed extends Error {
  override name = 'PostFailed';

  constructor(readonly code: string) {
    super(code);
  }
}

export interface PostOptions {
  /** For all of it: look-up, connection, answer. */
  timeoutMs: number;
  /** Whether http and private addresses may be called. */
  allowPrivate: boolean;
  /** Instead of the name servers; where private addresses may be called, of the system's, which knows `localhost`. */
  lookup?: LookupFunction;
  /** Of the names of others. */
  resolver?: NameResolver;
}

/** Who answers with a book is not read; who answers slowly is not waited for once the status is known. */
const MOST_READ = { bytes: 1024, ms: 1_000 };

/** What is not answered is tried again later: in a delivery there is time for one question. */
const NAMES = { timeout: 3_000, tries: 1 };

/** @throws PostFailed */
export function poster({
  timeoutMs,
  allowPrivate,
  lookup,
  resolver = new Resolver(NAMES),
}: PostOptions): (post: Post) => Promise<Reply> {
  const outside = outsideLookup(lookup ?? resolvedLookup(resolver));
  const looksUp = allowPrivate ? lookup && { lookup } : { lookup: outside };
  return async ({ url, headers, body, signal }) => {
    // Also here: a config may have become stricter, and an address is connected to without a look-up.
    if (urlProblem(url, allowPrivate) !== null) throw new PostFailed('address_not_allowed');
    const end = new AbortController();
    let isLate = false;
    const stop = (): void => end.abort();
    const timer = setTimeout(() => {
      isLate = true;
      stop();
    }, timeoutMs);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const length = String(Buffer.byteLength(body));
      return await answered(
        url,
        { ...looksUp, headers: { ...headers, 'Content-Length': length } },
        body,
        end.signal,
      );
    } catch (error) {
      throw new PostFailed(isLate ? 'timeout' : codeOf(error));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };
}

function answered(url: string, options: RequestOptions, body: string, end: AbortSignal): Promise<Reply> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // A connection that is kept was looked up some time ago, and may be closed as we write to it.
    const request = send(url, { ...options, method: 'POST', agent: false });
    const over = (response?: IncomingMessage): void => {
      if (response !== undefined)
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      request.destroy();
    };
    let heard: IncomingMessage | undefined;
    // Not left to the request, which tells nobody where it has handed its connection on.
    const stop = (): void => {
      over(heard);
      reject(new Error('stopped'));
    };
    request.on('error', reject);
    // Without a listener, a 101 closes the connection and nobody is told.
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      over(response);
    });
    request.on('response', (response) => {
      heard = response;
      void dropped(response).then(() => over(response));
    });
    end.addEventListener('abort', stop, { once: true });
    if (end.aborted) stop();
    else request.end(body);
  });
}

function dropped(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, MOST_READ.ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_READ.bytes) done();
    });
    for (const end of ['end', 'close', 'error']) response.once(end, done);
  });
}

const CODES: readonly [RegExp, string][] = [
  [/^(ENOTFOUND|EAI_)/u, 'name_not_found'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)/u, 'connection_refused'],
  [/^ETIMEDOUT/u, 'timeout'],
  [/^(ECONNRESET|EPIPE)/u, 'connection_lost'],
  [/^HPE_/u, 'not_http'],
  [/CERT|TLS|SSL|EPROTO/u, 'tls_failed'],
];

function codeOf(error: unknown): string {
  if (error instanceof InsideAddress) return 'address_not_allowed';
  const { code = '' } = error as { code?: unknown };
  const text = typeof code === 'string' ? code : '';
  return CODES.find(([pattern]) => pattern.test(text))?.[1] ?? 'connection_failed';
}
