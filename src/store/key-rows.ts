/** @module A key's row: how it is read, and when it counts. */
import type {
  ExpressionBuilder,
  ExpressionWrapper,
  Generated,
  Kysely,
  SelectQueryBuilder,
  SqlBool,
} from 'kysely';
import type { Mode } from '../core/email/id.js';
import { fromJson, iso, isoOrNull, type Json } from './json.js';
import type { KeyRow } from './store.js';
import type { Rows, Tables } from './tables.js';

export interface KeysTable {
  org: string;
  id: string;
  principal: string;
  name: string;
  hash: string;
  mode: Mode;
  scopes: Json;
  mailboxes: Json | null;
  made_by: string | null;
  rotated_from: string | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  status: Generated<'active' | 'paused'>;
  categories: Generated<Json | null>;
  paused_why: Generated<string | null>;
  /** Id of the key that was paused, and this one with it. */
  paused_with: Generated<string | null>;
  switched_at: Generated<Date | null>;
  revoked_at: Date | null;
}

type Kind = Pick<Rows['principals'], 'kind'>;

/** With the kind of who stands behind it. */
export const keyRows = (
  db: Kysely<Tables>,
): SelectQueryBuilder<Tables, 'keys' | 'principals', Rows['keys'] & Kind> =>
  db
    .selectFrom('keys')
    .innerJoin('principals', (join) =>
      join.onRef('principals.org', '=', 'keys.org').onRef('principals.id', '=', 'keys.principal'),
    )
    .selectAll('keys')
    .select('principals.kind');

/** It opens doors: neither revoked nor expired. */
export const isLiveAt =
  (now: Date) =>
  (eb: ExpressionBuilder<Tables, 'keys'>): ExpressionWrapper<Tables, 'keys', SqlBool> =>
    eb.and([
      eb('keys.revoked_at', 'is', null),
      eb.or([eb('keys.expires_at', 'is', null), eb('keys.expires_at', '>', now)]),
    ]);

export const keyOf = (row: Rows['keys'] & Kind): KeyRow => ({
  ...{ id: row.id, org: row.org, principal: row.principal, kind: row.kind, name: row.name, mode: row.mode },
  scopes: fromJson(row.scopes),
  mailboxes: row.mailboxes === null ? null : fromJson(row.mailboxes),
  categories: row.categories === null ? null : fromJson(row.categories),
  status: row.status,
  ...{ madeBy: row.made_by, rotatedFrom: row.rotated_from },
  createdAt: iso(row.created_at),
  expiresAt: isoOrNull(row.expires_at),
  lastUsedAt: isoOrNull(row.last_used_at),
  revokedAt: isoOrNull(row.revoked_at),
});
