/**
 * @module Ports: whether one is free, which one is, and what to say when it isn't.
 */
import { createServer } from 'node:net';

const LOCALHOST = '127.0.0.1';

/** A port that was asked for is taken. The message is the one line to show. */
export class PortTaken extends Error {
  override name = 'PortTaken';
  constructor(what: string, port: number, flag: string) {
    super(`port ${port} for ${what} is taken: free it, or choose another with ${flag} (0 picks a free one)`);
  }
}

/** Whether an error of `listen` says that somebody else has the port. */
export function isPortTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE';
}

/** Whether the port can be bound now. */
export async function isPortFree(port: number, host = LOCALHOST): Promise<boolean> {
  return (await bind(port, host)) !== null;
}

/** A port that was free a moment ago. */
export async function freePort(host = LOCALHOST): Promise<number> {
  const port = await bind(0, host);
  if (port === null) throw new Error(`no port is free on ${host}`);
  return port;
}

/** The first of these that is free, else any free one that isn't in `except`. */
export async function firstFreePort(
  wanted: readonly number[],
  except: readonly number[] = [],
): Promise<number> {
  for (const port of wanted) if (!except.includes(port) && (await isPortFree(port))) return port;
  for (;;) {
    const port = await freePort();
    if (!except.includes(port)) return port;
  }
}

function bind(port: number, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
