/** @module Mailboxes, lists, fingerprints: what doors look things up in. */
import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { admission, content, makeMailbox, MINUTE, newOrg } from '../support/store.js';
import type { Bed } from './store.js';

export function directoryContract(bed: Bed): void {
  test('a mailbox made without autonomy is review_all, with the defaults of policy', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: undefined });
    expect(mailbox).toMatchObject({
      autonomy: 'review_all',
      status: 'active',
      route: null,
      directStart: false,
    });
    expect(mailbox.policy.limits).toMatchObject({ hourly: 100, daily: 500, monthly: 3000, onLimit: 'deny' });
  });

  test('a mailbox is found by id or address, in its own org only, and its address is unique there', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    expect(await store.mailbox(mailbox.org, mailbox.id)).toEqual(mailbox);
    expect(await store.mailbox(mailbox.org, 'AGENT@sender.example')).toEqual(mailbox);
    expect(await store.mailbox('org-stranger', mailbox.id)).toBeNull();
    const same = { org: mailbox.org, address: 'Agent@sender.example' };
    expect(await store.createMailbox(same, 'test')).toBe('exists');
    const { items } = await store.mailboxes({ org: mailbox.org, ids: null, limit: 10 });
    expect(items).toEqual([mailbox]);
  });

  test('a change of a mailbox changes what it names and nothing else', async () => {
    const { store } = bed();
    const route = [{ provider: 'smtp', weight: 1, failover: false }];
    const mailbox = await makeMailbox(store, { route, policy: { undoSeconds: 5 } });
    const changed = await store.updateMailbox(mailbox.org, mailbox.id, { status: 'paused' }, 'test');
    expect(changed).toEqual({ ...mailbox, status: 'paused', version: 2 });
    const cleared = await store.updateMailbox(
      mailbox.org,
      mailbox.id,
      { route: null, displayName: null },
      'test',
    );
    expect(cleared).toMatchObject({ route: null, displayName: null, policy: { undoSeconds: 5 } });
    expect(await store.updateMailbox('org-stranger', mailbox.id, { status: 'active' }, 'test')).toBeNull();
  });

  test('a change that names the version it saw is refused where that is not there any more', async () => {
    const { store } = bed();
    const { org, id } = await makeMailbox(store);
    const pause = (version: number): ReturnType<Store['updateMailbox']> =>
      store.updateMailbox(org, id, { status: 'paused' }, 'test', version);
    expect(
      await Promise.all([pause(1), pause(1)]).then((all) => all.filter((one) => one === 'stale')),
    ).toEqual(['stale']);
    expect(await pause(1)).toBe('stale');
    expect(await pause(2)).toMatchObject({ status: 'paused', version: 3 });
    expect(await store.updateMailbox('org-stranger', id, { status: 'active' }, 'test', 3)).toBeNull();
  });

  test('mailboxes are listed newest first, in pages, and only those that were asked for', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      // Some share an instant.
      if (i % 2 === 0) clock.advance(1);
      made.push((await makeMailbox(store, { org, address: `${i}@sender.example` })).id);
    }
    const seen: string[] = [];
    for (let cursor: string | undefined, pages = 0; pages < 5; pages++) {
      const page = await store.mailboxes({ org, ids: null, limit: 2, cursor });
      seen.push(...page.items.map((one) => one.id));
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    expect(seen[0]).toBe(made[4]);
    expect([...seen].sort()).toEqual([...made].sort());
    const some = await store.mailboxes({ org, ids: made.slice(0, 2), limit: 10 });
    expect(some.items.map((one) => one.id).sort()).toEqual(made.slice(0, 2).sort());
    expect((await store.mailboxes({ org: newOrg(), ids: made, limit: 10 })).items).toEqual([]);
    expect((await store.mailboxes({ org, ids: [], limit: 10 })).items).toEqual([]);
  });

  test('lists are newest first, in pages that neither repeat nor skip, of one org and mode', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const other = await makeMailbox(store, {
      org: mailbox.org,
      address: 'two@sender.example',
      autonomy: 'review_all',
    });
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      // Some share an instant.
      if (i % 2 === 0) clock.advance(1);
      const wanted = admission(i < 5 ? mailbox : other);
      await store.admit(wanted);
      ids.push(wanted.id);
    }
    await store.admit(admission(mailbox, { mode: 'test' }));
    const filter = { org: mailbox.org, mode: 'live' as const, mailboxes: null, limit: 3 };
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Store['messages']>> = await store.messages({
        ...filter,
        ...(cursor && { cursor }),
      });
      seen.push(...page.items.map((one) => one.id));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(7);
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(ids.indexOf(seen[0] ?? '')).toBe(6);
    const held = await store.messages({ ...filter, status: ['held'], limit: 10 });
    expect(held.items.map((one) => one.mailbox)).toEqual([other.id, other.id]);
    const mine = await store.messages({ ...filter, mailboxes: [mailbox.id], limit: 10 });
    expect(mine.items).toHaveLength(5);
    expect((await store.messages({ ...filter, mailboxes: [] })).items).toEqual([]);
    expect((await store.messages({ ...filter, org: 'org-stranger' })).items).toEqual([]);
  });

  test('a cursor that is none of ours is bad input', async () => {
    const filter = { org: 'o', mode: 'live' as const, mailboxes: null, limit: 1 };
    const forged = [
      ...['["2026",1]', '["0000-01-01T00:00:00Z","x"]', '["0001-01-01T00:00:00Z","x"]'],
      ...['["2026-01-01T00:00:00Z","\\u0000"]', '["2026-01-01T00:00:00Z","\\ud800"]'],
    ].map((text) => Buffer.from(text).toString('base64url'));
    for (const cursor of ['x', '', ...forged])
      await expect(bed().store.messages({ ...filter, cursor })).rejects.toMatchObject({
        ...{ code: 'invalid_request', details: { field: 'cursor' } },
      });
  });

  test('suppressions are listed, found by any spelling, and the same one is made once', async () => {
    const { store } = bed();
    const org = newOrg();
    const base = {
      org,
      mode: 'live' as const,
      scope: 'org' as const,
      reason: 'manual',
      source: 'p',
      by: 'test',
    };
    const first = await store.addSuppression({ ...base, address: 'Ada@x.example' });
    const again = await store.addSuppression({ ...base, address: 'ada+1@x.example', reason: 'other' });
    expect(again).toEqual(first);
    await store.addSuppression({ ...base, address: 'x.example', scope: 'domain' });
    await store.addSuppression({ ...base, address: 'ada@x.example', mode: 'test' });
    const list = async (address?: string): Promise<number> =>
      (await store.suppressions({ org, mode: 'live', mailboxes: null, limit: 10, address })).items.length;
    expect([await list(), await list('ADA@x.example'), await list('x.example')]).toEqual([2, 1, 1]);
    const removal = { org, mode: 'live' as const, mailboxes: null, id: first.id, by: 'test' };
    expect(await store.removeSuppression({ ...removal, org: 'org-stranger' })).toBe(false);
    expect(await store.removeSuppression({ ...removal, mode: 'test' })).toBe(false);
    expect(await store.removeSuppression({ ...removal, mailboxes: ['mbx_1'] })).toBe(false);
    expect(await store.removeSuppression({ ...removal, mailboxes: [] })).toBe(false);
    expect(await store.removeSuppression(removal)).toBe(true);
  });

  test('whoever is bound to mailboxes sees and removes only the suppressions of those', async () => {
    const { store } = bed();
    const org = newOrg();
    const common = { ...{ org, mode: 'live' as const, reason: 'manual', source: 'p', by: 'test' } };
    const add = (mailbox?: string): ReturnType<Store['addSuppression']> =>
      store.addSuppression({
        ...{ ...common, address: 'ada@x.example', mailbox, scope: mailbox === undefined ? 'org' : 'mailbox' },
      });
    const [, mine, other] = [await add(), await add('mbx_1'), await add('mbx_2')];
    const seen = await store.suppressions({ org, mode: 'live', mailboxes: ['mbx_1'], limit: 10 });
    expect(seen.items.map((one) => one.id)).toEqual([mine.id]);
    const removal = { ...{ org, mode: 'live' as const, mailboxes: ['mbx_1'], by: 'test' } };
    expect(await store.removeSuppression({ ...removal, id: other.id })).toBe(false);
    expect(await store.removeSuppression({ ...removal, id: mine.id })).toBe(true);
  });

  test('equal content without a key is one email within the window, and another after it', async () => {
    const { store, clock } = bed();
    const print = { org: newOrg(), mailbox: 'm', mode: 'live' as const, hash: 'h', windowMs: 10 * MINUTE };
    expect(await store.claimFingerprint({ ...print, key: 'one' })).toBe('one');
    clock.advance(9 * MINUTE);
    expect(await store.claimFingerprint({ ...print, key: 'two' })).toBe('one');
    expect(await store.claimFingerprint({ ...print, key: 'test', mode: 'test' })).toBe('test');
    clock.advance(MINUTE);
    expect(await store.claimFingerprint({ ...print, key: 'three' })).toBe('three');
  });

  test('a message is read in its own org only', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox, { content: content(), tags: ['t'], metadata: { a: 'b' } });
    await store.admit(wanted);
    expect(await store.message('org-stranger', wanted.id)).toBeNull();
    expect(await store.message(mailbox.org, 'msg_none')).toBeNull();
    expect(await store.message(mailbox.org, wanted.id)).toMatchObject({ tags: ['t'], metadata: { a: 'b' } });
    await store.ping();
  });
}
