/**
 * @module What a rule is. To add one: its code in codes.ts, a file in rules/, a line in rules/index.ts, a test. Pure.
 */
import type { Revision } from '../email/revision.js';
import type { RuleCode, RuleMode } from './codes.js';
import type { Judgement } from './facts.js';
import type { Check, Effect, Evidence } from './verdict.js';

/** What a rule found, without its own name. */
export type Finding = Omit<Check, 'rule' | 'accepted'>;

export interface Rule {
  code: RuleCode;
  /** What it holds, as a sentence for people. */
  summary: string;
  /** How it counts where the policy does not say. */
  mode: RuleMode;
  /** Settings of the policy that it looks at: `limits.hourly`. */
  settings: readonly string[];
  /** What would make a failed email pass, as a sentence that an agent can act on. */
  remedy: string;
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
