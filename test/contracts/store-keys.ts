/** @module Principals and keys: who stands behind one, until when, and what goes with it. */
import { expect, test } from 'vitest';
import type { KeyRow, NewKey, Store } from '../../src/store/store.js';
import { HOUR, MINUTE, newOrg, START } from '../support/store.js';
import type { Bed } from './store.js';

const newKey = (org: string, changes: Partial<NewKey> = {}): NewKey => ({
  ...{ org, hash: `${org}-${Math.random()}`, name: 'k', principal: { kind: 'agent', name: 'Agent' } },
  ...{ mode: 'live', scopes: ['messages:send'], mailboxes: null, madeBy: null },
  ...changes,
});

async function made(store: Store, key: NewKey): Promise<KeyRow> {
  const row = await store.createKey(key);
  if (typeof row === 'string') throw new Error(row);
  return row;
}

/** Replaces a key by itself, or by the one that `by` names. */
async function rotated(
  store: Store,
  { org, id, principal }: KeyRow,
  overlapMs = HOUR,
  by = id,
): Promise<{ row: KeyRow; hash: string; previous: KeyRow }> {
  const hash = `${org}-${Math.random()}`;
  const answer = await store.rotateKey({ org, id, hash, overlapMs, by: { key: by, principal } });
  if (typeof answer === 'string') throw new Error(answer);
  return { row: answer.made, hash, previous: answer.previous };
}

const all = async (store: Store, org: string, line: string | null = null): Promise<KeyRow[]> =>
  (await store.keys({ org, line, limit: 100 })).items;

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

export function keyContract(bed: Bed): void {
  test('a key names its caller until it is revoked', async () => {
    const { store } = bed();
    const org = newOrg();
    const key = newKey(org, { mailboxes: ['mbx_1'], mode: 'test' });
    const row = await made(store, key);
    expect(await store.callerOf(key.hash)).toEqual({
      ...{ org, principal: row.principal, kind: 'agent', key: row.id, mode: 'test' },
      ...{ scopes: ['messages:send'], mailboxes: ['mbx_1'] },
    });
    expect(await store.callerOf('other')).toBeNull();
    expect((await store.revokeKey(org, row.id, 'test'))?.revokedAt).not.toBeNull();
    expect(await store.callerOf(key.hash)).toBeNull();
    expect(await store.revokeKey('org-stranger', row.id, 'test')).toBeNull();
    expect(JSON.stringify(await all(store, org))).not.toContain(key.hash);
  });

  test('sending and approving never meet on one principal, over all its keys that are not revoked', async () => {
    const { store } = bed();
    const org = newOrg();
    const both = newKey(org, { scopes: ['messages:send', 'approvals:decide'] });
    expect(await store.createKey(both)).toBe('scopes_clash');
    const sender = await made(store, newKey(org));
    const decide = newKey(org, { principal: { id: sender.principal }, scopes: ['approvals:decide'] });
    expect(await store.createKey(decide)).toBe('scopes_clash');
    await store.revokeKey(org, sender.id, 'test');
    expect((await made(store, decide)).principal).toBe(sender.principal);
    expect(await store.createKey(newKey(org, { principal: { id: 'prn_none' } }))).toBe('principal_unknown');
    expect(await store.createKey({ ...decide, org: 'org-stranger', hash: 'x' })).toBe('principal_unknown');
  });

  test('sending and administering never meet on one principal', async () => {
    const { store } = bed();
    for (const scope of ['policy:admin', 'org:admin'] as const)
      expect(await store.createKey(newKey(newOrg(), { scopes: ['messages:send', scope] }))).toBe(
        'scopes_clash',
      );
  });

  test('a key that is revoked takes its own line with it, but not the keys of others that it made', async () => {
    const { store } = bed();
    const org = newOrg();
    const root = await made(store, newKey(org));
    const own = (madeBy: string): NewKey => newKey(org, { principal: { id: root.principal }, madeBy });
    const [before, childKey] = [await made(store, own(root.id)), own(root.id)];
    const child = await made(store, childKey);
    const grandchild = await made(store, own(child.id));
    const other = await made(store, newKey(org, { madeBy: root.id }));
    const sibling = await made(store, newKey(org, { principal: { id: root.principal } }));
    await store.revokeKey(org, before.id, 'test');
    expect((await store.revokeKey(org, root.id, 'test'))?.id).toBe(root.id);
    const live = (await all(store, org)).filter((one) => one.revokedAt === null).map((one) => one.id);
    expect(live.sort()).toEqual([other.id, sibling.id].sort());
    expect(await store.callerOf(childKey.hash)).toBeNull();
    expect(await store.createKey(own(grandchild.id))).toBe('maker_gone');
  });

  test('the same key made again is the same key', async () => {
    const { store } = bed();
    const key = newKey(newOrg());
    const row = await made(store, key);
    expect(await made(store, key)).toEqual(row);
    const revoked = await store.revokeKey(key.org, row.id, 'test');
    expect(await made(store, key)).toEqual(revoked);
    expect(await all(store, key.org)).toHaveLength(1);
  });

  test('a key opens doors until the instant in which it expires, and no longer counts from then on', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const key = newKey(org, { expiresAt: at(HOUR) });
    const row = await made(store, key);
    clock.set(at(HOUR - 1));
    expect((await store.callerOf(key.hash))?.key).toBe(row.id);
    const decide = newKey(org, { principal: { id: row.principal }, scopes: ['approvals:decide'] });
    expect(await store.createKey(decide)).toBe('scopes_clash');
    clock.set(at(HOUR));
    expect(await store.callerOf(key.hash)).toBeNull();
    expect(await store.createKey(newKey(org, { madeBy: row.id }))).toBe('maker_gone');
    expect((await store.keys({ org, line: null, liveOnly: true, limit: 10 })).items).toEqual([]);
    expect(await all(store, org)).toHaveLength(1);
    // What it could send with is over, so its principal may decide now.
    expect((await made(store, decide)).principal).toBe(row.principal);
  });

  test('no key outlives the one that made it, and without a word it ends with it', async () => {
    const { store } = bed();
    const org = newOrg();
    const maker = await made(store, newKey(org, { expiresAt: at(HOUR) }));
    const child = (expiresAt?: string): NewKey => newKey(org, { madeBy: maker.id, expiresAt });
    expect((await made(store, child())).expiresAt).toBe(at(HOUR));
    expect((await made(store, child(at(MINUTE)))).expiresAt).toBe(at(MINUTE));
    expect(await store.createKey(child(at(HOUR + 1)))).toBe('outlives_maker');
    const lasting = await made(store, newKey(org));
    const long = await made(store, newKey(org, { madeBy: lasting.id, expiresAt: at(1_000 * HOUR) }));
    expect(long.expiresAt).toBe(at(1_000 * HOUR));
  });

  test('a rotated key goes on beside the new one, which may do the same, until the overlap is over', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const key = newKey(org, { mode: 'test', mailboxes: ['mbx_1'], expiresAt: at(5 * HOUR) });
    const row = await made(store, key);
    await store.keyUsed(row.id);
    clock.advance(MINUTE);
    const next = await rotated(store, row, HOUR);
    expect(next.row).toEqual({
      ...row,
      ...{ id: next.row.id, rotatedFrom: row.id, createdAt: at(MINUTE), lastUsedAt: null },
    });
    expect(next.previous).toMatchObject({ id: row.id, expiresAt: at(MINUTE + HOUR) });
    clock.set(at(MINUTE + HOUR - 1));
    const [old, fresh] = [await store.callerOf(key.hash), await store.callerOf(next.hash)];
    expect(fresh).toEqual({ ...old, key: next.row.id });
    clock.set(at(MINUTE + HOUR));
    expect(await store.callerOf(key.hash)).toBeNull();
    expect((await store.callerOf(next.hash))?.key).toBe(next.row.id);
  });

  test('a rotation never gives the old key more time than it had, and none at all ends it at once', async () => {
    const { store } = bed();
    const org = newOrg();
    const short = await made(store, newKey(org, { expiresAt: at(MINUTE) }));
    expect((await rotated(store, short, HOUR)).previous.expiresAt).toBe(at(MINUTE));
    const key = newKey(org);
    await rotated(store, await made(store, key), 0);
    expect(await store.callerOf(key.hash)).toBeNull();
  });

  test('a key is rotated once, by one of many at the same moment, and not when it is over', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const row = await made(store, newKey(org));
    const rotate = (id: string, hash: string): ReturnType<Store['rotateKey']> =>
      store.rotateKey({ org, id, hash, overlapMs: HOUR, by: { key: row.id, principal: row.principal } });
    const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => rotate(row.id, `${org} ${i}`)));
    expect(answers.filter((one) => one === 'rotated')).toHaveLength(4);
    const [next] = (await all(store, org)).filter((one) => one.rotatedFrom === row.id);
    expect(await rotate('key_none', 'a')).toBe('unknown');
    // With the new one the old one goes, too.
    await store.revokeKey(org, next?.id ?? '', 'test');
    expect(await rotate(row.id, 'b')).toBe('over');
    const other = await made(store, newKey(org, { expiresAt: at(MINUTE) }));
    clock.advance(MINUTE);
    expect(await rotate(other.id, 'c')).toBe('over');
  });

  test('nobody who ends sooner, or has ended, rotates a key', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const row = await made(store, newKey(org));
    const admin = await made(store, newKey(org, { scopes: ['org:admin'], expiresAt: at(MINUTE) }));
    const by = { key: admin.id, principal: admin.principal };
    const rotate = (): ReturnType<Store['rotateKey']> =>
      store.rotateKey({ org, id: row.id, hash: `${org} x`, overlapMs: 0, by });
    expect(await rotate()).toBe('outlives_maker');
    clock.advance(MINUTE);
    expect(await rotate()).toBe('maker_gone');
    expect(await store.key({ org, line: null, id: row.id })).toEqual(row);
  });

  test('a key, those it replaced and those that replaced it are one line, with all that any of them made', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const first = await made(store, newKey(org));
    const own = (madeBy: string): NewKey => newKey(org, { principal: { id: first.principal }, madeBy });
    const before = await made(store, own(first.id));
    const second = (await rotated(store, first)).row;
    const after = await made(store, own(first.id));
    const third = (await rotated(store, second)).row;
    const child = await made(store, own(third.id));
    await made(store, newKey(org, { principal: { id: first.principal } }));
    const line = [first, before, second, after, third, child].map((one) => one.id).sort();
    for (const one of [first, second, third])
      expect((await all(store, org, one.id)).map((key) => key.id).sort()).toEqual(line);
    expect((await all(store, org, child.id)).map((key) => key.id)).toEqual([child.id]);
    expect(await store.key({ org, line: third.id, id: before.id })).toEqual(before);
    expect(await store.key({ org, line: child.id, id: third.id })).toBeNull();
    expect(await store.key({ org: newOrg(), line: null, id: third.id })).toBeNull();
    clock.advance(MINUTE);
    await store.revokeKey(org, third.id, 'test');
    const live = (await all(store, org)).filter((one) => one.revokedAt === null);
    expect(live).toHaveLength(1);
    expect(line).not.toContain(live[0]?.id);
  });

  test('the old key of a rotation can be ended before its time without the new one', async () => {
    const { store } = bed();
    const org = newOrg();
    const key = newKey(org);
    const old = await made(store, key);
    const child = newKey(org, { principal: { id: old.principal }, madeBy: old.id });
    await made(store, child);
    const next = await rotated(store, old);
    await store.revokeKey(org, old.id, 'test', { keepSuccessor: true });
    expect(await store.callerOf(key.hash)).toBeNull();
    for (const hash of [next.hash, child.hash]) expect(await store.callerOf(hash)).not.toBeNull();
    // The new one was not replaced, so there is nothing to keep.
    await store.revokeKey(org, next.row.id, 'test', { keepSuccessor: true });
    for (const hash of [next.hash, child.hash]) expect(await store.callerOf(hash)).toBeNull();
  });

  test('of a key that is used often the last use is written once a minute', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const { id } = await made(store, newKey(org));
    const lastUse = async (): Promise<string | null | undefined> =>
      (await store.key({ org, line: null, id }))?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    await Promise.all([store.keyUsed(id), store.keyUsed(id)]);
    expect(await lastUse()).toBe(at(0));
    clock.advance(MINUTE - 1);
    await store.keyUsed(id);
    expect(await lastUse()).toBe(at(0));
    clock.advance(1);
    await store.keyUsed(id);
    expect(await lastUse()).toBe(at(MINUTE));
    await store.keyUsed('key_none');
  });

  test('keys are listed newest first, in pages, of one org, line and principal', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const root = await made(store, newKey(org));
    const ids = [root.id];
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) clock.advance(1);
      const key = newKey(org, { principal: { id: root.principal }, madeBy: ids.at(-1) ?? null });
      ids.push((await made(store, key)).id);
    }
    await made(store, newKey(org));
    const seen: string[] = [];
    for (let cursor: string | undefined, pages = 0; pages < 5; pages++) {
      const page = await store.keys({ org, line: root.id, limit: 3, cursor });
      seen.push(...page.items.map((one) => one.id));
      if (page.cursor === null) break;
      cursor = page.cursor;
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(seen.at(-1)).toBe(root.id);
    const theirs = await store.keys({ org, line: null, principal: root.principal, limit: 100 });
    expect(theirs.items).toHaveLength(7);
    expect(await all(store, newOrg(), root.id)).toEqual([]);
  });

  test('of many who ask for the first key of an org at once, one gets it', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const first = (): ReturnType<Store['createKey']> =>
      store.createKey(newKey(org, { scopes: ['org:admin'], first: true }));
    // These administer nothing.
    await made(store, newKey(org, { scopes: ['org:admin'], mode: 'test' }));
    await made(store, newKey(org, { scopes: ['org:admin'], mailboxes: ['mbx_1'] }));
    await made(store, newKey(org, { scopes: ['org:admin'], expiresAt: at(MINUTE) }));
    clock.advance(MINUTE);
    const answers = await Promise.all([first(), first(), first()]);
    expect(answers.filter((one) => one === 'admin_exists')).toHaveLength(2);
    expect(await store.createKey(newKey(newOrg(), { scopes: ['org:admin'], first: true }))).toMatchObject({
      scopes: ['org:admin'],
    });
  });

  test('a principal is made, found in its own org only, listed in pages and renamed', async () => {
    const { store, clock } = bed();
    const org = newOrg();
    const make = async (name: string) => {
      clock.advance(1);
      return await store.createPrincipal({ org, kind: 'person', name, by: 'test' });
    };
    const [ada, grace] = [await make('Ada'), await make('Grace')];
    expect(ada).toEqual({ id: ada.id, org, kind: 'person', name: 'Ada', version: 1, createdAt: at(1) });
    expect(await store.principal(org, ada.id)).toEqual(ada);
    expect(await store.principal(newOrg(), ada.id)).toBeNull();
    const page = await store.principals({ org, limit: 1 });
    expect(page.items).toEqual([grace]);
    const rest = await store.principals({ org, limit: 5, cursor: page.cursor ?? '' });
    expect([rest.items, rest.cursor]).toEqual([[ada], null]);
    expect((await store.principals({ org, id: ada.id, limit: 5 })).items).toEqual([ada]);
    const rename = { org, id: ada.id, name: 'Ada L.', by: 'test' };
    expect(await store.renamePrincipal({ ...rename, version: 1 })).toEqual({
      ...ada,
      name: 'Ada L.',
      version: 2,
    });
    expect(await store.renamePrincipal({ ...rename, version: 1 })).toBe('stale');
    expect(await store.renamePrincipal({ ...rename, org: newOrg() })).toBeNull();
    expect(await made(store, newKey(org, { principal: { id: ada.id } }))).toMatchObject({ kind: 'person' });
  });
}
