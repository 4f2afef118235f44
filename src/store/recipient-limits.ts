/**
 * @module Limits by recipients, over any 60 minutes or 30 days rather than those of the clock. A row of `recipients`
 * says when it went (`counted_at`), written with everything else that a claim writes; so there is nothing to give back
 * but that row. Claims that would count the same person take turns: the lock is on the name, as there may be no row,
 * and is held until what was counted is committed.
 */
import { sql } from 'kysely';
import { modeOf } from '../core/policy/mode.js';
import type { Policy } from '../core/policy/schema.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

export const asksPerHour = (policy: Policy): boolean => modeOf(policy, 'rate_limit_recipient') !== 'off';

export const asksCooldown = (policy: Policy): boolean =>
  policy.recipients.cooldownMinutes > 0 && modeOf(policy, 'cooldown') !== 'off';

export const asksDistinct = ({ recipients: { distinct }, ...policy }: Policy): boolean =>
  Object.values(distinct).some((limit) => limit !== undefined) &&
  modeOf(policy, 'distinct_recipients') !== 'off';

/**
 * Before the facts are read: until the end of the transaction nobody else counts these people, or, where the policy
 * limits how many, any of this mailbox. All in one statement and in one order, so that no two wait for each other.
 */
export async function lockRecipients(
  { trx }: Work,
  { org, mode, mailbox }: Pick<Rows['messages'], 'org' | 'mode' | 'mailbox'>,
  recipients: readonly Rows['recipients'][],
  policy: Policy,
): Promise<void> {
  const asked = asksPerHour(policy) || asksCooldown(policy);
  const counted = recipients.filter((one) => !isCopy(one, policy));
  const names = [
    ...(asked ? counted.map((one) => `recipient ${org} ${mode} ${one.address_key}`) : []),
    ...(asksDistinct(policy) ? [`recipients of ${org} ${mode} ${mailbox}`] : []),
  ];
  if (names.length === 0) return;
  await sql`
    select pg_advisory_xact_lock(name)
    from (select distinct hashtextextended(name, 0) as name from unnest(${names}::text[]) name order by 1) names
  `.execute(trx);
}

/** The overseer, who gets a copy of everything, is not counted: nobody has to take turns for them. */
export const isCopy = (
  { kind, address }: Pick<Rows['recipients'], 'kind' | 'address'>,
  { oversight }: Pick<Policy, 'oversight'>,
): boolean => kind === 'bcc' && address.toLowerCase() === oversight?.bcc.toLowerCase();

/** Who is to be written to at once is counted from now on, and who is not, is not. */
export function count(recipients: readonly Rows['recipients'][], at: Date | null, policy?: Policy): void {
  for (const one of recipients) one.counted_at = policy && isCopy(one, policy) ? null : at;
}
