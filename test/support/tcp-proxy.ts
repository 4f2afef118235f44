/**
 * @module A wire that a test can cut: a TCP proxy on 127.0.0.1 that passes, refuses (as a service that is
 * down), or swallows (as a network that is: it accepts, and nothing ever comes back; nor on connections that
 * stood before). What was swallowed goes on its way when the proxy passes again, as after a partition.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type WireMode = 'pass' | 'refuse' | 'swallow';

export interface TcpProxy {
  port: number;
  become(mode: WireMode): Promise<void>;
  stop(): Promise<void>;
}

/** Below the ports that the system gives away by itself: while it refuses, nobody else takes this one. */
const [LOWEST, HIGHEST] = [20_000, 32_000];

export async function startTcpProxy(target: { host?: string; port: number }): Promise<TcpProxy> {
  let mode: WireMode = 'pass';
  const pairs = new Set<{ near: Socket; far: Socket | null }>();

  const flow = (pair: { near: Socket; far: Socket | null }): void => {
    const { near } = pair;
    pair.far ??= join(near, connect({ host: '127.0.0.1', ...target }));
    near.pipe(pair.far);
    pair.far.pipe(near);
  };
  const hold = ({ near, far }: { near: Socket; far: Socket | null }): void => {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      if (to) from?.unpipe(to);
      from?.pause();
    }
  };

  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (near) => {
    const pair = { near, far: null };
    pairs.add(pair);
    near.on('error', () => undefined);
    near.on('close', () => pairs.delete(pair));
    if (mode === 'refuse') near.resetAndDestroy();
    else if (mode === 'pass') flow(pair);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = async (): Promise<void> => {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : null;
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far?.destroy();
    }
    await closed;
  };

  const port = await firstFree(listen);
  return {
    port,
    async become(next) {
      const before = mode;
      if (before === next) return;
      mode = next;
      if (next === 'refuse') await close();
      else if (before === 'refuse') await listen(port);
      for (const pair of pairs) (next === 'swallow' ? hold : flow)(pair);
    },
    stop: close,
  };
}

/** Each end closes with the other. */
function join(near: Socket, far: Socket): Socket {
  far.on('error', () => near.resetAndDestroy());
  far.on('close', () => near.destroy());
  near.on('close', () => far.destroy());
  return far;
}

async function firstFree(listen: (port: number) => Promise<void>): Promise<number> {
  for (let tries = 50; ; tries--) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    try {
      await listen(port);
      return port;
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}
