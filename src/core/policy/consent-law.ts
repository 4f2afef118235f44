/**
 * @module Which basis carries a message where, and until when it does so by itself. A table, so that whoever knows the
 * law can check it line by line. It is no legal advice: a shorter expiry can always be given with the consent. Pure.
 */
import type { ConsentBasis, Jurisdiction } from './settings/consent.js';

/** Calendar months after it was given; `until_revoked`: it does not end by itself. */
type Lifetime = number | 'until_revoked';

/** A basis that is not named is not enough there. */
const LAW: Readonly<Record<Jurisdiction, Partial<Record<ConsentBasis, Lifetime>>>> = {
  // Canada, S.C. 2010, c. 23: express consent holds until it is withdrawn (s. 6(1), 11); an existing business
  // relationship implies it for two years after a purchase or a contract (s. 10(10)(a), (d)), for six months after an
  // inquiry (s. 10(10)(e)). An interest of the sender's is none.
  CASL: {
    explicit_opt_in: 'until_revoked',
    implied_purchase: 24,
    implied_inquiry: 6,
    contractual: 24,
  },
  // Regulation (EU) 2016/679, Art. 6(1)(a), (b), (f): until it is withdrawn (Art. 7(3)) or objected to (Art. 21(2), (3)).
  // Silence and what was bought are no consent (recital 32).
  GDPR: {
    explicit_opt_in: 'until_revoked',
    legitimate_interest: 'until_revoked',
    contractual: 'until_revoked',
  },
  // 15 U.S.C. 7704(a)(3)-(5): anybody until they opt out.
  'CAN-SPAM': {
    explicit_opt_in: 'until_revoked',
    implied_purchase: 'until_revoked',
    implied_inquiry: 'until_revoked',
    legitimate_interest: 'until_revoked',
    contractual: 'until_revoked',
    legal_obligation: 'until_revoked',
  },
  // Cal. Civ. Code 1798.120: anybody until they opt out.
  CCPA: {
    explicit_opt_in: 'until_revoked',
    implied_purchase: 'until_revoked',
    implied_inquiry: 'until_revoked',
    legitimate_interest: 'until_revoked',
    contractual: 'until_revoked',
    legal_obligation: 'until_revoked',
  },
  // Nobody looked that law up: only what is enough everywhere.
  other: { explicit_opt_in: 'until_revoked' },
};

export const isEnough = (basis: ConsentBasis, jurisdiction: Jurisdiction): boolean =>
  LAW[jurisdiction][basis] !== undefined;

/**
 * When a consent ends that was given at `at` (ISO 8601); null: it does not end by itself. A basis that is not enough
 * there has no end, because it never begins to count.
 */
export function endsByLaw(basis: ConsentBasis, jurisdiction: Jurisdiction, at: string): string | null {
  const lifetime = LAW[jurisdiction][basis] ?? 'until_revoked';
  return lifetime === 'until_revoked' ? null : monthsAfter(new Date(at), lifetime).toISOString();
}

/** The same day of a later month, or that month's last day. */
function monthsAfter(at: Date, months: number): Date {
  const later = new Date(at);
  later.setUTCDate(1);
  later.setUTCMonth(later.getUTCMonth() + months);
  const days = new Date(Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + 1, 0)).getUTCDate();
  later.setUTCDate(Math.min(at.getUTCDate(), days));
  return later;
}

/** Whoever has objected is only written to again after they asked for it themselves (GDPR Art. 21(3), CASL s. 11). */
export const OUTLIVES_OBJECTION: ConsentBasis = 'explicit_opt_in';
