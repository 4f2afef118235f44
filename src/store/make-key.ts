/**
 * @module Making a key, and making one in place of another. Each looks at its maker inside its own transaction, so
 * that a key which ends meanwhile makes nothing, and gives nobody more time than it has.
 */
import { sql } from 'kysely';
import { idWith } from './id.js';
import type { Category } from '../core/email/request.js';
import { cleaned, dateOrNull, fromJson, toJson } from './json.js';
import { isLiveAt, keyOf, keyRows } from './key-rows.js';
import type { KeyStore, NewKey, Scope } from './store.js';
import type { Rows } from './tables.js';
import { lockName, type Work } from './work.js';

/** A sender neither approves its own email nor sets the policy by which it is judged. */
const NEVER_WITH_SEND = ['approvals:decide', 'policy:admin', 'org:admin'] as const satisfies readonly Scope[];

export async function createKey(work: Work, wanted: NewKey): ReturnType<KeyStore['createKey']> {
  const { trx, now, note } = work;
  const { org, hash, mode, scopes, madeBy } = wanted;
  // The same key again, after an answer that was lost.
  const before = await keyRows(trx)
    .where('keys.org', '=', org)
    .where('keys.hash', '=', hash)
    .executeTakeFirst();
  if (before !== undefined) return keyOf(before);
  if (wanted.first && (await hasAdmin(work, org))) return 'admin_exists';

  const principal = await principalFor(work, wanted);
  if (principal === null) return 'principal_unknown';
  const maker = madeBy === null ? NOBODY : await makerOf(work, org, madeBy);
  if (maker === null) return 'maker_gone';
  const expires = dateOrNull(wanted.expiresAt) ?? maker.expires_at;
  if (isLater(expires, maker.expires_at)) return 'outlives_maker';
  const { categories = categoriesOf(maker) } = wanted;
  if (isMore(categories, categoriesOf(maker))) return 'more_categories';
  if (await clashes(work, org, principal.id, scopes)) return 'scopes_clash';
  if ('name' in wanted.principal) await trx.insertInto('principals').values(principal).execute();

  const row: Rows['keys'] = {
    ...{ org, id: idWith('key'), principal: principal.id, name: cleaned(wanted.name), hash, mode },
    scopes: toJson(scopes),
    mailboxes: wanted.mailboxes === null ? null : toJson(wanted.mailboxes),
    ...{ made_by: madeBy, rotated_from: null, created_at: now, expires_at: expires },
    ...{ last_used_at: null, revoked_at: null, categories: categories === null ? null : toJson(categories) },
    // Otherwise whoever is paused would make itself another.
    ...{
      status: maker.status,
      paused_why: maker.paused_why,
      paused_with: maker.paused_with,
      switched_at: null,
    },
  };
  await trx.insertInto('keys').values(row).execute();
  const by = madeBy ?? 'system';
  note({ org, type: 'key.created', by, data: { key: row.id, principal: principal.id, mode, scopes } });
  return keyOf({ ...row, kind: principal.kind });
}

export async function rotateKey(
  work: Work,
  { org, id, hash, overlapMs, by }: Parameters<KeyStore['rotateKey']>[0],
): ReturnType<KeyStore['rotateKey']> {
  const { trx, now, note } = work;
  const named = keyRows(trx).where('keys.org', '=', org).where('keys.id', '=', id);
  const found = await named.executeTakeFirst();
  if (found === undefined) return 'unknown';
  await lockedPrincipal(work, org, found.principal);
  const old = await named.where(isLiveAt(now)).executeTakeFirst();
  if (old === undefined) return 'over';
  if (await isRotated(work, org, id)) return 'rotated';
  const maker = await makerOf(work, org, by.key);
  if (maker === null) return 'maker_gone';
  if (isLater(old.expires_at, maker.expires_at)) return 'outlives_maker';

  const { kind, ...same } = old;
  const row: Rows['keys'] = {
    ...{ ...same, id: idWith('key'), hash, rotated_from: id, created_at: now, last_used_at: null },
  };
  await trx.insertInto('keys').values(row).execute();
  const end = new Date(now.getTime() + overlapMs);
  const previous = { ...old, expires_at: isLater(old.expires_at, end) ? end : old.expires_at };
  await trx
    .updateTable('keys')
    .set({ expires_at: previous.expires_at })
    .where('org', '=', org)
    .where('id', '=', id)
    .execute();
  note({ org, type: 'key.rotated', by: by.principal, data: { key: id, to: row.id, with: by.key } });
  return { made: keyOf({ ...row, kind }), previous: keyOf(previous) };
}

/**
 * Held until the end, so that two keys made at once see each other's scopes, and no key slips out of a line while that
 * is revoked.
 */
export async function lockedPrincipal(
  { trx }: Work,
  org: string,
  id: string,
): Promise<Rows['principals'] | null> {
  const found = await trx
    .selectFrom('principals')
    .selectAll()
    .where('org', '=', org)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return found ?? null;
}

async function principalFor(work: Work, { org, principal }: NewKey): Promise<Rows['principals'] | null> {
  if ('id' in principal) return await lockedPrincipal(work, org, principal.id);
  const name = cleaned(principal.name);
  return { org, id: idWith('prn'), kind: principal.kind, name, version: 1, created_at: work.now };
}

export async function isRotated({ trx }: Work, org: string, id: string): Promise<boolean> {
  const successor = trx.selectFrom('keys').select('id').where('org', '=', org).where('rotated_from', '=', id);
  return (await successor.executeTakeFirst()) !== undefined;
}

type Maker = Pick<Rows['keys'], 'expires_at' | 'status' | 'paused_why' | 'paused_with' | 'categories'>;
const NOBODY: Maker = {
  ...{ expires_at: null, status: 'active', paused_why: null, paused_with: null, categories: null },
};

/** Null where it is over. Locked, so that it isn't revoked, rotated or paused before this is done. */
async function makerOf({ trx, now }: Work, org: string, id: string): Promise<Maker | null> {
  const found = await trx
    .selectFrom('keys')
    .select(['keys.expires_at', 'keys.status', 'keys.paused_why', 'keys.paused_with', 'keys.categories'])
    .where('keys.org', '=', org)
    .where('keys.id', '=', id)
    .where(isLiveAt(now))
    .forShare()
    .executeTakeFirst();
  return found ?? null;
}

/** Null is all of them. */
const categoriesOf = ({ categories }: Maker): Category[] | null =>
  categories === null ? null : fromJson<Category[]>(categories);

const isMore = (some: Category[] | null, than: Category[] | null): boolean =>
  than !== null && (some === null || some.some((one) => !than.includes(one)));

/** Over all live keys of the principal. */
async function clashes(
  { trx, now }: Work,
  org: string,
  principal: string,
  scopes: Scope[],
): Promise<boolean> {
  const held = await trx
    .selectFrom('keys')
    .select('keys.scopes')
    .where('keys.org', '=', org)
    .where('keys.principal', '=', principal)
    .where(isLiveAt(now))
    .execute();
  const all = new Set([...scopes, ...held.flatMap((one) => fromJson<Scope[]>(one.scopes))]);
  return all.has('messages:send') && NEVER_WITH_SEND.some((scope) => all.has(scope));
}

/** Two that ask at once for the first key of an org wait for each other. */
async function hasAdmin({ trx, now }: Work, org: string): Promise<boolean> {
  await lockName({ trx }, `first key ${org}`);
  const found = await trx
    .selectFrom('keys')
    .select('keys.id')
    .where('keys.org', '=', org)
    .where('keys.mode', '=', 'live')
    .where('keys.mailboxes', 'is', null)
    .where(sql<boolean>`keys.scopes like '%"org:admin"%'`)
    .where(isLiveAt(now))
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Null is never. */
const isLater = (one: Date | null, than: Date | null): boolean =>
  than !== null && (one === null || one.getTime() > than.getTime());
