/** @module Bytes under their SHA-256: attachments, and bodies too large for a workflow's input. */
import { sql, type Kysely } from 'kysely';
import type { StoreSettings } from './settings.js';
import type { Store } from './store.js';
import type { Tables } from './tables.js';
import { single } from './work.js';

export interface BlobsTable {
  sha256: string;
  bytes: Uint8Array;
  created_at: Date;
  expires_at: Date | null;
}

/**
 * Input under seal is named by its workflow alone, which a store can't ask: it is kept for longer than any
 * workflow waits for its first worker. A start that is older and was never admitted is denied.
 */
export const INPUT_KEPT_MS = 30 * 24 * 3_600_000;

export function blobs(db: Kysely<Tables>, settings: StoreSettings): Pick<Store, 'putBlob' | 'blob'> {
  return {
    putBlob: (sha256, bytes) => {
      const now = settings.clock();
      return single(putBlobs(db, [{ sha256, bytes }], now, new Date(now.getTime() + INPUT_KEPT_MS)));
    },
    blob: async (sha256) => (await single(readBlobs(db, [sha256]))).get(sha256) ?? null,
  };
}

/** `expiresAt`: null for what a revision names, which stays. */
export async function putBlobs(
  db: Kysely<Tables>,
  files: readonly { sha256: string; bytes: Uint8Array }[],
  now: Date,
  expiresAt: Date | null = null,
): Promise<void> {
  if (files.length === 0) return;
  // In one order everywhere: two messages with the same attachments must not wait for each other.
  const rows = [...new Map(files.map((one) => [one.sha256, one.bytes]))].sort(([a], [b]) => (a < b ? -1 : 1));
  await db
    .insertInto('blobs')
    .values(rows.map(([sha256, bytes]) => ({ sha256, bytes, created_at: now, expires_at: expiresAt })))
    .onConflict((conflict) =>
      conflict
        .column('sha256')
        // Never sooner than somebody else relies on; and PostgreSQL's greatest takes no notice of a null.
        .doUpdateSet({
          expires_at: sql<Date | null>`case when excluded.expires_at is null then null
            else greatest(blobs.expires_at, excluded.expires_at) end`,
        })
        .where('blobs.expires_at', 'is not', null),
    )
    .execute();
}

export async function readBlobs(
  db: Kysely<Tables>,
  digests: readonly string[],
): Promise<Map<string, Uint8Array>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .selectFrom('blobs')
    .select(['sha256', 'bytes'])
    .where('sha256', 'in', [...new Set(digests)])
    .execute();
  return new Map(rows.map((row) => [row.sha256, row.bytes]));
}
