/** @module policies/default.yaml is what holds where nobody says anything. */
import { expect, test } from 'vitest';
import { RULES } from '../../src/core/policy/rules/index.js';
import { policySchema } from '../../src/core/policy/schema.js';
import { presets } from '../../src/policy-presets.js';

test('it has every setting as it is by default, and every rule with its mode', () => {
  const document = presets().find((one) => one.name === 'default')?.document;
  const { modes, ...rest } = policySchema.parse(document);
  const { modes: _, ...defaults } = policySchema.parse({});
  expect(rest).toEqual(defaults);
  expect(modes).toEqual(Object.fromEntries(RULES.map(({ code, mode }) => [code, mode])));
});

test('the numbers are those that were agreed on', () => {
  const { limits, recipients, approvalMinutes } = policySchema.parse({});
  expect([limits.hourly, limits.daily, limits.monthly]).toEqual([100, 500, 3_000]);
  expect([recipients.perHour, approvalMinutes]).toEqual([5, 24 * 60]);
});
