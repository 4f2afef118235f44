/** @module How a rule counts under a policy. Pure. */
import type { RuleCode, RuleMode } from './codes.js';
import { RULES } from './rules/index.js';
import type { Policy } from './schema.js';

const OWN: ReadonlyMap<RuleCode, RuleMode> = new Map(RULES.map((rule) => [rule.code, rule.mode]));

/** As the policy says, or else as the rule has it; one that does not exist yet is off. */
export const modeOf = ({ modes }: Pick<Policy, 'modes'>, code: RuleCode): RuleMode =>
  modes[code] ?? OWN.get(code) ?? 'off';
