/** @module Keys, which are stored hashed: who stands behind one, and how they are found and ended. */
import type { Kysely } from 'kysely';
import { isOfLine } from './key-line.js';
import { isLiveAt, keyOf, keyRows } from './key-rows.js';
import { createKey, isRotated, lockedPrincipal, rotateKey } from './make-key.js';
import { newestPage } from './page.js';
import type { StoreSettings } from './settings.js';
import type { KeyRow, KeyStore } from './store.js';
import type { Tables } from './tables.js';
import { switchKey } from './switch-key.js';
import { single, transact, type Work } from './work.js';

type Verbs = Omit<KeyStore, 'createPrincipal' | 'principal' | 'principals' | 'renamePrincipal'>;

const USED_EVERY_MS = 60_000;

export function keys(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    createKey: (wanted) => transact(db, settings, (work) => createKey(work, wanted)),

    rotateKey: (rotation) => transact(db, settings, (work) => rotateKey(work, rotation)),

    revokeKey: (org, id, by, { keepSuccessor = false } = {}) =>
      transact(db, settings, (work) => revokeKey(work, { org, id, by, keepSuccessor })),

    switchKey: (change) => transact(db, settings, (work) => switchKey(work, change)),

    key: async ({ org, line, id }) => {
      const row = await single(
        keyRows(db)
          .where('keys.org', '=', org)
          .where('keys.id', '=', id)
          .$if(line !== null, (query) => query.where(isOfLine(org, line ?? '')))
          .executeTakeFirst(),
      );
      return row === undefined ? null : keyOf(row);
    },

    keys: async ({ org, line, principal, liveOnly = false, limit, cursor }) => {
      return await newestPage(
        keyRows(db)
          .where('keys.org', '=', org)
          .$if(line !== null, (query) => query.where(isOfLine(org, line ?? '')))
          .$if(principal !== undefined, (query) => query.where('keys.principal', '=', principal ?? ''))
          .$if(liveOnly, (query) => query.where(isLiveAt(settings.clock()))),
        { limit, cursor },
        keyOf,
        'keys',
      );
    },

    callerOf: async (hash) => {
      const row = await single(
        keyRows(db).where('keys.hash', '=', hash).where(isLiveAt(settings.clock())).executeTakeFirst(),
      );
      if (row === undefined) return null;
      const { org, principal, kind, id, mode, scopes, mailboxes } = keyOf(row);
      return { org, principal, kind, key: id, mode, scopes, mailboxes };
    },

    keyUsed: async (id) => {
      const now = settings.clock();
      await single(
        db
          .updateTable('keys')
          .set({ last_used_at: now })
          .where('id', '=', id)
          .where((eb) =>
            eb.or([
              eb('last_used_at', 'is', null),
              eb('last_used_at', '<=', new Date(now.getTime() - USED_EVERY_MS)),
            ]),
          )
          .execute(),
      );
    },
  };
}

async function revokeKey(
  work: Work,
  { org, id, by, keepSuccessor }: { org: string; id: string; by: string; keepSuccessor: boolean },
): Promise<KeyRow | null> {
  const { trx, now, note } = work;
  const named = keyRows(trx).where('keys.org', '=', org).where('keys.id', '=', id);
  const key = await named.executeTakeFirst();
  if (key === undefined) return null;
  await lockedPrincipal(work, org, key.principal);
  const isAlone = keepSuccessor && (await isRotated(work, org, id));
  const ended = await trx
    .updateTable('keys')
    .set({ revoked_at: now })
    .where('org', '=', org)
    .where((eb) => (isAlone ? eb('id', '=', id) : isOfLine(org, id, key.principal)))
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  for (const one of ended) note({ org, type: 'key.revoked', by, data: { key: one.id } });
  return keyOf(await named.executeTakeFirstOrThrow());
}
