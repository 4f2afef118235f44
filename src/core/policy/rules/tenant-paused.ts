/** @module A paused org sends nothing, not even what was approved before it was paused. */
import { unlessPaused } from './paused.js';
import type { Rule } from '../rule.js';

export const tenantPaused: Rule = {
  code: 'tenant_paused',
  summary: 'A paused org sends nothing; what was accepted before waits until it is resumed.',
  mode: 'enforce',
  settings: [],
  remedy: 'Ask a person to resume the org.',
  judge: (judgement) => unlessPaused(judgement.facts.org.status, judgement),
};
