/**
 * @module The code of every rule, in the order in which traces show them. Codes are stable: they stand in traces, APIs
 * and people's scripts. Where the systems that agents know name a rule, it has their name. Pure.
 */

export const RULE_CODES = [
  'tenant_paused',
  'mailbox_active',
  'key_paused',
  'category_allowed',
  'reason_required',
  'reply_to_domain',
  'address_syntax',
  'recipient_domain',
  'disposable_email',
  'role_account',
  'likely_typo',
  'hard_bounced',
  'recipient_deny_list',
  'recipient_allow_list',
  'vip_recipient',
  'recipient_count',
  'external_recipients',
  'first_contact',
  'suppression_check',
  'consent_validation',
  'lease_conflict',
  'duplicate',
  'cooldown',
  'rate_limit_recipient',
  'distinct_recipients',
  'rate_limit_hourly',
  'rate_limit_daily',
  'rate_limit_monthly',
  'rate_limits',
  'warmup_limit',
  'negative_signal_budget',
  'volume_spike',
  'sending_hours',
  'approval_age',
  'untrusted_input',
  'autonomy_level',
] as const;
export type RuleCode = (typeof RULE_CODES)[number];

/** Those on how much may go, and how fast: what only they stop passes later as it is. */
const LIMIT_RULES: readonly string[] = [
  ...(['cooldown', 'rate_limit_recipient', 'distinct_recipients'] as const),
  ...(['rate_limit_hourly', 'rate_limit_daily', 'rate_limit_monthly'] as const),
  ...(['rate_limits', 'warmup_limit'] as const),
] satisfies RuleCode[];
export const isLimitRule = (rule: string): boolean => LIMIT_RULES.includes(rule);

/** What a person stops is stopped, whatever a policy says. */
export const KILL_SWITCHES = ['tenant_paused', 'mailbox_active', 'key_paused'] as const;

/** `enforce`: what it finds counts. `warn`: it is only told. `off`: nobody looks. */
export const RULE_MODES = ['enforce', 'warn', 'off'] as const;
export type RuleMode = (typeof RULE_MODES)[number];
