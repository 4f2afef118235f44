/**
 * @module An agent that is told no again and again, and goes on: its keys are paused, and a person hears of it. Counted
 * are the denials themselves, so that an email which goes its way costs nothing; and those of the principal, which would
 * otherwise make itself a new key for the next ones.
 */
import { sql } from 'kysely';
import type { MessageStatus } from '../core/email/state.js';
import type { RuleCode } from '../core/policy/codes.js';
import type { Policy } from '../core/policy/schema.js';
import { decidingChecks, type Verdict } from '../core/policy/verdict.js';
import { rootOf } from './key-line.js';
import { switchKey } from './switch-key.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** What others have filled or switched off: to meet it says nothing of the sender. */
const NO_FAULT: readonly string[] = [
  ...(['tenant_paused', 'mailbox_active', 'key_paused', 'lease_conflict'] as const),
  ...(['rate_limit_hourly', 'rate_limit_daily', 'rate_limit_monthly', 'rate_limits'] as const),
  ...(['warmup_limit', 'distinct_recipients', 'negative_signal_budget'] as const),
] satisfies RuleCode[];

/** Denied for what its sender could have known; nearly the same email again (`cooldown`, `duplicate`) is that. */
export const isMisjudged = (status: MessageStatus, verdict: Verdict): boolean =>
  status === 'denied' && !decidingChecks(verdict).every((check) => NO_FAULT.includes(check.rule));

/** After such a denial, in its transaction. A key that was resumed begins anew. */
export async function stopLoop(
  work: Work,
  message: Pick<Rows['messages'], 'org' | 'id' | 'mode' | 'principal' | 'key' | 'mailbox'>,
  { loop: { denials, minutes } }: Pick<Policy, 'loop'>,
): Promise<void> {
  const { org, id, mode, principal, key, mailbox } = message;
  if (key === null) return;
  const from = new Date(work.now.getTime() - minutes * 60_000);
  const { rows } = await sql<{ root: string | null; denied: number }>`
    select root.id as root, (
      select count(*)::int from messages
      where org = ${org} and mode = ${mode} and principal = ${principal} and misjudged_at >= greatest(
        ${from}::timestamptz, (select switched_at from keys where org = ${org} and keys.id = root.id))
    ) as denied
    from (select ${rootOf(org, key)} as id) as root
  `.execute(work.trx);
  const [{ root, denied } = { root: null, denied: 0 }] = rows;
  if (root === null || denied < denials) return;
  await switchKey(work, {
    ...{
      org,
      id: root,
      to: 'paused',
      by: 'policy',
      why: `${denials} emails were denied within ${minutes} minutes`,
    },
    because: { reason: 'agent_loop', message: id, mailbox },
  });
}
