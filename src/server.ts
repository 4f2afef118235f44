/**
 * @module Binds a port. Loopback unless told otherwise, and never a public address in clear by accident.
 */
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { ConfigError, type Config } from './config.js';
import { isLoopback } from './loopback.js';

/** A request handler in the shape of the web's `fetch`; `bindings` has the connection. */
export type Fetch = (request: Request, bindings?: HttpBindings) => Response | Promise<Response>;

export interface RunningServer {
  url: string;
  port: number;
  /** Hands requests on; until then they are answered 503, because everything else needs the port first. */
  use(fetch: Fetch): void;
  /** Stops accepting, lets requests in flight end (bounded), and resolves. */
  close(): Promise<void>;
}

/** Requests in flight get this long when the server stops. */
const DRAIN_MS = 5_000;

/** As much of a refused body, and for as long, is still taken. */
const REFUSED = { bytes: 64 * 1024 * 1024, ms: 5_000 };

const MOST_HEADERS = 100;

/** Milliseconds, for who sends so slowly that it costs a connection and nothing else. */
export interface Patience {
  /** For all headers, and for the handshake of TLS. */
  headers: number;
  /** Between two pieces of a body. */
  body: number;
  /** For all of a request. */
  request: number;
  /** How often the connections are looked through. */
  look: number;
}
const PATIENCE: Patience = { headers: 10_000, body: 15_000, request: 60_000, look: 2_000 };

const starting: Fetch = () => new Response(null, { status: 503, headers: { 'retry-after': '1' } });

/** @throws ConfigError where the port is taken, or a public address would be served without TLS. */
export async function serve(http: Config['http'], patience = PATIENCE): Promise<RunningServer> {
  if (!isLoopback(http.host) && !http.tls && !http.insecure)
    throw new ConfigError(
      `http.host ${http.host} is a public address: set http.tls, or pass --insecure where something else encrypts`,
    );
  let current = starting;
  const answer = async (request: Request, bindings: HttpBindings): Promise<Response> => {
    const response = await current(request, bindings);
    await readUp(bindings.incoming);
    return response;
  };
  const listener = getRequestListener((request, env) => answer(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });
  const handle = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (incoming.rawHeaders.length > 2 * MOST_HEADERS) {
      outgoing.writeHead(431, { connection: 'close' }).end();
      return;
    }
    endSilentBody(incoming, outgoing, patience.body);
    void listener(incoming, outgoing);
  };
  const options = {
    headersTimeout: patience.headers,
    requestTimeout: patience.request,
    connectionsCheckingInterval: patience.look,
  };
  const server: Server = http.tls
    ? createTlsServer({ ...options, ...certificate(http.tls), handshakeTimeout: patience.headers }, handle)
    : createServer(options, handle);
  // One more than is let through, so that one too many is seen instead of cut off.
  server.maxHeadersCount = MOST_HEADERS + 1;
  server.maxConnections = http.maxConnections;
  await listen(server, http);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${http.tls ? 'https' : 'http'}://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`,
    use: (fetch) => {
      current = fetch;
    },
    close: () => close(server),
  };
}

const certificate = (tls: { cert: string; key: string }): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(tls.cert),
  key: readFileSync(tls.key),
});

/** Closes the connection of who has stopped in the middle of a body; an answer may take its time. */
function endSilentBody(incoming: IncomingMessage, outgoing: ServerResponse, ms: number): void {
  // Of the answer and not of the request: Node itself closes the connection where only a request has a time-out that
  // is complete, and with it who waits for an event.
  outgoing.setTimeout(ms, () => {
    if (!incoming.complete) incoming.socket.destroy();
  });
}

/**
 * What is left of a body that was refused (too large, no key) is taken and dropped before the answer: a client
 * that still sends would find the connection closed, and never see why.
 */
function readUp(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return Promise.resolve();
  // Who began to read it has given the answer, and would only hold it up.
  incoming.removeAllListeners('data');
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(resolve, REFUSED.ms);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > REFUSED.bytes) done();
    });
    for (const end of ['end', 'close', 'error']) incoming.once(end, done);
    incoming.resume();
  });
}

function listen(server: Server, { host, port }: Config['http']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new ConfigError(
              `port ${port} on ${host} is taken: choose another with --port, or 0 for a free one`,
            )
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.closeAllConnections();
    }, DRAIN_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
