/** @module What people see of the breakers, and the providers that they drain by hand. */
import type { Kysely } from 'kysely';
import { stateOf } from '../core/delivery/breaker.js';
import { anyOf } from './any-of.js';
import { fromJson, iso, isoOrNull } from './json.js';
import type { BreakerStore, Drain } from './port/breakers.js';
import type { StoreSettings } from './settings.js';
import { breakerOf, SENDER_DOMAIN } from './standing.js';
import type { Rows, Tables } from './tables.js';
import { single, transact } from './work.js';

export interface DrainedProvidersTable {
  provider: string;
  reason: string | null;
  by: string;
  at: Date;
}

const MOST_ROWS = 1_000;

export function providers(db: Kysely<Tables>, settings: StoreSettings): BreakerStore {
  return {
    breakers: async ({ org, mailboxes }) => {
      const now = settings.clock().getTime();
      const rows = await single(
        db
          .selectFrom('breakers')
          .selectAll()
          .where('org', '=', org)
          .$if(mailboxes !== null, (query) =>
            query.where('domain', 'in', (eb) =>
              eb
                .selectFrom('mailboxes')
                .select(SENDER_DOMAIN.as('domain'))
                .where('mailboxes.org', '=', org)
                .where('mailboxes.id', 'in', anyOf(mailboxes)),
            ),
          )
          .orderBy('provider')
          .orderBy('domain')
          .limit(MOST_ROWS)
          .execute(),
      );
      return rows.map((row) => ({
        ...{ provider: row.provider, domain: row.domain, state: stateOf(breakerOf(row), now) },
        ...{ failures: fromJson<number[]>(row.recent).length, reason: row.reason },
        ...{ openedAt: isoOrNull(row.opened_at), retryAt: isoOrNull(row.retry_at) },
      }));
    },

    drains: async () => {
      const all = db.selectFrom('drained_providers').selectAll().orderBy('provider');
      return (await single(all.execute())).map(drainOf);
    },

    drain: ({ provider, org, reason = null, by }) =>
      transact(db, settings, async ({ trx, now, note }) => {
        const row = { provider, reason, by, at: now };
        const made = await trx
          .insertInto('drained_providers')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        if (made.numInsertedOrUpdatedRows === 1n)
          note({ org, type: 'provider.drained', by, data: { provider } });
        const stands = trx.selectFrom('drained_providers').selectAll().where('provider', '=', provider);
        return drainOf((await stands.executeTakeFirst()) ?? row);
      }),

    resume: ({ provider, org, by }) =>
      transact(db, settings, async ({ trx, note }) => {
        const gone = trx.deleteFrom('drained_providers').where('provider', '=', provider);
        if ((await gone.executeTakeFirstOrThrow()).numDeletedRows === 0n) return false;
        note({ org, type: 'provider.resumed', by, data: { provider } });
        return true;
      }),
  };
}

const drainOf = ({ at, ...row }: Rows['drained_providers']): Drain => ({ ...row, at: iso(at) });
