/** @module The tags of messages as rows, so that a list can be asked for one. */
import type { Mode } from '../core/email/id.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

export interface TagsTable {
  org: string;
  mode: Mode;
  message: string;
  tag: string;
  /** When the message was made. */
  created_at: Date;
}

export function writeTags(
  { trx, later }: Work,
  { org, mode, id, created_at }: Rows['messages'],
  tags: readonly string[],
): void {
  const rows = [...new Set(tags)].map((tag) => ({ org, mode, message: id, tag, created_at }));
  if (rows.length > 0) later(`tags of ${id}`, trx.insertInto('tags').values(rows));
}
