/**
 * @module Uploads: which org may name which bytes. The bytes are blobs, which have no tenant and live at least as
 * long as the upload. Locks: blobs (by digest), the count of the org, uploads.
 */
import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { Mode } from '../core/email/id.js';
import type { Revision } from '../core/email/revision.js';
import { anyOf } from './any-of.js';
import { INPUT_KEPT_MS, putBlobs, readBlobs } from './blobs.js';
import { cleaned, fromJson, iso } from './json.js';
import type { UploadOwner, UploadRow, UploadStore } from './port/uploads.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { lockName, single, snapshot, transact, type Work } from './work.js';
import { Problem } from '../errors.js';

export interface UploadsTable {
  org: string;
  mode: Mode;
  sha256: string;
  content_type: string;
  size: number;
  by: string;
  named_at: Date | null;
  created_at: Date;
  expires_at: Date;
}

/** Of uploads that no email names, per org. */
const MOST_UNNAMED_BYTES = 1_000_000_000;
/** The least that an upload counts, so that their number is bounded too: the count reads them all. */
const LEAST_COUNTED_BYTES = 65_536;

/** An upload is held anew only where it has lost a day, so that not every send writes. */
const FRESH_FOR_MS = 24 * 3_600_000;

export function uploads(db: Kysely<Tables>, settings: StoreSettings): UploadStore {
  return {
    putUpload: ({ bytes, by, contentType, ...named }) =>
      transact(db, settings, async (work) => {
        const { trx, now, note } = work;
        const { org, sha256 } = named;
        const expiresAt = new Date(now.getTime() + INPUT_KEPT_MS);
        const row = { ...named, content_type: contentType, size: bytes.length, by: cleaned(by) };
        await putBlobs(trx, [{ sha256, bytes }], now, expiresAt);
        // After the bytes, so that uploads of one org only wait for each other's last statement.
        await requireRoom(work, row);
        const kept = await trx
          .insertInto('uploads')
          .values({ ...row, named_at: null, created_at: now, expires_at: expiresAt })
          .onConflict((conflict) =>
            conflict
              .columns(['org', 'mode', 'sha256'])
              .doUpdateSet({ content_type: contentType, expires_at: expiresAt }),
          )
          .returningAll()
          .executeTakeFirstOrThrow();
        note({ org, type: 'attachment.uploaded', by, data: { sha256, size: row.size } });
        return uploadOf(kept);
      }),

    upload: async (owner, sha256) => {
      const row = await single(alive(db, owner, [sha256], settings.clock()).selectAll().executeTakeFirst());
      return row === undefined ? null : uploadOf(row);
    },

    holdUploads: (owner, digests) =>
      transact(db, settings, async ({ trx, now }) => {
        const rows = await alive(trx, owner, digests, now).selectAll().execute();
        const until = new Date(now.getTime() + INPUT_KEPT_MS);
        const old = rows.filter((row) => row.expires_at.getTime() < until.getTime() - FRESH_FOR_MS);
        await hold(trx, owner, old, until);
        return rows.map((row) => uploadOf(old.includes(row) ? { ...row, expires_at: until } : row));
      }),

    uploadedBytes: ({ id, ...owner }, digests) =>
      snapshot(db, async (trx) => {
        const uploaded = await alive(trx, owner, digests, settings.clock()).select('sha256').execute();
        const own = await trx
          .selectFrom('revisions')
          .innerJoin('messages', 'messages.id', 'revisions.message')
          .select('revisions.content')
          .where('revisions.org', '=', owner.org)
          .where('revisions.message', '=', id)
          .where('messages.mode', '=', owner.mode)
          .execute();
        const allowed = new Set([
          ...uploaded.map((row) => row.sha256),
          ...own.flatMap((row) => fromJson<Revision>(row.content).attachments.map((one) => one.sha256)),
        ]);
        return await readBlobs(
          trx,
          digests.filter((one) => allowed.has(one)),
        );
      }),
  };
}

type Upload = Rows['uploads'];

const alive = (
  db: Kysely<Tables>,
  { org, mode }: UploadOwner,
  digests: readonly string[],
  now: Date,
): SelectQueryBuilder<Tables, 'uploads', object> =>
  db
    .selectFrom('uploads')
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('sha256', 'in', anyOf(digests))
    .where('expires_at', '>', now);

/** Of two uploads at once the second waits here, and counts the first. @throws Problem `rate_limited`. */
async function requireRoom(
  { trx, now }: Work,
  { org, mode, sha256, size }: Pick<Upload, 'org' | 'mode' | 'sha256' | 'size'>,
): Promise<void> {
  await lockName({ trx }, `${mode} uploads of ${org}`);
  const { kept } = await trx
    .selectFrom('uploads')
    .select(sql<string>`coalesce(sum(greatest(size, ${LEAST_COUNTED_BYTES}::integer)), 0)`.as('kept'))
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('named_at', 'is', null)
    .where('expires_at', '>', now)
    .where('sha256', '!=', sha256)
    .executeTakeFirstOrThrow();
  if (Number(kept) + Math.max(size, LEAST_COUNTED_BYTES) <= MOST_UNNAMED_BYTES) return;
  throw new Problem('rate_limited', {
    detail: `your organisation keeps ${MOST_UNNAMED_BYTES} bytes of uploads that no email names: send them, or wait until they expire`,
    retryAfter: 3_600,
  });
}

async function hold(
  trx: Kysely<Tables>,
  { org, mode }: UploadOwner,
  rows: readonly Upload[],
  until: Date,
): Promise<void> {
  if (rows.length === 0) return;
  const digests = rows.map((row) => row.sha256);
  await trx
    .updateTable('blobs')
    .set({ expires_at: until })
    .where('sha256', 'in', (eb) =>
      eb
        .selectFrom('blobs as named')
        .select('named.sha256')
        .where('named.sha256', 'in', digests)
        .where('named.expires_at', '<', until)
        .orderBy('named.sha256')
        .forUpdate(),
    )
    .execute();
  await trx
    .updateTable('uploads')
    .set({ expires_at: until })
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('sha256', 'in', digests)
    .execute();
}

/** An email names these: its revision keeps the bytes from now on, and they count no longer. */
export function nameUploads(
  { trx, now, later }: Work,
  { org, mode, id }: UploadOwner & { id: string },
  digests: readonly string[],
): void {
  if (digests.length === 0) return;
  later(
    `uploads of ${id}`,
    trx
      .updateTable('uploads')
      .set({ named_at: now })
      .where('org', '=', org)
      .where('mode', '=', mode)
      .where('sha256', 'in', [...digests])
      .where('named_at', 'is', null),
  );
}

/** Deletes those past their time, some at a time; answers how many. */
export async function deleteExpiredUploads(db: Kysely<Tables>, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await single(
    db
      .deleteFrom('uploads')
      .where((eb) =>
        eb(
          eb.refTuple('org', 'mode', 'sha256'),
          'in',
          eb
            .selectFrom('uploads as old')
            .select(['old.org', 'old.mode', 'old.sha256'])
            .where('old.expires_at', '<=', now)
            .orderBy('old.expires_at')
            .limit(limit)
            .$asTuple('org', 'mode', 'sha256'),
        ),
      )
      // Again: one that was renewed meanwhile stays.
      .where('expires_at', '<=', now)
      .executeTakeFirstOrThrow(),
  );
  return Number(numDeletedRows);
}

const uploadOf = ({ sha256, size, content_type, expires_at }: Upload): UploadRow => ({
  ...{ sha256, size, contentType: content_type },
  expiresAt: iso(expires_at),
});
