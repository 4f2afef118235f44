/** @module Pages of a list, newest first: by (created_at, id), so that no page costs more than the first. */
import { sql, type SelectQueryBuilder } from 'kysely';
import { z } from 'zod';
import { isStorable } from '../core/email/text.js';
import { Problem } from '../errors.js';
import type { Page, PageRequest } from './store.js';
import { single } from './work.js';

interface Row {
  created_at: Date;
  id: string;
}

interface Place {
  at: Date;
  id: string;
}

/** Nothing is older than the epoch, and a database can't take every year that a text can name. */
const cursorSchema = z.tuple([
  z.iso.datetime().refine((at) => at >= '1970'),
  z.string().max(300).refine(isStorable),
]);

/** Where the next page begins; null without a cursor. @throws Problem where it is not one of ours. */
export function afterCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const parsed = cursorSchema.safeParse(read(cursor));
  if (!parsed.success)
    throw new Problem('invalid_request', {
      detail: 'The cursor is not one that a list answered with; leave it out to start at the first page.',
      field: 'cursor',
    });
  const [at, id] = parsed.data;
  return { at: new Date(at), id };
}

/**
 * The page of what a query finds, in one statement. `table`: whose columns they are, where another table of the query
 * has some of these names. @throws Problem where the cursor is not one of ours.
 */
export async function newestPage<DB, TB extends keyof DB, Found extends Row, Item>(
  query: SelectQueryBuilder<DB, TB, Found>,
  { limit, cursor }: PageRequest,
  itemOf: (row: Found) => Item,
  table?: string,
): Promise<Page<Item>> {
  const after = afterCursor(cursor);
  const [at, id] = ['created_at', 'id'].map((name) =>
    sql.ref(table === undefined ? name : `${table}.${name}`),
  );
  const rows = await single(
    query
      .$if(after !== null, (all) => all.where(sql<boolean>`(${at}, ${id}) < (${after?.at}, ${after?.id})`))
      .orderBy(sql`${at}`, 'desc')
      .orderBy(sql`${id}`, 'desc')
      .limit(limit + 1)
      .execute(),
  );
  return pageOf(rows as Found[], limit, itemOf);
}

/** `rows` holds one more than the page where there is a next one. */
export function pageOf<Found extends Row, Item>(
  rows: readonly Found[],
  limit: number,
  itemOf: (row: Found) => Item,
): Page<Item> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  const cursor = more ? [last.created_at.toISOString(), last.id] : null;
  return {
    items: page.map(itemOf),
    cursor: cursor === null ? null : Buffer.from(JSON.stringify(cursor)).toString('base64url'),
  };
}

function read(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
