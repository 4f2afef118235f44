/** @module Principals: who acts. What they may do stands on their keys. */
import type { Kysely } from 'kysely';
import { idWith } from './id.js';
import { cleaned, iso } from './json.js';
import { newestPage } from './page.js';
import type { StoreSettings } from './settings.js';
import type { KeyStore, PrincipalRow } from './store.js';
import type { Rows, Tables } from './tables.js';
import { single, transact } from './work.js';
import type { PrincipalKind } from './port/keys.js';

export interface PrincipalsTable {
  org: string;
  id: string;
  kind: PrincipalKind;
  name: string;
  version: number;
  created_at: Date;
}

type Verbs = Pick<KeyStore, 'createPrincipal' | 'principal' | 'principals' | 'renamePrincipal'>;

export function principals(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    createPrincipal: ({ org, kind, name, by }) =>
      transact(db, settings, async ({ trx, now, note }) => {
        const row = { org, id: idWith('prn'), kind, name: cleaned(name), version: 1, created_at: now };
        await trx.insertInto('principals').values(row).execute();
        note({ org, type: 'principal.created', by, data: { principal: row.id, kind } });
        return principalOf(row);
      }),

    principal: async (org, id) => {
      const query = db.selectFrom('principals').selectAll().where('org', '=', org).where('id', '=', id);
      const row = await single(query.executeTakeFirst());
      return row === undefined ? null : principalOf(row);
    },

    principals: async ({ org, id, limit, cursor }) => {
      return await newestPage(
        db
          .selectFrom('principals')
          .selectAll()
          .where('org', '=', org)
          .$if(id !== undefined, (query) => query.where('id', '=', id ?? '')),
        { limit, cursor },
        principalOf,
      );
    },

    renamePrincipal: ({ org, id, name, version, by }) =>
      transact(db, settings, async ({ trx, note }) => {
        const row = await trx
          .updateTable('principals')
          .set((eb) => ({ name: cleaned(name), version: eb('version', '+', 1) }))
          .where('org', '=', org)
          .where('id', '=', id)
          .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
          .returningAll()
          .executeTakeFirst();
        if (row !== undefined) {
          note({ org, type: 'principal.updated', by, data: { principal: id } });
          return principalOf(row);
        }
        const there = trx.selectFrom('principals').select('id').where('org', '=', org).where('id', '=', id);
        return (await there.executeTakeFirst()) === undefined ? null : 'stale';
      }),
  };
}

const principalOf = (row: Rows['principals']): PrincipalRow => ({
  ...{ id: row.id, org: row.org, kind: row.kind, name: row.name, version: row.version },
  createdAt: iso(row.created_at),
});
