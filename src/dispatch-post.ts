/**
 * @module One POST to somebody's webhook endpoint: one connection, one answer, nothing followed, nothing kept. Node's
 * own client and not `fetch`, which takes no lookup of ours.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { InsideAddress, outsideLookup, urlProblem } from './outside-address.js';

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
  /** Default: the system's. */
  lookup?: LookupFunction;
}

/** Who answers with a book is not read; who answers slowly is not waited for once the status is known. */
const MOST_READ = { bytes: 1024, ms: 1_000 };

/** @throws PostFailed */
export const poster =
  ({ timeoutMs, allowPrivate, lookup }: PostOptions): ((post: Post) => Promise<Reply>) =>
  async ({ url, headers, body, signal }) => {
    // Also here: a config may have become stricter, and an address is connected to without a look-up.
    if (urlProblem(url, allowPrivate) !== null) throw new PostFailed('address_not_allowed');
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const timeOut = AbortSignal.timeout(timeoutMs);
    try {
      return await new Promise<Reply>((resolve, reject) => {
        const request = send(url, {
          method: 'POST',
          headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
          // A connection that is kept was looked up some time ago, and may be closed as we write to it.
          agent: false,
          signal: AbortSignal.any([signal, timeOut]),
          ...(allowPrivate ? lookup && { lookup } : { lookup: outsideLookup(lookup) }),
        });
        request.on('error', reject);
        request.on('response', (response) => {
          void dropped(response).then(() => {
            request.destroy();
            resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
          });
        });
        request.end(body);
      });
    } catch (error) {
      throw new PostFailed(timeOut.aborted ? 'timeout' : codeOf(error));
    }
  };

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
