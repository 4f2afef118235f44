/**
 * @module The wire to Temporal: gRPC is HTTP/2, whose headers are compressed along the connection, so this one
 * speaks it to both sides and passes each call on. What a call is stands in its path, of which email it is in its
 * bytes: task tokens, too, hold the workflow's id in clear.
 */
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { gunzipSync } from 'node:zlib';
import type { Ambush, Ruling } from './ambush.js';
import { openWire, type Wire } from './wire.js';

interface Options {
  ambush: Ambush;
  process: string;
  /** The email that these bytes name. */
  emailIn: (bytes: Buffer) => number | null;
  /** The calls that are waited for; all others are passed on unread. */
  calls: ReadonlySet<string>;
}

const { NGHTTP2_CANCEL } = constants;

/** Milliseconds: a door waits 5 s for the answer to a start. */
const PATIENCE = 4_000;

/** Temporal's own limit on one message, and some more. */
const WINDOW = 8 * 1024 * 1024;

export async function startTemporalWire(port: number, options: Options): Promise<Wire> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings: { initialWindowSize: WINDOW, maxConcurrentStreams: 10_000 } });
  server.on('session', (near: ServerHttp2Session) => {
    sessions.add(near);
    const far = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: WINDOW } });
    // A service that is away is away for its callers too: they connect again.
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const session of [near, far]) session.on('error', end);
    near.on('close', () => {
      sessions.delete(near);
      far.destroy();
    });
    far.on('close', end);
    near.on('stream', (stream, headers) => void pass(stream, headers, far, options));
  });
  server.on('sessionError', () => undefined);
  return await openWire(server, sessions);
}

async function pass(
  near: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  far: ClientHttp2Session,
  { ambush, process, emailIn, calls }: Options,
): Promise<void> {
  near.on('error', () => undefined);
  const name = headers[':path']?.split('/').at(-1) ?? '';
  const drop = (): void => near.session?.destroy();
  let email: number | null = null;
  let body: Buffer | null = null;
  const meet = async (side: 'before' | 'after'): Promise<Ruling> =>
    email === null
      ? 'go'
      : await ambush.pass({ email, process, what: `rpc ${name}`, side, patience: PATIENCE });
  if (calls.has(name)) {
    body = await whole(near);
    if (body === null) return;
    email = emailIn(unpacked(body));
    if ((await meet('before')) === 'drop') {
      drop();
      return;
    }
  }
  if (far.closed || far.destroyed) {
    drop();
    return;
  }
  const request = far.request(headers, { endStream: false });
  request.on('error', () => near.close(NGHTTP2_CANCEL));
  near.on('close', () => {
    if (!request.closed) request.close(NGHTTP2_CANCEL);
  });
  if (body !== null) request.end(body);
  else near.pipe(request);
  answer(near, request, () => meet('after'));
}

/** Passes the answer on with its trailers, which hold gRPC's status. */
function answer(near: ServerHttp2Stream, request: ClientHttp2Stream, mayGo: () => Promise<Ruling>): void {
  let trailers: IncomingHttpHeaders = {};
  request.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
  request.on('response', (headers, flags) => {
    // An error is only headers: there is nothing to trail.
    const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    void mayGo().then((ruling) => {
      if (ruling === 'drop') near.session?.destroy();
      else if (near.destroyed || near.closed) request.resume();
      else {
        near.respond(headers, isAll ? { endStream: true } : { waitForTrailers: true });
        near.on('wantTrailers', () => near.sendTrailers(trailers));
        if (!isAll) request.pipe(near);
      }
    });
  });
}

/** One message of gRPC: a byte that says whether it is compressed, its length in four, and then it. */
const unpacked = (body: Buffer): Buffer => {
  const message = body.subarray(5);
  return body[0] === 1 ? gunzipSync(message) : message;
};

/** Null where the caller went away before its end. */
async function whole(stream: ServerHttp2Stream): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}
