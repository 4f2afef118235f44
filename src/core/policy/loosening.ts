/**
 * @module Whether one policy is looser than another, field by field: what a key may not do without a person. It fails
 * closed: a field that nobody described here counts as loosened wherever it differs. Pure.
 */
import { canonical } from '../email/canonical.js';
import type { RuleCode, RuleMode } from './codes.js';
import { loosenedHours } from './loosened-hours.js';
import { RULES } from './rules/index.js';
import type { Policy } from './schema.js';
import type { OnLimit, WarmUp } from './settings/limits.js';

/** True where the second lets something through that the first does not. */
type IsLooser<V> = (before: V, after: V) => boolean;

interface Field {
  name: string;
  isLooser: IsLooser<Policy>;
}

const field = <V>(name: string, read: (policy: Policy) => V, isLooser: IsLooser<V>): Field => ({
  name,
  isLooser: (before, after) => isLooser(read(before), read(after)),
});

/** Absent is no limit. */
const rises: IsLooser<number | undefined> = (before = Infinity, after = Infinity) => after > before;
const falls: IsLooser<number> = (before, after) => after < before;
const grows: IsLooser<readonly string[]> = (before, after) => after.some((one) => !before.includes(one));
const shrinks: IsLooser<readonly string[]> = (before, after) => grows(after, before);
const turns =
  <V>(to: V): IsLooser<V> =>
  (before, after) =>
    before !== after && after === to;

const rate = ({ limits }: Policy): ReadonlyMap<string, { limit: number; onLimit: OnLimit }> =>
  new Map(
    limits.rates.map(({ per, window, limit, onLimit = limits.onLimit }) => [
      `${per} ${window}`,
      { limit, onLimit },
    ]),
  );

const warmUpLooser: IsLooser<WarmUp | undefined> = (before, after) => {
  if (before === undefined) return false;
  if (after?.startedOn !== before.startedOn) return true;
  const perDay = ({ steps }: WarmUp, day: number): number | undefined =>
    // Before the first step as many as it says, as the rule has it.
    (steps.findLast((step) => step.fromDay <= day) ?? steps[0])?.perDay;
  return [...before.steps, ...after.steps].some(({ fromDay }) =>
    rises(perDay(before, fromDay), perDay(after, fromDay)),
  );
};

const FIELDS: readonly Field[] = [
  field('allow', (p) => p.allow, (before, after) => before !== undefined && (after === undefined || grows(before, after))), // prettier-ignore
  field('deny', (p) => p.deny, shrinks),
  field('vip', (p) => p.vip, shrinks),
  field('replyTo', (p) => p.replyTo, grows),
  field('recipients.max', (p) => p.recipients.max, rises),
  field('recipients.maxExternal', (p) => p.recipients.maxExternal, rises),
  field('recipients.perHour', (p) => p.recipients.perHour, rises),
  field('recipients.cooldownMinutes', (p) => p.recipients.cooldownMinutes, falls),
  field('recipients.distinct.fiveMinutes', (p) => p.recipients.distinct.fiveMinutes, rises),
  field('recipients.distinct.day', (p) => p.recipients.distinct.day, rises),
  field('recipients.distinct.month', (p) => p.recipients.distinct.month, rises),
  field('limits.hourly', (p) => p.limits.hourly, rises),
  field('limits.daily', (p) => p.limits.daily, rises),
  field('limits.monthly', (p) => p.limits.monthly, rises),
  field('limits.onLimit', (p) => p.limits.onLimit, turns<OnLimit>('wait')),
  field('limits.rates', rate, (before, after) =>
    [...before].some(([name, { limit, onLimit }]) => {
      const now = after.get(name);
      return now === undefined || now.limit > limit || turns<OnLimit>('wait')(onLimit, now.onLimit);
    }),
  ),
  field('warmUp', (p) => p.warmUp, warmUpLooser),
  field('negativeSignalsPerDay', (p) => p.negativeSignalsPerDay, rises),
  field('onSuppressed', (p) => p.onSuppressed, turns<Policy['onSuppressed']>('drop')),
  field('consent.requiredFor', (p) => p.consent.requiredFor, shrinks),
  field('consent.bases', (p) => p.consent.bases, grows),
  field('duplicateMinutes', (p) => p.duplicateMinutes, falls),
  // Whoever gets the copy gets everything, and no rule on recipients counts them: a person says who.
  field(
    'oversight.bcc',
    (p) => p.oversight?.bcc,
    (before, after) => before !== after,
  ),
  field('oversight.exempt', (p) => p.oversight?.exempt, (before, after) => before !== undefined && after !== undefined && grows(before, after)), // prettier-ignore
  field('loop.denials', (p) => p.loop.denials, rises),
  // Over a longer time more of them count.
  field('loop.minutes', (p) => p.loop.minutes, falls),
  field('undoSeconds', (p) => p.undoSeconds, falls),
  // Nothing is approved by waiting; but the longer a person may say yes, the more goes out.
  field('approvalMinutes', (p) => p.approvalMinutes, rises),
  field('approvalAgeMinutes', (p) => p.approvalAgeMinutes, falls),
];
/** What is compared elsewhere, field by field. */
const ELSEWHERE = ['modes', 'hours'];
const DESCRIBED = [...FIELDS.map(({ name }) => name), ...ELSEWHERE, 'oversight'];

/**
 * The fields, as `limits.hourly` or `modes.likely_typo`, in which `after` may let an email through that `before` would
 * deny, hold or delay. Empty: `after` is as strict or stricter in everything.
 */
export function loosenedFields(before: Policy, after: Policy): string[] {
  if (before === after) return [];
  return [
    ...loosenedModes(before, after),
    ...FIELDS.filter(({ isLooser }) => isLooser(before, after)).map(({ name }) => name),
    ...loosenedHours(before.hours, after.hours),
    ...differingUnknown(before, after),
  ];
}

const STRENGTH: Readonly<Record<RuleMode, number>> = { off: 0, warn: 1, enforce: 2 };
const OWN_MODES = new Map(RULES.map(({ code, mode }) => [code, mode]));

function loosenedModes({ modes: before }: Policy, { modes: after }: Policy): string[] {
  const codes = new Set([...Object.keys(before), ...Object.keys(after)] as RuleCode[]);
  return [...codes]
    .filter((code) => {
      // A rule that nobody knows yet may turn out to be either.
      const was = before[code] ?? OWN_MODES.get(code) ?? 'enforce';
      const is = after[code] ?? OWN_MODES.get(code) ?? 'off';
      return STRENGTH[is] < STRENGTH[was];
    })
    .map((code) => `modes.${code}`);
}

/** Fields that stand in no table here; a new one is strict until somebody says what it does. */
function differingUnknown(before: Policy, after: Policy): string[] {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
}

function leavesOf(value: object, path = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, string][] => {
      const name = `${path}${key}`;
      if (inner === undefined || DESCRIBED.includes(name)) return [];
      const isGroup = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
      return isGroup ? [...leavesOf(inner, `${name}.`)] : [[name, canonical(inner)]];
    }),
  );
}
