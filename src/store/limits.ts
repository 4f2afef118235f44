/**
 * @module Every limit by clock windows that an email has to keep: those of its mailbox, the rates of its policy and the
 * warm-up of its domain, each with the name under which it is counted. Admission, claim, edit and quotas go by this
 * one list. Pure.
 */
import { LIMIT_WINDOWS, type LimitWindow } from '../core/policy/facts.js';
import { modeOf } from '../core/policy/mode.js';
import type { Policy } from '../core/policy/schema.js';
import { warmUpLimit, type RateSubject } from '../core/policy/settings/limits.js';
import type { Counted } from './buckets.js';

export interface Limit extends Counted {
  /** The rule of the verdict that tells of it. */
  rule: (typeof MAILBOX)[LimitWindow]['rule'] | 'rate_limits' | 'warmup_limit';
  per: RateSubject;
  /** Recipients whom it is about, by index, where it is per recipient domain. */
  recipients?: number[];
}

/** Who sends, and to whom. */
export interface Sender {
  /** Id. */
  mailbox: string;
  /** Domain of the address that it is from. */
  domain: string;
  /** Key id; null: it came with none. */
  key: string | null;
  /** Domains, and the recipients at each. */
  recipientDomains: ReadonlyMap<string, number[]>;
}

const MAILBOX = {
  hourly: { rule: 'rate_limit_hourly', window: 'hour' },
  daily: { rule: 'rate_limit_daily', window: 'day' },
  monthly: { rule: 'rate_limit_monthly', window: 'month' },
} as const;

/** The name under which a mailbox's own limit is counted. */
export const mailboxKey = (mailbox: string, window: LimitWindow): string => `mailbox:${mailbox}:${window}`;

export function limitsOf(policy: Policy, sender: Sender): Limit[] {
  return [...ofMailbox(policy, sender), ...ofRates(policy, sender), ...ofWarmUp(policy, sender)];
}

/** The mailbox's own are counted even where nobody enforces them: they say how much it sends. */
function ofMailbox(policy: Policy, { mailbox }: Sender): Limit[] {
  return LIMIT_WINDOWS.map((name) => ({
    ...MAILBOX[name],
    ...{ per: 'mailbox' as const, key: mailboxKey(mailbox, name) },
    limitAt: () => policy.limits[name],
    guards: modeOf(policy, MAILBOX[name].rule) === 'enforce',
  }));
}

function ofRates(policy: Policy, sender: Sender): Limit[] {
  const mode = modeOf(policy, 'rate_limits');
  if (mode === 'off') return [];
  return policy.limits.rates.flatMap(({ per, window, limit }) =>
    namesFor(per, sender).map(({ name, recipients }) => ({
      ...{ rule: 'rate_limits' as const, per, window, key: `${name}:${window}` },
      ...{ limitAt: () => limit, guards: mode === 'enforce' },
      ...(recipients && { recipients }),
    })),
  );
}

function ofWarmUp(policy: Policy, { domain }: Sender): Limit[] {
  const { warmUp } = policy;
  const mode = modeOf(policy, 'warmup_limit');
  if (warmUp === undefined || mode === 'off') return [];
  return [
    {
      ...{ rule: 'warmup_limit', per: 'domain', window: 'day', key: `from:${domain}:warmup` },
      ...{ limitAt: (at) => warmUpLimit(warmUp, at), guards: mode === 'enforce' },
    },
  ];
}

const LENGTHS: Readonly<Record<string, number>> = {
  ...{ month: 3, monthly: 3, day: 2, daily: 2, warmup: 2, hour: 1, hourly: 1, minute: 0 },
};
const lengthOf = (key: string): number => LENGTHS[key.slice(key.lastIndexOf(':') + 1)] ?? 0;

/**
 * The order in which counts are locked, until the transaction ends. Whoever found a bucket full tries a later one, and
 * holds the first all the same: long windows go first, as they are common to both, so that another email waits there
 * before it has anything that this one could come to want. Of equally long ones that of the org goes last, as it is
 * everybody's; its name sorts behind all others (`~` behind every letter).
 */
export const lockedFirst = (a: string, b: string): number =>
  lengthOf(b) - lengthOf(a) || (a < b ? -1 : a > b ? 1 : 0);

function namesFor(per: RateSubject, sender: Sender): { name: string; recipients?: number[] }[] {
  switch (per) {
    case 'key':
      return sender.key === null ? [] : [{ name: `key:${sender.key}` }];
    case 'mailbox':
      return [{ name: `mailbox:${sender.mailbox}` }];
    case 'domain':
      return [{ name: `from:${sender.domain}` }];
    case 'recipient_domain':
      return [...sender.recipientDomains].map(([domain, recipients]) => ({
        name: `to:${domain}`,
        recipients,
      }));
    case 'org':
      return [{ name: '~org' }];
  }
}
