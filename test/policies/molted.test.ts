/** @module What policies/molted.yaml promises. */
import { expect } from 'vitest';
import type { Consent, Facts, LimitWindow } from '../../src/core/policy/facts.js';
import { hold } from '../../src/store/placement.js';
import { aRevision, NOW, theFacts } from '../support/arbitraries.js';
import { presetKeeps } from './preset.js';

const used = (window: LimitWindow, count: number): Partial<Facts> => {
  const { usage } = theFacts();
  return { usage: { ...usage, [window]: { ...usage[window], used: count } } };
};
const stopped = (reason: string): Partial<Facts> => ({
  suppressions: [{ index: 0, scope: 'org', reason }],
});
const commercial = aRevision({ category: 'commercial' });
const consent: Consent = {
  ...{ index: 0, basis: 'explicit_opt_in', jurisdiction: 'GDPR' },
  ...{ grantedAt: '2026-01-01T00:00:00.000Z', expiresAt: null },
};

presetKeeps('molted', {
  'A paused tenant sends nothing.': ({ said }) => {
    expect(said({ facts: { org: { status: 'paused' } } })).toBe('deny by tenant_paused');
  },
  'A paused mailbox sends nothing.': ({ said }) => {
    const mailbox = { ...theFacts().mailbox, status: 'paused' as const };
    expect(said({ facts: { mailbox } })).toBe('deny by mailbox_active');
  },
  'Every send has a reason.': ({ said }) => {
    expect(said({ facts: { reason: null } })).toBe('deny by reason_required');
  },
  'A complaint, a hard bounce or a block by hand stops every mailbox.': ({ said }) => {
    for (const reason of ['complaint', 'hard_bounce', 'manual'])
      expect(said({ facts: stopped(reason) })).toBe('deny by suppression_check');
  },
  'An unsubscribe stops the marketing of every mailbox.': ({ said }) => {
    const facts = { ...stopped('unsubscribe'), consents: [consent] };
    expect(said({ revision: commercial, facts })).toBe('deny by suppression_check');
  },
  'While one agent is in contact with somebody, another does not write to them.': ({ said }) => {
    const lease = { index: 0, holder: 'prn_other', until: '2026-03-01T12:30:00.000Z' };
    expect(said({ facts: { leases: [lease] } })).toBe('deny by lease_conflict');
  },
  'A spike in volume is warned of.': ({ verdict }) => {
    const { outcome, checks } = verdict({ facts: { volume: { dailyAverage: 24, lastHour: 60 } } });
    const spike = checks.find(({ rule }) => rule === 'volume_spike');
    expect([outcome, spike?.status]).toEqual(['allow', 'warned']);
  },
  'Somebody whom nothing has reached before is written to once a person has looked.': ({ said }) => {
    expect(said({ facts: { contacted: [] } })).toBe('review by first_contact');
  },
  'Marketing needs consent that stands.': ({ said }) => {
    expect(said({ revision: commercial })).toBe('deny by consent_validation');
    expect(said({ revision: commercial, facts: { consents: [consent] } })).toBe('allow');
    const over = { ...consent, expiresAt: '2026-02-01T00:00:00.000Z' };
    expect(said({ revision: commercial, facts: { consents: [over] } })).toBe('deny by consent_validation');
  },
  'Transactional email needs no consent.': ({ said }) => {
    expect(said({ revision: aRevision({ category: 'transactional' }) })).toBe('allow');
  },
  '10 minutes pass between two emails to one recipient.': ({ said }) => {
    const last = (lastAt: string): Partial<Facts> => ({
      recipients: [{ index: 0, lastHour: 1, opensAt: NOW.toISOString(), lastAt }],
    });
    expect(said({ facts: last('2026-03-01T11:50:00.000Z') })).toBe('allow');
    expect(said({ facts: last('2026-03-01T11:50:01.000Z') })).toBe('deny by cooldown');
  },
  'A mailbox sends 100 emails an hour.': ({ said }) => {
    expect(said({ facts: used('hourly', 99) })).toBe('allow');
    expect(said({ facts: used('hourly', 100) })).toBe('deny by rate_limit_hourly');
  },
  'A mailbox sends 500 emails a day.': ({ said }) => {
    expect(said({ facts: used('daily', 499) })).toBe('allow');
    expect(said({ facts: used('daily', 500) })).toBe('deny by rate_limit_daily');
  },
  'A mailbox sends 3,000 emails a month.': ({ said }) => {
    expect(said({ facts: used('monthly', 2_999) })).toBe('allow');
    expect(said({ facts: used('monthly', 3_000) })).toBe('deny by rate_limit_monthly');
  },
  'After 50 bounces and complaints in 24 hours nothing goes.': ({ said }) => {
    expect(said({ facts: { negativeSignals: 49 } })).toBe('allow');
    expect(said({ facts: { negativeSignals: 51 } })).toBe('deny by negative_signal_budget');
  },
  'The same content to the same recipient is the email that was sent first.': ({ said }) => {
    expect(said({ facts: { duplicateOf: 'msg_first' } })).toBe('deny by duplicate');
  },
  'A held email that nobody decides on within 24 hours is not sent.': ({ policy }) => {
    const { wait } = hold({ policy, now: NOW, expiresAt: null });
    expect(wait?.until.toISOString()).toBe('2026-03-02T12:00:00.000Z');
  },
});
