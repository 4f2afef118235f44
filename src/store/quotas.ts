/** @module How full the limits of mailboxes are now, read by one statement for a page of mailboxes. */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Mode } from '../core/email/id.js';
import { LIMIT_WINDOWS, type LimitWindow } from '../core/policy/facts.js';
import { anyOf } from './any-of.js';
import { bucketOf, limitKey, WINDOW_MS } from './buckets.js';
import { iso } from './json.js';
import { mailboxOf } from './mailboxes.js';
import { newestPage } from './page.js';
import type { QuotaRow, QuotaStore } from './port/quotas.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';

export interface QuotasTable {
  org: string;
  mode: Mode;
  limit_key: string;
  bucket: Date;
  used: number;
}

type Row = Rows['mailboxes'] & Record<LimitWindow, number | null>;

export function quotas(db: Kysely<Tables>, settings: StoreSettings): QuotaStore {
  return {
    quotas: async ({ org, mode, mailboxes, limit, cursor }) => {
      const now = settings.clock();
      // Which limit: its name as limitKey writes it, with the mailbox of the row in it.
      const usedIn = (window: LimitWindow): RawBuilder<number | null> =>
        sql`(
          select used from quotas
          where quotas.org = mailboxes.org and mode = ${mode} and bucket = ${bucketOf(window, now)}
            and limit_key = replace(${limitKey('?', window)}, '?', mailboxes.id)
        )`;
      return await newestPage(
        db
          .selectFrom('mailboxes')
          .selectAll()
          .select(LIMIT_WINDOWS.map((window) => usedIn(window).as(window)))
          .where('org', '=', org)
          .$if(mailboxes !== null, (query) => query.where('id', 'in', anyOf(mailboxes)))
          .$castTo<Row>(),
        { limit, cursor },
        (row) => quotasOf(row, now),
      );
    },
  };
}

function quotasOf(row: Row, now: Date): QuotaRow[] {
  const { limits } = mailboxOf(row).policy;
  return LIMIT_WINDOWS.map((window) => ({
    ...{ mailbox: row.id, window, current: row[window] ?? 0, limit: limits[window] },
    resetsAt: iso(new Date(bucketOf(window, now).getTime() + WINDOW_MS[window])),
  }));
}
