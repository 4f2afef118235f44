/** @module Facts that speak against nothing: what a case or a test starts from that says only what it is about. Pure. */
import type { Facts } from './facts.js';

const HOUR = 3_600_000;

/** Of a mailbox that has sent nothing, at this time. */
export function neutralFacts(at: Date): Facts {
  const next = (hours: number): string =>
    new Date((Math.floor(at.getTime() / (hours * HOUR)) + 1) * hours * HOUR).toISOString();
  const nextMonth = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1)).toISOString();
  const unused = { used: 0, opensAt: next(24) };
  const one = { ...unused, used: 1 };
  return {
    org: { status: 'active' },
    key: { status: 'active', categories: null },
    mailbox: { status: 'active', address: 'agent@example.com', autonomy: 'auto' },
    reason: null,
    hosts: {},
    usage: {
      hourly: { used: 0, opensAt: next(1) },
      daily: unused,
      monthly: { used: 0, opensAt: nextMonth },
    },
    rates: [],
    domainToday: unused,
    recipients: [],
    // Those of the email itself are among them.
    distinct: { fiveMinutes: one, day: one, month: one },
    negativeSignals: 0,
    volume: { dailyAverage: 0, lastHour: 0 },
    suppressions: [],
    consents: [],
    hardBounced: [],
    contacted: [],
    leases: [],
    duplicateOf: null,
    untrusted: null,
    goesAt: at.toISOString(),
    approvedAt: null,
    accepted: [],
    admitted: false,
    policyVersion: 'none',
  };
}
