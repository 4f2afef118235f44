/**
 * @module Binds a port. Loopback unless told otherwise, and never a public address in clear by accident.
 */
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { ConfigError, type Config } from './config.js';

/** A request handler in the shape of the web's `fetch`. */
export type Fetch = (request: Request) => Response | Promise<Response>;

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

const starting: Fetch = () => new Response(null, { status: 503, headers: { 'retry-after': '1' } });

/** @throws ConfigError where the port is taken, or a public address would be served without TLS. */
export async function serve(http: Config['http']): Promise<RunningServer> {
  if (!isLoopback(http.host) && !http.tls && !http.insecure)
    throw new ConfigError(
      `http.host ${http.host} is a public address: set http.tls, or pass --insecure where something else encrypts`,
    );
  let current = starting;
  const answer = async (request: Request, { incoming }: HttpBindings): Promise<Response> => {
    const response = await current(request);
    await readUp(incoming);
    return response;
  };
  const listener = getRequestListener((request, env) => answer(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });
  const handle = (...args: Parameters<typeof listener>): void => void listener(...args);
  const server: Server = http.tls
    ? createTlsServer({ cert: readFileSync(http.tls.cert), key: readFileSync(http.tls.key) }, handle)
    : createServer(handle);
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  server.maxHeadersCount = 100;
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

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/u.test(host);
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
