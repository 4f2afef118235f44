/** @module Hard bounces and complaints of a mailbox in 24 hours. */
import { failed, type Rule } from '../rule.js';
import { within } from './recipients.js';

/** Milliseconds. */
const LOOKS_EVERY = 3_600_000;

/** Receivers judge a sender by them: a mailbox that goes on regardless takes the others of its domain with it. */
export const negativeSignalBudget: Rule = {
  code: 'negative_signal_budget',
  summary: 'A mailbox with more hard bounces and complaints in 24 hours than the policy bears sends nothing.',
  mode: 'enforce',
  settings: ['negativeSignalsPerDay'],
  remedy:
    'Look at why so many emails of the mailbox bounce or are complained about; wait until the 24 hours are over.',
  judge({ policy, facts, now }) {
    const finding = within(policy.negativeSignalsPerDay, facts.negativeSignals);
    // Its caller was told that it would go, and the 24 hours will be over.
    return finding.status === 'failed' && facts.admitted
      ? failed('wait', finding.evidence, new Date(now.getTime() + LOOKS_EVERY).toISOString())
      : finding;
  },
};
