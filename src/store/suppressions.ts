/** @module The suppression list as people manage it. */
import type { Kysely } from 'kysely';
import { domainOf } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import { anyOf } from './any-of.js';
import { keysOfAddress } from './consents.js';
import { cleaned, iso, isoOrNull } from './json.js';
import { newestPage } from './page.js';
import type { StoreSettings } from './settings.js';
import type { SuppressionRow } from './details.js';
import type { SuppressionStore } from './port/suppressions.js';
import { suppress, suppressAll } from './suppress.js';
import type { Rows, Tables } from './tables.js';
import { single, transact } from './work.js';

export interface SuppressionsTable {
  org: string;
  id: string;
  mode: Mode;
  address: string;
  address_key: string;
  scope: 'org' | 'domain' | 'mailbox';
  mailbox: string | null;
  reason: string;
  source: string;
  message: string | null;
  created_at: Date;
  expires_at: Date | null;
  removed_at: Date | null;
  removed_by: string | null;
}

export function suppressions(db: Kysely<Tables>, settings: StoreSettings): SuppressionStore {
  return {
    addSuppression: (wanted) =>
      transact(db, settings, async (work) => suppressionOf(await suppress(work, wanted))),

    addSuppressions: (all) => transact(db, settings, async (work) => await suppressAll(work, all)),

    removeSuppression: ({ org, mode, mailboxes, id, by }) =>
      transact(db, settings, async ({ trx, now, note }) => {
        const removed = await trx
          .updateTable('suppressions')
          .set({ removed_at: now, removed_by: cleaned(by) })
          .where('org', '=', org)
          .where('mode', '=', mode)
          .where('id', '=', id)
          .where('removed_at', 'is', null)
          .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)))
          .returning('id')
          .executeTakeFirst();
        if (removed !== undefined) note({ org, type: 'suppression.removed', by, data: { suppression: id } });
        return removed !== undefined;
      }),

    suppressions: async ({ org, mode, mailboxes, address, limit, cursor }) => {
      return await newestPage(
        db
          .selectFrom('suppressions')
          .selectAll()
          .where('org', '=', org)
          .where('mode', '=', mode)
          .where('removed_at', 'is', null)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', settings.clock())]))
          .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)))
          .$if(address !== undefined, (query) =>
            query.where('address_key', 'in', [
              ...keysOfAddress(settings, org, address ?? ''),
              (address ?? '').toLowerCase(),
            ]),
          ),
        { limit, cursor },
        suppressionOf,
      );
    },

    suppressionsOn: async ({ org, mode, mailboxes, address }) => {
      const keys = keysOfAddress(settings, org, address);
      const rows = await single(
        db
          .selectFrom('suppressions')
          .selectAll()
          .where('org', '=', org)
          .where('mode', '=', mode)
          .where('removed_at', 'is', null)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', settings.clock())]))
          .where((eb) =>
            eb.or([
              eb('scope', '=', 'domain').and('address_key', '=', domainOf(address.toLowerCase())),
              eb('scope', '<>', 'domain').and('address_key', 'in', keys),
            ]),
          )
          .$if(mailboxes !== null, (query) =>
            query.where((eb) => eb.or([eb('mailbox', 'is', null), eb('mailbox', 'in', anyOf(mailboxes))])),
          )
          .orderBy('created_at')
          .orderBy('id')
          .execute(),
      );
      return rows.map(suppressionOf);
    },
  };
}

const suppressionOf = (row: Rows['suppressions']): SuppressionRow => ({
  ...{
    id: row.id,
    org: row.org,
    mode: row.mode,
    address: row.address,
    scope: row.scope,
    mailbox: row.mailbox,
  },
  ...{ reason: row.reason, source: row.source, message: row.message },
  createdAt: iso(row.created_at),
  expiresAt: isoOrNull(row.expires_at),
});
