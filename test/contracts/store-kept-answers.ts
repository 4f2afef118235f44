/** @module Answers that are kept: who runs a call, who is given its answer, and for how long. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { KeptCall, Store } from '../../src/store/store.js';
import { HOUR, MINUTE, newOrg } from '../support/store.js';
import type { Bed } from './store.js';

type Claim = Awaited<ReturnType<Store['claimAnswer']>>['result'];

const newCall = (): KeptCall => ({ org: newOrg(), caller: 'key_a', operation: 'keys.create', key: 'k' });

const claim = async (
  store: Store,
  call: KeptCall,
  over: { holder?: string; requestHash?: string } = {},
): Promise<Claim> =>
  (
    await store.claimAnswer({
      ...{ ...call, holder: randomUUID(), requestHash: 'h', leaseMs: MINUTE, keepMs: 24 * HOUR },
      ...over,
    })
  ).result;

export function keptAnswerContract(bed: Bed): void {
  test('of many equal calls at once one runs, and the others wait for its answer', async () => {
    const { store } = bed();
    const call = newCall();
    const all = await Promise.all(Array.from({ length: 6 }, () => claim(store, call)));
    expect(all.sort()).toEqual(['busy', 'busy', 'busy', 'busy', 'busy', 'mine']);
  });

  test('the answer is given to equal calls for a day, and to no other', async () => {
    const { store, clock } = bed();
    const call = newCall();
    await claim(store, call, { holder: 'a' });
    await store.keepAnswer({ ...call, holder: 'a', answer: 'sealed' });
    clock.advance(24 * HOUR - 1);
    const again = { ...call, holder: 'b', requestHash: 'h', leaseMs: 1, keepMs: 1 };
    expect(await store.claimAnswer(again)).toEqual({ result: 'kept', answer: 'sealed' });
    expect(await claim(store, call, { requestHash: 'other' })).toBe('differs');
    const others = [
      { org: 'org-stranger' },
      { caller: 'key_b' },
      { operation: 'drafts.create' },
      { key: 'K' },
    ];
    for (const other of others) expect(await claim(store, { ...call, org: newOrg(), ...other })).toBe('mine');
    for (const other of others.slice(1)) expect(await claim(store, { ...call, ...other })).toBe('mine');
    clock.advance(1);
    expect(await claim(store, call, { requestHash: 'other' })).toBe('mine');
  });

  test('a call whose process died runs again after its lease, and the dead one keeps nothing', async () => {
    const { store, clock } = bed();
    const call = newCall();
    expect(await claim(store, call, { holder: 'dead' })).toBe('mine');
    clock.advance(MINUTE - 1);
    expect(await claim(store, call)).toBe('busy');
    clock.advance(1);
    expect(await claim(store, call, { requestHash: 'other' })).toBe('differs');
    expect(await claim(store, call, { holder: 'heir' })).toBe('mine');
    await store.keepAnswer({ ...call, holder: 'dead', answer: 'late' });
    await store.dropAnswer({ ...call, holder: 'dead' });
    expect(await claim(store, call)).toBe('busy');
    await store.keepAnswer({ ...call, holder: 'heir', answer: 'sealed' });
    expect(await claim(store, call)).toBe('kept');
  });

  test('a call that failed is forgotten, and one that was answered is not', async () => {
    const { store } = bed();
    const call = newCall();
    await claim(store, call, { holder: 'a' });
    await store.dropAnswer({ ...call, holder: 'a' });
    expect(await claim(store, call, { holder: 'b', requestHash: 'mended' })).toBe('mine');
    await store.keepAnswer({ ...call, holder: 'b', answer: 'sealed' });
    await store.dropAnswer({ ...call, holder: 'b' });
    expect(await claim(store, call, { requestHash: 'mended' })).toBe('kept');
  });

  test('answers that are a day old are deleted, some at a time, and younger ones stay', async () => {
    const { db, store, clock } = bed();
    const call = newCall();
    for (const key of ['1', '2', '3']) await claim(store, { ...call, key });
    clock.advance(HOUR);
    await claim(store, { ...call, key: 'young' });
    clock.advance(23 * HOUR);
    const bounds = { dedupeWindowMs: 10 * MINUTE, limit: 2 };
    expect((await store.deleteExpired(bounds)).answers).toBe(2);
    for (let i = 0; i < 20 && (await store.deleteExpired(bounds)).answers > 0; i++);
    const left = await db.selectFrom('kept_answers').select('key').where('org', '=', call.org).execute();
    expect(left).toEqual([{ key: 'young' }]);
  });
}
