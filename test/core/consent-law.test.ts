import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endsByLaw, isEnough } from '../../src/core/policy/consent-law.js';
import { CONSENT_BASES, JURISDICTIONS } from '../../src/core/policy/settings/consent.js';

const AT = '2025-08-31T09:00:00.000Z';

test.each([
  ['CASL', 'implied_purchase', '2027-08-31T09:00:00.000Z'],
  ['CASL', 'contractual', '2027-08-31T09:00:00.000Z'],
  // The month has no 31st.
  ['CASL', 'implied_inquiry', '2026-02-28T09:00:00.000Z'],
  ['CASL', 'explicit_opt_in', null],
  ['GDPR', 'legitimate_interest', null],
  ['CAN-SPAM', 'implied_inquiry', null],
] as const)('under %s what rests on %s ends %s', (jurisdiction, basis, ends) => {
  expect(endsByLaw(basis, jurisdiction, AT)).toBe(ends);
});

test('whoever asked for it may be written to everywhere, and that does not end by itself', () => {
  for (const jurisdiction of JURISDICTIONS) {
    expect(isEnough('explicit_opt_in', jurisdiction)).toBe(true);
    expect(endsByLaw('explicit_opt_in', jurisdiction, AT)).toBeNull();
  }
});

test('what ends, ends later than it began, on the same day or the last of a shorter month', () => {
  const instant = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(instant, fc.constantFrom(...CONSENT_BASES), (at, basis) => {
      const ends = endsByLaw(basis, 'CASL', at.toISOString());
      if (ends === null) return;
      const end = new Date(ends);
      expect(end.getTime()).toBeGreaterThan(at.getTime());
      const isLastDay = new Date(end.getTime() + 86_400_000).getUTCDate() === 1;
      expect(end.getUTCDate() === at.getUTCDate() || isLastDay).toBe(true);
    }),
  );
});
