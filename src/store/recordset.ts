/**
 * @module Rows to insert or to change, in the form that costs least: a few as parameters; many as one, JSON that
 * PostgreSQL reads by the table's own types, so that the statement is the same for any number and is prepared once.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Rows, Tables } from './tables.js';

/** To be read in a `from`, in the order given; absent columns are null. */
export const recordset = <Table extends keyof Tables>(
  table: Table,
  rows: readonly Partial<Rows[Table]>[],
): RawBuilder<Rows[Table]> =>
  sql`json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`;

/** Up to here parameters are cheaper: for JSON, each run looks up every column of the table. */
const FEW = 5;

/** For `insertInto(table).columns(columns).expression(…)`, which inserts in the order given. */
export function valuesOf<Table extends keyof Tables>(
  table: Table,
  columns: readonly (keyof Rows[Table] & string)[],
  rows: readonly Partial<Rows[Table]>[],
): RawBuilder<Rows[Table]> {
  if (rows.length <= FEW) {
    const tuples = rows.map((row) => sql`(${sql.join(columns.map((name) => row[name] ?? null))})`);
    return sql`values ${sql.join(tuples)}`;
  }
  return sql`select ${sql.join(columns.map((name) => sql.ref(name)))} from ${recordset(table, rows)} as told`;
}
