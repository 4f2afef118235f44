/** @module Random policies, facts and revisions, over every field that they have: for properties of all rules together. */
import fc from 'fast-check';
import type { MailHost } from '../../src/core/email/deliverability.js';
import { CATEGORIES } from '../../src/core/email/request.js';
import type { Revision } from '../../src/core/email/revision.js';
import { KILL_SWITCHES, RULE_CODES, RULE_MODES, type RuleCode } from '../../src/core/policy/codes.js';
import type { Facts } from '../../src/core/policy/facts.js';
import { AUTONOMY_LEVELS, policySchema, type Policy } from '../../src/core/policy/schema.js';
import { CONSENT_BASES, JURISDICTIONS } from '../../src/core/policy/settings/consent.js';
import { WEEKDAYS } from '../../src/core/policy/settings/hours.js';
import { RATE_SUBJECTS, RATE_WINDOWS } from '../../src/core/policy/settings/limits.js';
import { aRevision, NOW, theFacts } from './arbitraries.js';

const HOUR = 3_600_000;
/** Around now, so that some of it is over. */
const instant = fc
  .integer({ min: -900, max: 900 })
  .map((hours) => new Date(NOW.getTime() + hours * HOUR).toISOString());
/** Which no policy turns off. */
const switches = new Set<RuleCode>(KILL_SWITCHES);
/** Small, so that limits and counts meet. */
const few = fc.nat(6);
const index = fc.nat(3);
const indexes = fc.uniqueArray(index, { maxLength: 3 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const DOMAINS = ['client.example', 'sub.client.example', 'other.example', 'sender.example'];
const address = fc
  .tuple(fc.constantFrom('ada', 'bo', 'info'), fc.constantFrom(...DOMAINS))
  .map((parts) => parts.join('@'));
const pattern = fc.oneof(
  address,
  fc.constantFrom(...DOMAINS),
  fc.constantFrom(...DOMAINS).map((one) => `*.${one}`),
);
const patterns = fc.uniqueArray(pattern, { maxLength: 3 });

export const anyRevision: fc.Arbitrary<Revision> = fc
  .tuple(
    fc.uniqueArray(address, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(...CATEGORIES),
    maybe(address),
  )
  .map(([[first = '', ...others], category, replyTo]) =>
    aRevision({
      to: [{ address: first }],
      cc: others.slice(0, 1).map((one) => ({ address: one })),
      bcc: others.slice(1).map((one) => ({ address: one })),
      category,
      ...(replyTo !== undefined && { replyTo: { address: replyTo } }),
    }),
  );

const hours = fc.nat(24).map((hour) => `${String(hour).padStart(2, '0')}:00`);
const window = fc.record({
  days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  from: hours.filter((time) => time !== '24:00'),
  until: hours,
});
const zone = fc.constantFrom('UTC', 'America/New_York', 'Asia/Tokyo');
const rates = fc.uniqueArray(
  fc.record(
    {
      per: fc.constantFrom(...RATE_SUBJECTS),
      window: fc.constantFrom(...RATE_WINDOWS),
      limit: few,
      onLimit: fc.constantFrom('deny' as const, 'wait' as const),
    },
    { requiredKeys: ['per', 'window', 'limit'] },
  ),
  { maxLength: 3, selector: ({ per, window: of }) => `${per} ${of}` },
);

const policyInput = fc.record(
  {
    modes: fc.dictionary(
      fc.constantFrom(...RULE_CODES.filter((code) => !switches.has(code))),
      fc.constantFrom(...RULE_MODES),
      { maxKeys: 6 },
    ),
    allow: fc.oneof(patterns, fc.constant([...DOMAINS])),
    ...{ deny: patterns, vip: patterns, replyTo: fc.subarray(DOMAINS) },
    recipients: fc.record({
      ...{ max: fc.integer({ min: 1, max: 5 }), maxExternal: maybe(few), perHour: few, cooldownMinutes: few },
      distinct: fc.record({ fiveMinutes: maybe(few), day: maybe(few), month: maybe(few) }),
    }),
    limits: fc.record({
      ...{ hourly: few, daily: few, monthly: few, rates },
      onLimit: fc.constantFrom('deny' as const, 'wait' as const),
    }),
    warmUp: fc.record({
      startedOn: fc.constantFrom('2026-02-27', '2026-02-01'),
      steps: fc
        .uniqueArray(fc.record({ fromDay: fc.nat(30), perDay: few }), {
          ...{ minLength: 1, maxLength: 3, selector: (one) => one.fromDay },
        })
        .map((steps) => steps.sort((a, b) => a.fromDay - b.fromDay)),
    }),
    negativeSignalsPerDay: few,
    onSuppressed: fc.constantFrom('deny' as const, 'drop' as const),
    consent: fc.record({ requiredFor: fc.subarray([...CATEGORIES]), bases: fc.subarray([...CONSENT_BASES]) }),
    hours: fc.record({
      timeZone: zone,
      ofRecipients: fc.array(
        fc.record({ recipients: fc.uniqueArray(pattern, { minLength: 1, maxLength: 2 }), timeZone: zone }),
        { maxLength: 2 },
      ),
      allowed: fc.array(window, { maxLength: 2 }),
      quiet: fc.array(window, { maxLength: 2 }),
      holidays: fc.subarray(['2026-03-01', '2026-03-02', '2026-12-25']),
      except: fc.subarray([...CATEGORIES]),
    }),
    duplicateMinutes: few,
    oversight: fc.record({ bcc: address, exempt: patterns }),
    loop: fc.record({ denials: few.map((n) => n + 1), minutes: few.map((n) => n + 1) }),
    ...{ undoSeconds: few, approvalMinutes: few.map((n) => n + 1), approvalAgeMinutes: few },
  },
  { noNullPrototype: true },
);

/** With a few of its settings; those that the schema refuses, as for windows that overlap, are left out. */
export const anyPolicy: fc.Arbitrary<Policy> = fc
  .tuple(policyInput, fc.subarray(Object.keys(policySchema.shape), { maxLength: 5 }))
  .map(([input, names]) => Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name))))
  .map((input) => policySchema.safeParse(input))
  .filter((parsed) => parsed.success)
  .map((parsed) => parsed.data);

/** Every rate that a policy can name. */
const RATES = RATE_SUBJECTS.flatMap((per) => RATE_WINDOWS.map((of) => ({ per, window: of })));
const usage = fc.record({ used: few, opensAt: instant });
const status = fc.constantFrom('active' as const, 'paused' as const);
const usuallyActive = fc.oneof({ weight: 6, arbitrary: fc.constant('active' as const) }, status);
const level = fc.constantFrom(...AUTONOMY_LEVELS);
const usuallyAuto = fc.oneof({ weight: 3, arbitrary: fc.constant('auto' as const) }, level);
const host = fc.constantFrom<MailHost[]>('accepts', 'null_mx', 'no_host', 'no_domain', 'no_answer');

/** By field, so that a new fact does not compile until it has its values here. */
const facts: { [Name in keyof Facts]: fc.Arbitrary<Facts[Name]> } = {
  org: fc.record({ status: usuallyActive }),
  key: fc.option(fc.record({ status: usuallyActive, categories: fc.option(fc.subarray([...CATEGORIES])) })),
  mailbox: fc.record({
    status: usuallyActive,
    address: fc.constant('agent@sender.example'),
    autonomy: fc.oneof(usuallyAuto, fc.record({ external: usuallyAuto, internal: usuallyAuto })),
  }),
  reason: fc.option(fc.constant('they asked')),
  hosts: fc.dictionary(fc.constantFrom(...DOMAINS), host),
  usage: fc.record({ hourly: usage, daily: usage, monthly: usage }),
  rates: fc.tuple(...RATES.map((rate) => usage.map((found) => ({ ...rate, ...found })))),
  domainToday: usage,
  distinct: fc.record({ fiveMinutes: usage, day: usage, month: usage }),
  negativeSignals: few,
  volume: fc.record({ dailyAverage: few, lastHour: few }),
  recipients: fc.array(fc.record({ index, lastHour: few, opensAt: instant, lastAt: fc.option(instant) }), {
    maxLength: 2,
  }),
  suppressions: fc.array(
    fc.record({
      index,
      scope: fc.constantFrom('org' as const, 'domain' as const, 'mailbox' as const),
      reason: fc.constantFrom('hard_bounce', 'unsubscribe', 'a text'),
    }),
    { maxLength: 1 },
  ),
  consents: fc.uniqueArray(
    fc.record({
      ...{ index, basis: fc.constantFrom(...CONSENT_BASES), jurisdiction: fc.constantFrom(...JURISDICTIONS) },
      ...{ grantedAt: instant, expiresAt: fc.option(instant) },
    }),
    { selector: (one) => one.index, maxLength: 4 },
  ),
  ...{ hardBounced: indexes, contacted: indexes },
  leases: fc.array(fc.record({ index, holder: fc.constant('prn_other'), until: instant }), { maxLength: 2 }),
  duplicateOf: fc.option(fc.constant('msg_first')),
  untrusted: fc.option(fc.record({ threadRecipients: indexes })),
  goesAt: instant,
  approvedAt: fc.option(instant),
  // An approval is for what it displayed, under the policy of that time.
  accepted: fc.constant([]),
  admitted: fc.boolean(),
  policyVersion: fc.constant('p1'),
};
/** A few of them are out of the ordinary. `rates` are of all that there can be: see `foundFor`. */
export const anyFacts: fc.Arbitrary<Facts> = fc
  .tuple(fc.record(facts), fc.subarray(Object.keys(facts), { maxLength: 6 }))
  .map(([all, names]) =>
    theFacts(
      Object.fromEntries(Object.entries(all).filter(([name]) => name === 'rates' || names.includes(name))),
    ),
  );

/** These facts as they are loaded for a policy: of the rates those that it names, in their order. */
export function foundFor({ limits }: Policy, all: Facts): Facts {
  const rates = limits.rates.map((one) =>
    all.rates.find((it) => it.per === one.per && it.window === one.window),
  );
  return { ...all, rates: rates.filter((one) => one !== undefined) };
}
