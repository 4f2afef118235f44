/**
 * @module A wire-tap between a worker and an SMTP server: it sees how far a conversation has come, and can
 * cut it at a byte.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** In the middle of the content; or when the server has taken it, and the worker hasn't heard. */
export type Cut = 'content' | 'reply';

export interface Tap {
  url: string;
  stop(): Promise<void>;
}

/** Cuts the first conversation that comes so far; `onCut` runs before anything else reaches either side. */
export async function startTap(port: number, cut: Cut, onCut: () => void): Promise<Tap> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((worker) => {
    const relay = connect(port, '127.0.0.1');
    let inContent = false;
    for (const [socket, other] of [
      [worker, relay],
      [relay, worker],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroySoon();
      });
    }
    const end = (): void => {
      isCut = true;
      onCut();
      worker.destroy();
      relay.destroySoon();
    };
    worker.on('data', (chunk: Buffer) => {
      const ends = inContent && !isCut && cut === 'content';
      relay.write(ends ? chunk.subarray(0, Math.floor(chunk.length / 2)) : chunk);
      if (ends) end();
    });
    relay.on('data', (chunk: Buffer) => {
      if (inContent && !isCut && cut === 'reply') {
        end();
        return;
      }
      // Commands may come in one go, and so their replies.
      inContent ||= /^354/mu.test(chunk.toString('latin1'));
      worker.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
