/** @module The trace: a message's audit rows in order. They are written by each transaction (work.ts). */
import type { Generated, Kysely } from 'kysely';
import { iso } from './json.js';
import type { Store } from './store.js';
import type { Tables } from './tables.js';
import { single } from './work.js';

export interface AuditTable {
  seq: Generated<string | number>;
  org: string;
  message: string | null;
  at: Date;
  type: string;
  by: string;
  body: string;
  digest: string;
}

export function audit(db: Kysely<Tables>): Pick<Store, 'trace'> {
  return {
    async trace(org, id) {
      const rows = await single(
        db
          .selectFrom('audit')
          .select(['seq', 'at', 'type', 'by', 'body'])
          .where('org', '=', org)
          .where('message', '=', id)
          .orderBy('seq')
          .execute(),
      );
      return rows.map(({ seq, at, type, by, body }) => {
        const { data } = JSON.parse(body) as { data: Record<string, unknown> };
        return { seq: Number(seq), at: iso(at), type, by, data };
      });
    },
  };
}
