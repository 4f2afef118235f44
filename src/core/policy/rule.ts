/**
 * @module What a rule is. To add one: a file in rules/, a line in rules/index.ts, a test. Pure.
 */
import type { Revision } from '../email/revision.js';
import type { Judgement } from './facts.js';
import type { Check, Effect, Evidence } from './verdict.js';

/** What a rule found, without its own name. */
export type Finding = Omit<Check, 'rule' | 'accepted'>;

export interface Rule {
  /** Stable snake_case code: it stands in traces, APIs and people's scripts. */
  code: string;
  judge(judgement: Judgement<Revision>): Finding;
}

export const passed = (evidence?: Evidence): Finding => ({ status: 'passed', ...(evidence && { evidence }) });
export const skipped = (): Finding => ({ status: 'skipped' });
export const warned = (evidence?: Evidence): Finding => ({ status: 'warned', ...(evidence && { evidence }) });
export const failed = (effect: Effect, evidence?: Evidence, until?: string): Finding => ({
  status: 'failed',
  effect,
  ...(evidence && { evidence }),
  ...(until !== undefined && { until }),
});
