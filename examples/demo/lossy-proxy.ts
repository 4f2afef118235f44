/**
 * @module A proxy on 127.0.0.1 that loses replies when told to: the request arrives and takes effect, and whoever asked
 * sees only a connection that broke.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface LossyProxy {
  /** The target, through the proxy. */
  url: string;
  /** Loses the reply to the next request whose body is like this. */
  loseNext(isIt: (body: string) => boolean): void;
  /** How many replies were lost so far. */
  lost(): number;
  close(): Promise<void>;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port, pathname } = new URL(target);
  let isIt: ((body: string) => boolean) | null = null;
  let lost = 0;
  const server = createServer((incoming, outgoing) => {
    void forward(incoming).catch(() => outgoing.destroy());
    async function forward({ url: path, method, headers }: IncomingMessage): Promise<void> {
      const body = await text(incoming);
      const sent = request({ hostname, port, path, method, headers }).end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      if (isIt?.(body)) {
        isIt = null;
        // All of it came: the call has had its effect.
        await text(answer);
        lost += 1;
        outgoing.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    loseNext: (like) => {
      isIt = like;
    },
    lost: () => lost,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
