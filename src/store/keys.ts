/** @module Principals and their keys, which are stored hashed. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { cleaned, fromJson, iso, isoOrNull, toJson } from './json.js';
import type { StoreSettings } from './settings.js';
import type { KeyRow, Scope, Store } from './store.js';
import type { Rows, Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

type Verbs = Pick<Store, 'createKey' | 'revokeKey' | 'keys' | 'callerOf'>;
type NewKey = Parameters<Store['createKey']>[0];

const idWith = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

export function keys(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    createKey: (wanted) => transact(db, settings, (work) => createKey(work, wanted)),

    revokeKey: (org, id, by) =>
      transact(db, settings, async ({ trx, now, note }) => {
        const { numUpdatedRows } = await trx
          .updateTable('keys')
          .set({ revoked_at: now })
          .where('org', '=', org)
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) note({ org, type: 'key.revoked', by, data: { key: id } });
        const row = await rows(trx).where('keys.org', '=', org).where('keys.id', '=', id).executeTakeFirst();
        return row === undefined ? null : keyOf(row);
      }),

    keys: async (org) => {
      const found = await single(
        rows(db).where('keys.org', '=', org).orderBy('keys.created_at').orderBy('keys.id').execute(),
      );
      return found.map(keyOf);
    },

    callerOf: async (hash) => {
      const row = await single(
        rows(db).where('keys.hash', '=', hash).where('keys.revoked_at', 'is', null).executeTakeFirst(),
      );
      if (row === undefined) return null;
      const { org, principal, kind, id, mode, scopes, mailboxes } = keyOf(row);
      return { org, principal, kind, key: id, mode, scopes, mailboxes };
    },
  };
}

const rows = (db: Kysely<Tables>) =>
  db
    .selectFrom('keys')
    .innerJoin('principals', (join) =>
      join.onRef('principals.org', '=', 'keys.org').onRef('principals.id', '=', 'keys.principal'),
    )
    .selectAll('keys')
    .select('principals.kind');

async function createKey(work: Work, wanted: NewKey): Promise<KeyRow | 'principal_unknown' | 'scopes_clash'> {
  const { trx, now, note } = work;
  const { org, hash, mode, scopes } = wanted;
  // The same key again, after an answer that was lost.
  const before = await rows(trx).where('keys.org', '=', org).where('keys.hash', '=', hash).executeTakeFirst();
  if (before !== undefined) return keyOf(before);

  const principal = await principalOf(work, wanted);
  if (principal === null) return 'principal_unknown';
  const held = await trx
    .selectFrom('keys')
    .select('scopes')
    .where('org', '=', org)
    .where('principal', '=', principal.id)
    .where('revoked_at', 'is', null)
    .execute();
  const all = new Set([...scopes, ...held.flatMap((one) => fromJson<Scope[]>(one.scopes))]);
  if (all.has('messages:send') && all.has('approvals:decide')) return 'scopes_clash';
  if ('name' in wanted.principal) await trx.insertInto('principals').values(principal).execute();

  const row: Rows['keys'] = {
    ...{ org, id: idWith('key'), principal: principal.id, name: cleaned(wanted.name), hash, mode },
    scopes: toJson(scopes),
    mailboxes: wanted.mailboxes === null ? null : toJson(wanted.mailboxes),
    ...{ made_by: wanted.madeBy, created_at: now, revoked_at: null },
  };
  await trx.insertInto('keys').values(row).execute();
  const by = wanted.madeBy ?? 'system';
  note({ org, type: 'key.created', by, data: { key: row.id, principal: principal.id, mode, scopes } });
  return keyOf({ ...row, kind: principal.kind });
}

/** An existing principal is locked, so that two keys made at once see each other's scopes. */
async function principalOf(
  { trx, now }: Work,
  { org, principal }: NewKey,
): Promise<Rows['principals'] | null> {
  if ('name' in principal)
    return { org, id: idWith('prn'), kind: principal.kind, name: cleaned(principal.name), created_at: now };
  const found = await trx
    .selectFrom('principals')
    .selectAll()
    .where('org', '=', org)
    .where('id', '=', principal.id)
    .forUpdate()
    .executeTakeFirst();
  return found ?? null;
}

const keyOf = (row: Rows['keys'] & Pick<Rows['principals'], 'kind'>): KeyRow => ({
  ...{ id: row.id, org: row.org, principal: row.principal, kind: row.kind, name: row.name, mode: row.mode },
  scopes: fromJson(row.scopes),
  mailboxes: row.mailboxes === null ? null : fromJson(row.mailboxes),
  madeBy: row.made_by,
  createdAt: iso(row.created_at),
  revokedAt: isoOrNull(row.revoked_at),
});
