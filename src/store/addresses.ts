/** @module What an org knows of one address: the facts of a judgement, without an email. */
import { sql, type Kysely } from 'kysely';
import { addressKey, domainOf } from '../core/email/address.js';
import { anyOf } from './any-of.js';
import { keysOfAddress } from './consents.js';
import type { AddressStore, KnownOfAddress } from './port/addresses.js';
import type { StoreSettings } from './settings.js';
import type { Tables } from './tables.js';
import { single } from './work.js';

interface Row {
  suppressions: KnownOfAddress['suppressions'] | null;
  delivered: boolean;
}

export function addresses(db: Kysely<Tables>, settings: StoreSettings): AddressStore {
  return {
    knownOfAddress: async ({ org, mode, mailbox, mailboxes, address }) => {
      const key = addressKey(address);
      const keys = sql.join(keysOfAddress(settings, org, address));
      const { rows } = await single(
        sql<Row>`
          select
            (select json_agg(json_build_object('scope', scope, 'reason', reason) order by created_at, id)
              from suppressions
              where org = ${org} and mode = ${mode} and removed_at is null
                and (expires_at is null or expires_at > ${settings.clock()})
                and ((scope = 'domain' and address_key = ${domainOf(address.toLowerCase())})
                  or (scope = 'org' and address_key in (${keys}))
                  or (scope = 'mailbox' and address_key in (${keys}) and mailbox = ${mailbox}))
            ) as suppressions,
            exists (
              select from recipients join messages on messages.id = recipients.message
              where recipients.org = ${org} and recipients.mode = ${mode} and address_key = ${key}
                and delivered_at is not null
                and ${mailboxes === null ? sql`true` : sql`messages.mailbox in (${sql.join(anyOf(mailboxes))})`}
            ) as delivered
        `.execute(db),
      );
      const [row] = rows;
      return { suppressions: row?.suppressions ?? [], delivered: row?.delivered ?? false };
    },
  };
}
