/** @module Whoever sends forged webhooks waits in line, and nobody is refused for it. */
import { expect, test } from 'vitest';
import { hookLane, type HookLane } from '../../src/service/hook-lane.js';
import { testClock, type TestClock } from '../support/store.js';

class Forged extends Error {}

function open(): { lane: HookLane; clock: TestClock } {
  const clock = testClock();
  return { clock, lane: hookLane({ clock, isForgery: (error) => error instanceof Forged, limit: 3 }) };
}

/** A verification that ends when it is told to, and counts those that run. */
function slow(): { verify: () => Promise<string>; most: () => number; finish: () => void } {
  let [running, most] = [0, 0];
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  return {
    most: () => most,
    finish: () => {
      finish();
    },
    verify: async () => {
      running += 1;
      most = Math.max(most, running);
      await finished;
      running -= 1;
      return 'genuine';
    },
  };
}

const forge = async (lane: HookLane, from: string): Promise<void> => {
  await expect(lane(from, async () => Promise.reject(new Forged()))).rejects.toThrow(Forged);
};

test('after some forgeries the webhooks of an address are verified one at a time, and each is', async () => {
  const { lane } = open();
  for (let i = 0; i < 3; i++) await forge(lane, '192.0.2.1');
  const work = slow();
  const all = Array.from({ length: 10 }, () => lane('192.0.2.1', work.verify));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(work.most()).toBe(1);
  work.finish();
  expect(new Set(await Promise.all(all))).toEqual(new Set(['genuine']));
  expect(work.most()).toBe(1);
});

test('the webhooks of other addresses go by', async () => {
  const { lane } = open();
  for (let i = 0; i < 3; i++) await forge(lane, '192.0.2.1');
  const stuck = slow();
  const waiting = lane('192.0.2.1', stuck.verify);
  expect(await lane('198.51.100.7', async () => 'genuine')).toBe('genuine');
  expect(await lane(undefined, async () => 'genuine')).toBe('genuine');
  stuck.finish();
  expect(await waiting).toBe('genuine');
});

test('a minute later an address is believed to have mended its ways', async () => {
  const { lane, clock } = open();
  for (let i = 0; i < 3; i++) await forge(lane, '192.0.2.1');
  clock.advance(61_000);
  const work = slow();
  const all = [lane('192.0.2.1', work.verify), lane('192.0.2.1', work.verify)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(work.most()).toBe(2);
  work.finish();
  await Promise.all(all);
});

test('a failure that is no forgery counts for nothing', async () => {
  const { lane } = open();
  const fail = (): Promise<void> => lane('192.0.2.1', async () => Promise.reject(new Error('down')));
  for (let i = 0; i < 5; i++) await expect(fail()).rejects.toThrow('down');
  const work = slow();
  const all = [lane('192.0.2.1', work.verify), lane('192.0.2.1', work.verify)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(work.most()).toBe(2);
  work.finish();
  await Promise.all(all);
});
