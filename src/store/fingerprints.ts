/** @module Sends without a key: equal content within a window is one email. */
import { sql, type Kysely } from 'kysely';
import type { Mode } from '../core/email/id.js';
import type { StoreSettings } from './settings.js';
import type { Store } from './store.js';
import type { Tables } from './tables.js';
import { single } from './work.js';

export interface FingerprintsTable {
  org: string;
  mailbox: string;
  mode: Mode;
  hash: string;
  key: string;
  at: Date;
}

export function fingerprints(db: Kysely<Tables>, settings: StoreSettings): Pick<Store, 'claimFingerprint'> {
  return {
    async claimFingerprint({ org, mailbox, mode, hash, key, windowMs }) {
      const at = settings.clock();
      const over = new Date(at.getTime() - windowMs);
      const row = await single(
        db
          .insertInto('fingerprints')
          .values({ org, mailbox, mode, hash, key, at })
          .onConflict((conflict) =>
            conflict.columns(['org', 'mailbox', 'mode', 'hash']).doUpdateSet({
              key: sql<string>`case when fingerprints.at <= ${over} then excluded.key else fingerprints.key end`,
              at: sql<Date>`case when fingerprints.at <= ${over} then excluded.at else fingerprints.at end`,
            }),
          )
          .returning('key')
          .executeTakeFirstOrThrow(),
      );
      return row.key;
    },
  };
}
