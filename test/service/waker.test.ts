/** @module Waking workflows behind the back of whoever reported: nobody waits long, and nobody is forgotten. */
import { expect, test } from 'vitest';
import { createLog } from '../../src/log.js';
import type { ServiceDeps } from '../../src/service/deps.js';
import { waker } from '../../src/service/waker.js';
import { gate } from '../support/gate.js';

/** A Temporal whose workflows answer as told, and a store that remembers whom the sweep is to look at. */
function scene(answer: (id: string) => Promise<void>) {
  const woken: string[] = [];
  const soon: string[] = [];
  let [now, most] = [0, 0];
  const call = async (id: string): Promise<void> => {
    most = Math.max(most, ++now);
    try {
      await answer(id);
      woken.push(id);
    } finally {
      now -= 1;
    }
  };
  const client = {
    workflow: { getHandle: (id: string) => ({ executeUpdate: () => call(id), signal: () => call(id) }) },
    withDeadline: (_: unknown, one: () => Promise<unknown>) => one(),
    connection: {},
  };
  const deps = {
    ...{ temporal: { client }, clock: () => new Date(), log: createLog('silent') },
    store: { lookSoon: async (ids: string[]) => void soon.push(...ids) },
  } as unknown as ServiceDeps;
  return { deps, woken, soon, most: () => most };
}

const ids = Array.from({ length: 100 }, (_, i) => `msg_${i}`);

test('whoever reported is kept for a moment, and all are woken, some at a time', async () => {
  const open = gate();
  const { deps, woken, most } = scene(() => open.arrive());
  const wakes = waker(deps, 20);
  await wakes.wake(ids);
  expect(woken).toEqual([]);
  open.open();
  await wakes.idle();
  expect(new Set(woken)).toEqual(new Set(ids));
  expect(most()).toBeLessThanOrEqual(16);
});

test('whoever comes while others are woken is woken, too', async () => {
  const { deps, woken } = scene(async () => undefined);
  const wakes = waker(deps);
  await Promise.all(ids.map((id) => wakes.wake([id])));
  await wakes.idle();
  expect(new Set(woken)).toEqual(new Set(ids));
});

test('whoever cannot be woken is left to the sweep', async () => {
  const { deps, soon } = scene(() => Promise.reject(new Error('Temporal is away')));
  const wakes = waker(deps);
  await wakes.wake(ids.slice(0, 20));
  await wakes.idle();
  expect(new Set(soon)).toEqual(new Set(ids.slice(0, 20)));
});
