/** @module The verb that says how full the limits of mailboxes are. */
import { mailboxesAsked } from './access.js';
import type { Verb } from './deps.js';

export const getQuotas: Verb<'quotas.get'> = async (deps, caller, { mailbox, ...page }) => {
  const { org, mode } = caller;
  const mailboxes = await mailboxesAsked(deps, caller, mailbox);
  const { items, cursor } = await deps.store.quotas({ org, mode, mailboxes, ...page });
  return {
    items: items.flat().map(({ window, ...row }) => ({
      ...row,
      rule: RULES[window],
      remaining: Math.max(0, row.limit - row.current),
    })),
    cursor,
  };
};

/** The rule that denies, or lets wait, when it is full. */
const RULES = { hourly: 'rate_limit_hourly', daily: 'rate_limit_daily' } as const;
