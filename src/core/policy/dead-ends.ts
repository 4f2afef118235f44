/** @module Policies under which nothing can ever go: told when one is set, because nobody means that. Pure. */
import { CATEGORIES } from '../email/request.js';
import type { RuleCode } from './codes.js';
import { isExpression } from './expression.js';
import { modeOf } from './mode.js';
import { openWeek } from './open-hours.js';
import { matchesAny } from './rules/recipient-pattern.js';
import type { Policy } from './schema.js';

export interface DeadEnd {
  /** `limits.hourly`. */
  field: string;
  message: string;
}

interface End extends DeadEnd {
  /** Which rule stops everything. */
  rule: RuleCode;
  isDead: (policy: Policy) => boolean;
}

const NO_EMAIL = 'is 0: no email ever goes';

const ENDS: readonly End[] = [
  {
    ...{ field: 'allow', rule: 'recipient_allow_list' },
    message: 'is set but empty: nobody may be written to; null takes the list away',
    isDead: ({ allow }) => allow?.length === 0,
  },
  {
    ...{ field: 'allow', rule: 'recipient_deny_list' },
    message: 'names only recipients that deny names too: nobody may be written to',
    isDead: ({ allow, deny }) =>
      allow !== undefined && allow.length > 0 && allow.every((one) => isCovered(one, deny)),
  },
  {
    ...{ field: 'recipients.perHour', rule: 'rate_limit_recipient', message: NO_EMAIL },
    isDead: ({ recipients }) => recipients.perHour === 0,
  },
  ...(['fiveMinutes', 'day', 'month'] as const).map((time): End => ({
    ...{ field: `recipients.distinct.${time}`, rule: 'distinct_recipients', message: NO_EMAIL },
    isDead: ({ recipients }) => recipients.distinct[time] === 0,
  })),
  ...(['hourly', 'daily', 'monthly'] as const).map((time): End => ({
    ...{ field: `limits.${time}`, rule: `rate_limit_${time}`, message: NO_EMAIL },
    isDead: ({ limits }) => limits[time] === 0,
  })),
  {
    ...{ field: 'limits.rates', rule: 'rate_limits', message: 'has a limit of 0: no email ever goes' },
    isDead: ({ limits }) => limits.rates.some(({ limit }) => limit === 0),
  },
  {
    ...{ field: 'hours', rule: 'sending_hours', message: 'never open: what is allowed is quiet, too' },
    isDead: ({ hours }) =>
      openWeek(hours).length === 0 && !CATEGORIES.every((one) => hours.except.includes(one)),
  },
];

export function deadEnds(policy: Policy): DeadEnd[] {
  return ENDS.filter(({ rule, isDead }) => modeOf(policy, rule) === 'enforce' && isDead(policy)).map(
    ({ field, message }) => ({ field, message }),
  );
}

/** Certainly: what an expression or a wildcard names is compared as it is written. */
function isCovered(pattern: string, deny: readonly string[]): boolean {
  if (deny.includes(pattern)) return true;
  if (isExpression(pattern) || pattern.includes('*')) return false;
  if (pattern.includes('@')) return matchesAny(deny, pattern);
  const domains = deny.filter((one) => !one.includes('@') && !isExpression(one));
  return matchesAny(domains, `anybody@${pattern}`);
}
