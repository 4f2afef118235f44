/**
 * @module A wire that understands what passes: a TCP proxy on 127.0.0.1 whose conversations see each chunk before
 * it goes on, and may wait with it. Bytes are never changed.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Ruling } from './ambush.js';

type Pass = (bytes: Buffer) => void;

/** One connection. Each passes on what it was given, all of it or (where it rules `drop`) part of it. */
export interface Conversation {
  outward: (chunk: Buffer, pass: Pass) => Promise<Ruling>;
  inward: (chunk: Buffer, pass: Pass) => Promise<Ruling>;
}

export interface Wire {
  port: number;
  stop(): Promise<void>;
}

export async function startWire(target: number, converse: () => Conversation): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', () => sockets.delete(socket));
    }
    const { outward, inward } = converse();
    void flow(near, far, outward, end);
    void flow(far, near, inward, end);
  });
  return await openWire(server, sockets);
}

/** Lets a server listen at a free port. `stop` ends what is open then; who opens and closes connections keeps that set. */
export async function openWire(server: Server, open: ReadonlySet<{ destroy(): void }>): Promise<Wire> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const one of open) one.destroy();
      await closed;
    },
  };
}

/** One chunk after the other, so that whoever waits with one stops all that is behind it. */
async function flow(
  from: Socket,
  to: Socket,
  direction: Conversation['outward'],
  end: () => void,
): Promise<void> {
  const pass: Pass = (bytes) => {
    if (bytes.length > 0 && to.writable) to.write(bytes);
  };
  try {
    for await (const chunk of from) {
      if ((await direction(chunk as Buffer, pass)) === 'go') continue;
      end();
      return;
    }
    to.end();
  } catch {
    end();
  }
}
