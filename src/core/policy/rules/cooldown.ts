/** @module The time between two emails to one recipient. */
import { passed, skipped, type Rule } from '../rule.js';
import { overLimit } from './over-limit.js';

const MINUTE = 60_000;

/** `current` and `limit` of the evidence are minutes. */
export const cooldown: Rule = {
  code: 'cooldown',
  summary: 'So many minutes pass between two emails of the org to one recipient.',
  mode: 'enforce',
  settings: ['recipients.cooldownMinutes', 'limits.onLimit'],
  remedy: 'Send it again when the time has passed, or leave the recipient out.',
  judge(judgement) {
    const { policy, facts } = judgement;
    const limit = policy.recipients.cooldownMinutes;
    if (limit === 0) return skipped();
    const goesAt = Date.parse(facts.goesAt);
    const recent = facts.recipients
      .map(({ index, lastAt }) => ({ index, at: lastAt === null ? -Infinity : Date.parse(lastAt) }))
      .filter(({ at }) => at + limit * MINUTE > goesAt);
    if (recent.length === 0) return passed({ limit });
    const latest = Math.max(...recent.map((one) => one.at));
    const current = Math.max(0, Math.floor((goesAt - latest) / MINUTE));
    const opensAt = new Date(latest + limit * MINUTE).toISOString();
    const evidence = { recipients: recent.map((one) => one.index), current, limit };
    return overLimit(judgement, { limit, evidence, opensAt });
  },
};
