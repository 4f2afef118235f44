/** @module What people have decided on the message already. */
import { sql } from 'kysely';
import { fromJson, type Json } from '../json.js';
import { part } from './part.js';

interface Row {
  revision: number;
  accepted: Json;
  at: string;
}

export interface Approvals {
  /** By revision: the findings that people have accepted. */
  accepted: ReadonlyMap<number, string[]>;
  /** By revision: when it was approved (ISO 8601). */
  at: ReadonlyMap<number, string>;
}

export const approvals = part<Row[], Approvals>(
  ({ id }) => sql`(
    select json_agg(json_build_object('revision', revision, 'accepted', accepted, 'at', at) order by number)
    from decisions where message = ${id} and action = 'approve'
  )`,
  (rows) => {
    const accepted = new Map<number, string[]>();
    const at = new Map<number, string>();
    for (const row of rows ?? []) {
      accepted.set(row.revision, [
        ...(accepted.get(row.revision) ?? []),
        ...fromJson<string[]>(row.accepted),
      ]);
      at.set(row.revision, new Date(row.at).toISOString());
    }
    return { accepted, at };
  },
);
