/** @module Tokens of webhooks: each is good for one body, kept with its reports or not at all. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifies } from '../support/requirements.js';
import { admission, HOUR, makeMailbox, send, sha256 } from '../support/store.js';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import type { Store } from '../../src/store/store.js';
import type { Bed } from './store.js';

async function sent(store: Store): Promise<{ id: string; bounce: ProviderReport }> {
  const wanted = admission(await makeMailbox(store));
  await store.admit(wanted);
  await send(store, wanted);
  const bounce = { reportId: randomUUID(), type: 'bounced', bounce: 'hard', message: wanted.id } as const;
  return { id: wanted.id, bounce };
}

const tokenOf = (token: string, body: string) => ({ token: sha256(token), body: sha256(body) });

export function hookContract(bed: Bed): void {
  test('a token with its own body again is a repetition, and goes on where it broke off', async () => {
    const { store } = bed();
    const { id, bounce } = await sent(store);
    const token = tokenOf(randomUUID(), 'body');
    expect(await store.applyHook('smtp', token, [])).toEqual([]);
    expect(await store.applyHook('smtp', token, [bounce])).toMatchObject([{ result: 'applied', id }]);
    expect(await store.applyHook('smtp', token, [bounce])).toMatchObject([{ result: 'duplicate' }]);
  });

  verifies('feedback:once', 'a token with another body is a replay, and does nothing', async () => {
    const { store } = bed();
    const { id, bounce } = await sent(store);
    const word = randomUUID();
    await store.applyHook('smtp', tokenOf(word, 'body'), []);
    expect(await store.applyHook('smtp', tokenOf(word, 'forged'), [bounce])).toBe('replayed');
    expect((await store.view(id))?.status).toBe('sent');
    // The same word of another provider is another token.
    expect(await store.applyHook('other', tokenOf(word, 'forged'), [])).toEqual([]);
  });

  test('of many bodies with one token at once, one is taken', async () => {
    const { store } = bed();
    const word = randomUUID();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => store.applyHook('smtp', tokenOf(word, `body ${i}`), [])),
    );
    expect(all.filter((one) => one === 'replayed')).toHaveLength(7);
  });

  test('where the reports could not be applied, the token is good still', async () => {
    const { store } = bed();
    const { bounce } = await sent(store);
    const word = randomUUID();
    const broken = { ...bounce, type: null as unknown as 'bounced' };
    await expect(store.applyHook('smtp', tokenOf(word, 'broken'), [broken])).rejects.toThrow();
    expect(await store.applyHook('smtp', tokenOf(word, 'whole'), [bounce])).toMatchObject([
      { result: 'applied' },
    ]);
  });

  test('tokens are deleted after two days', async () => {
    const { store, clock, db } = bed();
    const token = tokenOf(randomUUID(), 'body');
    await store.applyHook('smtp', token, []);
    const kept = async (): Promise<number> =>
      (await db.selectFrom('hook_tokens').selectAll().where('token', '=', token.token).execute()).length;
    clock.advance(47 * HOUR);
    await store.deleteExpired({ dedupeWindowMs: HOUR, limit: 1_000 });
    expect(await kept()).toBe(1);
    clock.advance(HOUR);
    await store.deleteExpired({ dedupeWindowMs: HOUR, limit: 1_000 });
    expect(await kept()).toBe(0);
  });
}
