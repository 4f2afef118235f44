/**
 * @module Failover triggers: which refusals let the next provider of a route try. They act only on answers that prove
 * that nothing was sent. Pure. The names are those that others' configs use.
 */
import { outcomeFor, type Receipt, type RefusalReason } from './receipt.js';

export const FAILOVER_TRIGGERS = [
  ...(['5xx_errors', 'timeout', 'rate_limit_exceeded', 'quota', 'config', 'refused'] as const),
] as const;
export type FailoverTrigger = (typeof FAILOVER_TRIGGERS)[number];

/** All but `refused`: what one provider calls bad content, another has no business with unless somebody says so. */
export const DEFAULT_TRIGGERS: readonly FailoverTrigger[] = FAILOVER_TRIGGERS.filter(
  (one) => one !== 'refused',
);

/**
 * Of answers that leave a recipient to be tried again. There `recipient` and `content` are a "not now" (a 4yz of SMTP);
 * a "never" about them is final, and no other provider is asked.
 */
const TRIGGERS: Readonly<Record<RefusalReason, FailoverTrigger>> = {
  transient: '5xx_errors',
  timeout: 'timeout',
  rate: 'rate_limit_exceeded',
  quota: 'quota',
  config: 'config',
  refused: 'refused',
  recipient: '5xx_errors',
  content: '5xx_errors',
};

/**
 * Whether the next provider may try those whom this answer left to be tried again (`open`, by index). It takes a
 * trigger for each of their reasons; where one is off, the email stays with the provider and waits.
 */
export function failsOver(
  receipt: Receipt,
  open: readonly number[],
  triggers: readonly FailoverTrigger[],
): boolean {
  return receipt.recipients
    .filter((one) => open.includes(one.index) && outcomeFor(one) === 'not_sent_retry')
    .every(({ reason = 'transient' }) => triggers.includes(TRIGGERS[reason]));
}

/** Where a route lets another provider judge content, a refusal of it is not the last word. */
export const withRefused = (receipt: Receipt): Receipt => ({
  ...receipt,
  recipients: receipt.recipients.map((one) =>
    one.outcome === 'not_sent_permanent' && one.reason === 'content' ? { ...one, reason: 'refused' } : one,
  ),
});
