/** @module The port itself, over a real connection. */
import { request } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configSchema } from '../src/config.js';
import { serve, type RunningServer } from '../src/server.js';

let server: RunningServer;
beforeEach(async () => {
  server = await serve(configSchema.parse({ http: { port: 0 } }).http);
});
afterEach(() => server.close());

const refuse = (): Response => new Response('too large', { status: 413 });

test.each<[string, (request: Request) => Promise<Response>]>([
  ['unread', async () => Promise.resolve(refuse())],
  [
    'after its first piece',
    async (request) => {
      await request.body?.getReader().read();
      return refuse();
    },
  ],
])('who sends slowly what is refused %s can send it all, and is told why', async (_, fetch) => {
  server.use(fetch);
  const piece = Buffer.alloc(1_000_000);
  const sending = request(server.url, { method: 'POST', headers: { 'content-length': 8 * piece.length } });
  const answered = once(sending, 'response') as Promise<[{ statusCode: number; resume: () => void }]>;
  for (let i = 0; i < 8; i++) {
    await new Promise<void>((resolve, reject) => {
      sending.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  sending.end();
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  response.resume();
});
