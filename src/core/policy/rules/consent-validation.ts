/**
 * @module Consent: whoever must have agreed to such email has done so, on a basis that policy and the law of their place
 * take, and has neither taken it back nor let it run out. Nobody of whom nothing is recorded has agreed.
 */
import { isEnough } from '../consent-law.js';
import type { Consent } from '../facts.js';
import { failed, passed, skipped, type Rule } from '../rule.js';
import type { Evidence } from '../verdict.js';
import { indexesWhere } from './recipients.js';

export const consentValidation: Rule = {
  code: 'consent_validation',
  summary: 'Commercial email goes only to those who have agreed to it, as the law of their place asks.',
  mode: 'enforce',
  settings: ['consent.requiredFor', 'consent.bases'],
  remedy:
    'Leave these recipients out, or record the consent that they have given (consents.record). Do not send it under another category.',
  judge({ policy: { consent }, revision, everyone, facts, now }) {
    if (!consent.requiredFor.includes(revision.category)) return skipped();
    const isValid = ({ basis, jurisdiction, grantedAt, expiresAt }: Consent): boolean =>
      consent.bases.includes(basis) &&
      isEnough(basis, jurisdiction) &&
      new Date(grantedAt) <= now &&
      (expiresAt === null || new Date(expiresAt) > now);
    const byIndex = new Map(facts.consents.map((one) => [one.index, one]));
    const without = indexesWhere(everyone, ({ index }) => {
      const given = byIndex.get(index);
      return given === undefined || !isValid(given);
    });
    const [first = -1] = without;
    if (without.length > 0) return failed('deny', { recipients: without, ...evidenceOf(byIndex.get(first)) });
    // Of several, that which ends first is the one that somebody has to renew.
    const [next] = [...byIndex.values()].sort(byEnd);
    return passed(evidenceOf(next));
  },
};

function evidenceOf(consent: Consent | undefined): Evidence {
  if (consent === undefined) return {};
  const { basis, jurisdiction, grantedAt, expiresAt } = consent;
  return { basis, jurisdiction, consentDate: grantedAt, ...(expiresAt !== null && { expiresAt }) };
}

const byEnd = (a: Consent, b: Consent): number =>
  (a.expiresAt ?? '9999').localeCompare(b.expiresAt ?? '9999') || a.index - b.index;
