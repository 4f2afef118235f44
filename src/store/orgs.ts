/** @module An org as a whole: whether it sends at all. One without a row is active. */
import type { Kysely } from 'kysely';
import { cleaned, isoOrNull, toJson } from './json.js';
import { bringForward } from './paused-mail.js';
import type { StoreSettings } from './settings.js';
import type { OrgRow, OrgStore, Switch } from './store.js';
import type { Rows, Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

export function orgs(db: Kysely<Tables>, settings: StoreSettings): OrgStore {
  return {
    org: async (org) => orgOf(org, await single(rowOf(db, org))),
    switchOrg: (change) => transact(db, settings, (work) => switchOrg(work, change)),
  };
}

async function switchOrg(work: Work, { org, to, why, by }: Switch): Promise<OrgRow> {
  const { trx, now, note } = work;
  const values = { status: to, paused_why: to === 'paused' ? cleaned(why ?? '') : null, switched_at: now };
  const switched = await trx
    .insertInto('orgs')
    .values({ org, ...values, policy: toJson({}), version: 1, updated_at: now })
    .onConflict((conflict) =>
      conflict
        .column('org')
        .doUpdateSet((eb) => ({ ...values, version: eb('orgs.version', '+', 1), updated_at: now }))
        .whereRef('orgs.status', '<>', 'excluded.status'),
    )
    .returningAll()
    .executeTakeFirst();
  if (switched === undefined) return orgOf(org, await rowOf(trx, org));
  // An org has no mode: what stops it is about live email.
  note({ org, type: to === 'paused' ? 'org.paused' : 'org.resumed', by, mode: 'live' });
  if (to === 'active') await bringForward(work, { org });
  return orgOf(org, switched);
}

const rowOf = (db: Kysely<Tables>, org: string): Promise<Rows['orgs'] | undefined> =>
  db.selectFrom('orgs').selectAll().where('org', '=', org).executeTakeFirst();

const orgOf = (org: string, row: Rows['orgs'] | undefined): OrgRow => ({
  ...{ org, status: row?.status ?? 'active', why: row?.paused_why || null },
  switchedAt: isoOrNull(row?.switched_at ?? null),
});
