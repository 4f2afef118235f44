/** @module What policies/sendkit.yaml promises. */
import { expect } from 'vitest';
import type { RateUsage } from '../../src/core/policy/facts.js';
import { to } from '../support/arbitraries.js';
import { presetKeeps } from './preset.js';

const opensAt = '2026-03-01T13:00:00.000Z';
const minute = (used: number): RateUsage => ({ per: 'org', window: 'minute', used, opensAt });
const month = (used: number): RateUsage => ({ per: 'org', window: 'month', used, opensAt });
const many = (count: number): ReturnType<typeof to> =>
  to(...Array.from({ length: count }, (_, i) => `ada${i}@client.example`));

presetKeeps('sendkit', {
  'Disposable email addresses are not allowed.': ({ said }) => {
    expect(said({ revision: to('ada@mailinator.com') })).toBe('deny by disposable_email');
  },
  'What is no address is refused before it is sent.': ({ said }) => {
    expect(said({ revision: to('ada..b@client.example') })).toBe('deny by address_syntax');
  },
  'An address that nobody can be reached at is an invalid recipient.': ({ said }) => {
    for (const host of ['null_mx', 'no_domain', 'no_host'] as const)
      expect(said({ facts: { hosts: { 'client.example': host } } })).toBe('deny by recipient_domain');
  },
  'Who bounced or complained is not written to again, by whatever way.': ({ said }) => {
    for (const reason of ['hard_bounce', 'complaint'])
      expect(said({ facts: { suppressions: [{ index: 0, scope: 'org', reason }] } })).toBe(
        'deny by suppression_check',
      );
  },
  'After a bounce the agent is told not to try that address again.': ({ said, verdict }) => {
    expect(said({ facts: { hardBounced: [0] } })).toBe('deny by hard_bounced');
    const { checks } = verdict({ facts: { hardBounced: [0] } });
    expect(checks.find(({ rule }) => rule === 'hard_bounced')?.evidence).toEqual({ recipients: [0] });
  },
  'An email has 1 to 50 recipients.': ({ said }) => {
    expect(said({ revision: many(50) })).toBe('allow');
    expect(said({ revision: many(51) })).toBe('deny by recipient_count');
  },
  '5 emails per recipient per hour.': ({ said }) => {
    const recipient = (lastHour: number): object => ({
      recipients: [{ index: 0, lastHour, opensAt, lastAt: '2026-03-01T11:30:00.000Z' }],
    });
    expect(said({ facts: recipient(4) })).toBe('allow');
    expect(said({ facts: recipient(5) })).toBe('deny by rate_limit_recipient');
  },
  'More than that is answered with 429.': ({ policy }) => {
    expect(policy.limits.onLimit).toBe('deny');
  },
  'A team sends 60 emails a minute.': ({ said }) => {
    expect(said({ facts: { rates: [minute(59), month(0)] } })).toBe('allow');
    expect(said({ facts: { rates: [minute(60), month(0)] } })).toBe('deny by rate_limits');
  },
  'A team sends 3,000 emails a month.': ({ said }) => {
    expect(said({ facts: { rates: [minute(0), month(2_999)] } })).toBe('allow');
    expect(said({ facts: { rates: [minute(0), month(3_000)] } })).toBe('deny by rate_limits');
  },
});
