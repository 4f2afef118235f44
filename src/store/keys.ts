/** @module Principals and their keys, which are stored hashed. */
import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
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

    revokeKey: (org, id, by) => transact(db, settings, (work) => revokeKey(work, org, id, by)),

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

/** A sender neither approves its own email nor sets the policy by which it is judged. */
const NEVER_WITH_SEND = ['approvals:decide', 'policy:admin', 'org:admin'] as const satisfies readonly Scope[];

async function createKey(work: Work, wanted: NewKey): ReturnType<Verbs['createKey']> {
  const { trx, now, note } = work;
  const { org, hash, mode, scopes } = wanted;
  // The same key again, after an answer that was lost.
  const before = await rows(trx).where('keys.org', '=', org).where('keys.hash', '=', hash).executeTakeFirst();
  if (before !== undefined) return keyOf(before);

  const principal = await principalOf(work, wanted);
  if (principal === null) return 'principal_unknown';
  if (await isRevoked(work, org, wanted.madeBy)) return 'maker_revoked';
  const held = await trx
    .selectFrom('keys')
    .select('scopes')
    .where('org', '=', org)
    .where('principal', '=', principal.id)
    .where('revoked_at', 'is', null)
    .execute();
  const all = new Set([...scopes, ...held.flatMap((one) => fromJson<Scope[]>(one.scopes))]);
  if (all.has('messages:send') && NEVER_WITH_SEND.some((scope) => all.has(scope))) return 'scopes_clash';
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

/** Read after the principal was locked, so that no key slips out of a line while it is revoked. */
async function isRevoked({ trx }: Work, org: string, id: string | null): Promise<boolean> {
  if (id === null) return false;
  const maker = trx.selectFrom('keys').select('id').where('org', '=', org).where('id', '=', id);
  return (await maker.where('revoked_at', 'is not', null).executeTakeFirst()) !== undefined;
}

async function revokeKey(work: Work, org: string, id: string, by: string): Promise<KeyRow | null> {
  const { trx, now, note } = work;
  const named = rows(trx).where('keys.org', '=', org).where('keys.id', '=', id);
  const key = await named.executeTakeFirst();
  if (key === undefined) return null;
  await principalOf(work, { org, principal: { id: key.principal } });
  const { rows: line } = await sql<{ id: string }>`
    with recursive line (id) as (
      select ${id}::text
      union
      select child.id from keys child join line on child.made_by = line.id
      where child.org = ${org} and child.principal = ${key.principal}
    )
    select id from line
  `.execute(trx);
  const ids = line.map((one) => one.id);
  const ended = await trx
    .updateTable('keys')
    .set({ revoked_at: now })
    .where('org', '=', org)
    .where('id', 'in', ids)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  for (const one of ended) note({ org, type: 'key.revoked', by, data: { key: one.id } });
  return keyOf(await named.executeTakeFirstOrThrow());
}

/** An existing principal is locked, so that two keys made at once see each other's scopes. */
async function principalOf(
  { trx, now }: Work,
  { org, principal }: Pick<NewKey, 'org' | 'principal'>,
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
