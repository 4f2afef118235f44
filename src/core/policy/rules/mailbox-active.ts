/** @module A paused mailbox sends nothing, not even what was approved before it was paused. */
import { unlessPaused } from './paused.js';
import type { Rule } from '../rule.js';

export const mailboxActive: Rule = {
  code: 'mailbox_active',
  summary: 'A paused mailbox sends nothing; what was accepted before waits until it is resumed.',
  mode: 'enforce',
  settings: [],
  remedy: 'Ask a person to resume the mailbox.',
  judge: (judgement) => unlessPaused(judgement.facts.mailbox.status, judgement),
};
