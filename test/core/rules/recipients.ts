/** @module What rules that name recipients answer, for their tests. */
import type { Finding } from '../../../src/core/policy/rule.js';
import type { Effect } from '../../../src/core/policy/verdict.js';
import { aRevision } from '../../support/arbitraries.js';

/** What a rule answers that found these. */
export const found = (effect: Effect, ...recipients: number[]): Finding => ({
  status: 'failed',
  effect,
  evidence: { recipients },
});

/** One recipient each in To (index 0), Cc (1) and Bcc (2). */
export const toCcBcc = (to: string, cc: string, bcc: string) =>
  aRevision({ to: [{ address: to }], cc: [{ address: cc }], bcc: [{ address: bcc }] });
