/** @module What came with a key that is paused since does not go, wherever it waits. */
import { unlessPaused } from './paused.js';
import { skipped, type Rule } from '../rule.js';

export const keyPaused: Rule = {
  code: 'key_paused',
  summary: 'What came with a paused key is not sent; what was accepted before waits until it is resumed.',
  mode: 'enforce',
  settings: [],
  remedy: 'Ask a person to resume the key.',
  judge: (judgement) =>
    judgement.facts.key === null ? skipped() : unlessPaused(judgement.facts.key.status, judgement),
};
