/**
 * @module Opens and clicks that are no person's: proxies fetch images and scanners follow links while the mail is being
 * delivered. Pure. Readers of webhooks mark those that name themselves; this is for the others.
 */
import type { ReportType } from '../email/state.js';

interface Seen {
  type: ReportType;
  at: Date;
  /** Null where that is not known. */
  deliveredAt: Date | null;
}

/** Milliseconds after the delivery within which no person has read it. */
const AT_ONCE = 1_000;

/** What can't be told counts as a person's. */
export function isMachine({ type, at, deliveredAt }: Seen): boolean {
  if (deliveredAt === null || (type !== 'opened' && type !== 'clicked')) return false;
  return at.getTime() - deliveredAt.getTime() <= AT_ONCE;
}
