/** @module The verb that says how full the limits of mailboxes are. */
import { mailboxesAsked } from './access.js';
import type { Verb } from './deps.js';

export const getQuotas: Verb<'quotas.get'> = async (deps, caller, { mailbox, ...page }) => {
  const { org, mode, key } = caller;
  const mailboxes = await mailboxesAsked(deps, caller, mailbox);
  const { items, cursor } = await deps.store.quotas({ org, mode, key, mailboxes, ...page });
  return {
    items: items.flat().map((row) => ({ ...row, remaining: Math.max(0, row.limit - row.current) })),
    cursor,
  };
};
