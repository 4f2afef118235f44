/** @module What one rule found, in a view of the store. */
import type { Check, Verdict } from '../../src/core/policy/verdict.js';

export const findingOf = ({ verdict }: { verdict?: Verdict | undefined }, rule: string): Check | undefined =>
  verdict?.checks.find((check) => check.rule === rule);
