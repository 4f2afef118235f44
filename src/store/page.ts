/** @module Pages of a list, newest first: by (created_at, id), so that no page costs more than the first. */
import { z } from 'zod';
import { isStorable } from '../core/email/text.js';
import { Problem } from '../errors.js';
import type { Page } from './store.js';

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

/** `rows` holds one more than the page where there is a next one. */
export function pageOf<Row extends { created_at: Date; id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
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
