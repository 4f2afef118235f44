/** @module How full the limits of mailboxes are now, read by one statement for a page of mailboxes. */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { LIMIT_WINDOWS, type LimitWindow } from '../core/policy/facts.js';
import { bucketOf, limitKey, WINDOW_MS } from './buckets.js';
import { iso } from './json.js';
import { mailboxOf } from './mailboxes.js';
import { afterCursor, pageOf } from './page.js';
import type { QuotaRow, QuotaStore } from './port/quotas.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { single } from './work.js';

type Row = Rows['mailboxes'] & Record<LimitWindow, number | null>;

export function quotas(db: Kysely<Tables>, settings: StoreSettings): QuotaStore {
  return {
    quotas: async ({ org, mode, mailboxes, limit, cursor }) => {
      const now = settings.clock();
      const after = afterCursor(cursor);
      if (mailboxes?.length === 0) return { items: [], cursor: null };
      // Which limit: its name as limitKey writes it, with the mailbox of the row in it.
      const usedIn = (window: LimitWindow): RawBuilder<number | null> =>
        sql`(
          select used from quotas
          where quotas.org = mailboxes.org and mode = ${mode} and bucket = ${bucketOf(window, now)}
            and limit_key = replace(${limitKey('?', window)}, '?', mailboxes.id)
        )`;
      const rows = await single(
        db
          .selectFrom('mailboxes')
          .selectAll()
          .select(LIMIT_WINDOWS.map((window) => usedIn(window).as(window)))
          .where('org', '=', org)
          .$if(mailboxes !== null, (query) => query.where('id', 'in', mailboxes ?? []))
          .$if(after !== null, (query) =>
            query.where((eb) =>
              eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(after?.at ?? new Date(0), after?.id ?? '')),
            ),
          )
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute(),
      );
      return pageOf(rows as Row[], limit, (row) => quotasOf(row, now));
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
