/**
 * @module The held queue, oldest first. The list answers newest first, so it is read to its end, within a
 * bound; only the emails of one page are read in full.
 */
import { Problem } from '../errors.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import type { OutputOf } from '../service/operations.js';
import type { Review } from './deps.js';
import type { Visitor } from './visitor.js';

type Summary = OutputOf<'approvals.list'>['items'][number];

export interface QueueRow extends Summary {
  /** Absent where the email can't be read by this key, or is gone meanwhile. */
  more?: { from: string; recipients: number; reasons: string[] };
}

export interface Queue {
  rows: QueueRow[];
  page: number;
  pages: number;
  total: number;
  /** There are more than were read; these are not the oldest. */
  cut: boolean;
}

const ROWS = 20;
const READ = { limit: 200, pages: 25 };

export async function readQueue(review: Review, visitor: Visitor, wanted: number): Promise<Queue> {
  const { held, cut } = await allHeld(review, visitor);
  const pages = Math.max(1, Math.ceil(held.length / ROWS));
  const page = Number.isInteger(wanted) ? Math.min(Math.max(wanted, 1), pages) : 1;
  const shown = held.slice((page - 1) * ROWS, page * ROWS);
  const rows = await Promise.all(shown.map((one) => withMore(review, visitor, one)));
  return { rows, page, pages, total: held.length, cut };
}

async function allHeld({ service }: Review, { caller }: Visitor): Promise<{ held: Summary[]; cut: boolean }> {
  // By id: an email that is decided meanwhile moves the pages.
  const found = new Map<string, Summary>();
  let cursor: string | null = null;
  for (let page = 0; page < READ.pages; page++) {
    const part: OutputOf<'approvals.list'> = await service.call('approvals.list', caller, {
      limit: READ.limit,
      ...(cursor !== null && { cursor }),
    });
    for (const one of part.items) found.set(one.id, one);
    cursor = part.cursor;
    if (cursor === null) break;
  }
  const held = [...found.values()].sort((a, b) =>
    a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
  );
  return { held, cut: cursor !== null };
}

async function withMore({ service }: Review, { caller }: Visitor, row: Summary): Promise<QueueRow> {
  try {
    const email = await service.call('messages.get', caller, { id: row.id });
    if (!('content' in email)) return row;
    const reasons = decidingChecks(email.verdict as Verdict).map((check) => check.rule);
    return {
      ...row,
      more: { from: email.content.from.address, recipients: email.recipients.length, reasons },
    };
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return row;
    throw error;
  }
}
