/** @module What a kill switch does to an email: of the org, of the mailbox, of the key. */
import type { Revision } from '../../email/revision.js';
import type { Judgement } from '../facts.js';
import { failed, passed, type Finding } from '../rule.js';

/** What waits looks again this often; a resumption brings it forward. */
const LOOKS_EVERY = 3_600_000;

/**
 * Whoever asks is told no. What was accepted before is not lost by a pause of an hour: it waits for as long as that
 * lasts, and then goes, or has expired.
 */
export function unlessPaused(
  status: 'active' | 'paused',
  { facts, now }: Pick<Judgement<Revision>, 'facts' | 'now'>,
): Finding {
  if (status === 'active') return passed();
  if (!facts.admitted) return failed('deny', { status });
  return failed('wait', { status }, new Date(now.getTime() + LOOKS_EVERY).toISOString());
}
