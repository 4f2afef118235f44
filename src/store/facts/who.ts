/** @module Who sends: the org and the key, as they stand now. */
import { sql } from 'kysely';
import type { Facts } from '../../core/policy/facts.js';
import { fromJson, type Json } from '../json.js';
import { part } from './part.js';

export const orgStatus = part<Facts['org']['status'], Facts['org']>(
  ({ org }) => sql`(select to_json(status) from orgs where org = ${org})`,
  (status) => ({ status: status ?? 'active' }),
);

export const keyStatus = part<{ status: 'active' | 'paused'; categories: Json | null }, Facts['key']>(
  ({ org, key }) =>
    key === null
      ? null
      : sql`(
          select json_build_object('status', status, 'categories', categories)
          from keys where org = ${org} and id = ${key}
        )`,
  (row) =>
    row === null
      ? null
      : { status: row.status, categories: row.categories === null ? null : fromJson(row.categories) },
);
