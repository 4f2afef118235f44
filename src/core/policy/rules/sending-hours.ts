/** @module When email goes out, on the clock of the mailbox or of its recipients. */
import type { Recipient } from '../../email/revision.js';
import { clockTime, isAlwaysOpen, nextOpening } from '../open-hours.js';
import { failed, passed, skipped, type Rule } from '../rule.js';
import type { Hours } from '../settings/hours.js';
import type { Evidence } from '../verdict.js';
import { matchesAny } from './recipient-pattern.js';

export const sendingHours: Rule = {
  code: 'sending_hours',
  summary: 'Email goes out in the hours of the policy; outside of them it waits.',
  mode: 'enforce',
  settings: ['hours'],
  remedy: 'Wait: it goes by itself when the hours open. Where they never do, a person has to change them.',
  judge({ policy: { hours }, revision, everyone, facts }) {
    if (isAlwaysOpen(hours) || hours.except.includes(revision.category)) return skipped();
    const zones = zonesOf(hours, everyone);
    const at = new Date(facts.goesAt);
    const opens = nextOpening(hours, zones, at);
    const evidence = evidenceOf(zones, at);
    if (opens === null) return failed('deny', { ...evidence, opens: 'never' });
    return opens <= at ? passed(evidence) : failed('wait', evidence, opens.toISOString());
  },
};

/** Of all recipients; one at whom no entry is meant counts by the zone of the policy. */
function zonesOf({ timeZone, ofRecipients }: Hours, everyone: readonly Recipient[]): string[] {
  if (ofRecipients.length === 0) return [timeZone];
  const zoneFor = (address: string): string =>
    ofRecipients.find((one) => matchesAny(one.recipients, address))?.timeZone ?? timeZone;
  return [...new Set(everyone.map((one) => zoneFor(one.address)))];
}

const evidenceOf = ([first = 'UTC', ...others]: readonly string[], at: Date): Evidence =>
  others.length === 0
    ? { timeZone: first, clock: clockTime(first, at) }
    : { timeZone: first, clock: clockTime(first, at), otherTimeZones: others.length };
