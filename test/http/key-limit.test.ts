/** @module How many calls a key may make, and where they come from. */
import { expect, test } from 'vitest';
import { Hono } from 'hono';
import { callerReader, clientAddress } from '../../src/http/caller.js';
import type { Env } from '../../src/http/env.js';
import { keyLimit } from '../../src/http/key-limit.js';
import { testClock } from '../support/store.js';

test('a key has its burst at once, and then its rate', () => {
  const clock = testClock();
  const limit = keyLimit({ perSecond: 10, burst: 20 }, clock);
  const goes = (): number =>
    Array.from({ length: 100 }, () => limit('a')).filter((one) => !one.retryAfter).length;
  expect(goes()).toBe(20);
  clock.advance(100);
  expect(goes()).toBe(1);
  clock.advance(1_000);
  expect(goes()).toBe(10);
  clock.advance(3_600_000);
  expect(goes()).toBe(20);
});

test('a rate below one call per second says how long to wait', () => {
  const limit = keyLimit({ perSecond: 0.1, burst: 1 }, testClock());
  limit('a');
  expect(limit('a')).toMatchObject({ remaining: 0, retryAfter: 10, reset: 10 });
});

test('a clock that is set back takes nothing away and gives nothing', () => {
  const clock = testClock();
  const limit = keyLimit({ perSecond: 1, burst: 2 }, clock);
  limit('a');
  clock.advance(-3_600_000);
  expect(limit('a')).toMatchObject({ remaining: 0 });
  expect(limit('a').retryAfter).toBe(1);
});

test('of X-Forwarded-For only the last address counts, and only where a proxy is trusted', async () => {
  const seen = async (trustProxy: boolean, forwarded?: string): Promise<string | undefined> => {
    let address: string | undefined;
    const app = new Hono<Env>().get('/', (c) => {
      address = clientAddress(c, trustProxy);
      return c.text('');
    });
    const bindings = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
    const headers = new Headers(forwarded === undefined ? [] : [['X-Forwarded-For', forwarded]]);
    await app.request('/', { headers }, bindings);
    return address;
  };
  expect(await seen(false, '192.0.2.7')).toBe('127.0.0.1');
  expect(await seen(true, '10.9.9.9, 192.0.2.7')).toBe('192.0.2.7');
  expect(await seen(true)).toBe('127.0.0.1');
});

test('what a guesser asks is counted by its address, never by a key that it does not have', async () => {
  const asked: unknown[] = [];
  const callerOf = callerReader({
    service: {
      authenticate: async (key, from) => {
        asked.push([key, from]);
        throw new Error('unauthorized');
      },
    },
    limit: () => {
      throw new Error('no key was good');
    },
    trustProxy: true,
  });
  const app = new Hono<Env>().get('/', async (c) => c.text((await callerOf(c)).key));
  app.onError((error, c) => c.text(error.message));
  const answer = await app.request('/', {
    headers: { Authorization: 'Bearer mw_live_x', 'X-Forwarded-For': '192.0.2.7' },
  });
  expect(await answer.text()).toBe('unauthorized');
  expect(asked).toEqual([['mw_live_x', '192.0.2.7']]);
});
