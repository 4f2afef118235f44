/** @module Ports are told free or taken as they are. */
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { firstFreePort, freePort, isPortFree, isPortTaken } from '../../src/embedded/free-port.js';

async function take(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

test('a port that somebody holds is taken, any other is free', async () => {
  const held = await take(0);
  expect(await isPortFree(held)).toBe(false);
  expect(await isPortFree(await freePort())).toBe(true);
  const error: unknown = await take(held).catch((one: unknown) => one);
  expect(isPortTaken(error)).toBe(true);
  expect(isPortTaken(new Error('other'))).toBe(false);
});

test('the first wanted port that is free is chosen, else another that is not excepted', async () => {
  const [held, free] = [await take(0), await freePort()];
  expect(await firstFreePort([held, free])).toBe(free);
  const other = await firstFreePort([free], [free]);
  expect(other).not.toBe(free);
  expect(await isPortFree(other)).toBe(true);
});
