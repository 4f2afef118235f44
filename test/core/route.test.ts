/** @module Which provider is next: shared by weight, the same for every worker, failovers last. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exhausts, outcomeFor, type RefusalReason } from '../../src/core/delivery/receipt.js';
import {
  chooseRoute,
  nextProvider,
  orderRoute,
  type RouteEntry,
  type RouteRule,
} from '../../src/core/delivery/route.js';
import {
  DEFAULT_TRIGGERS,
  FAILOVER_TRIGGERS,
  failsOver,
  withRefused,
} from '../../src/core/delivery/triggers.js';
import { RECEIPT_OUTCOMES } from '../../src/core/email/state.js';

const entry = (provider: string, change: Partial<RouteEntry> = {}): RouteEntry => ({
  provider,
  weight: 100,
  failover: false,
  envelope: true,
  ...change,
});

const route = fc.uniqueArray(
  fc.record({
    provider: fc.stringMatching(/^[a-z]{1,6}$/u),
    weight: fc.nat(1000),
    failover: fc.boolean(),
    envelope: fc.boolean(),
  }),
  { selector: (one) => one.provider, maxLength: 6 },
);

const ids = Array.from({ length: 20_000 }, (_, index) => `msg_${index.toString(36).padStart(6, 'a')}`);
const share = (list: RouteEntry[], provider: string) =>
  ids.filter((id) => orderRoute(list, id)[0]?.provider === provider).length / ids.length;

test.each([
  [
    [100, 100],
    [0.5, 0.5],
  ],
  [
    [300, 100],
    [0.75, 0.25],
  ],
  [
    [1, 99],
    [0.01, 0.99],
  ],
  [
    [50, 30, 20],
    [0.5, 0.3, 0.2],
  ],
])('weights %j share the first tries as %j', (weights, shares) => {
  const list = weights.map((weight, index) => entry(`p${index}`, { weight }));
  for (const [index, expected] of shares.entries())
    expect(Math.abs(share(list, `p${index}`) - expected)).toBeLessThan(0.02);
});

test('the order is drawn from the id: the same for every worker, with every provider once', () => {
  fc.assert(
    fc.property(route, fc.string(), (list, id) => {
      const order = orderRoute(list, id);
      expect(order).toEqual(orderRoute([...list], id));
      expect([...order].sort(byName)).toEqual([...list].sort(byName));
    }),
  );
});
const byName = (a: RouteEntry, b: RouteEntry) => a.provider.localeCompare(b.provider);

test('a failover, or a provider without weight, never comes before one that has its share', () => {
  fc.assert(
    fc.property(route, fc.string(), (list, id) => {
      const regular = orderRoute(list, id).map((one) => !one.failover && one.weight > 0);
      expect(regular).toEqual([...regular].sort((a, b) => Number(b) - Number(a)));
    }),
  );
});

test('after the first the others follow by falling weight', () => {
  const list = [entry('a', { weight: 10 }), entry('b', { weight: 80 }), entry('c', { weight: 40 })];
  for (const id of ids.slice(0, 100)) {
    const rest = orderRoute(list, id).slice(1);
    expect(rest.map((one) => one.weight)).toEqual(rest.map((one) => one.weight).sort((a, b) => b - a));
  }
});

test('the next provider is one that was not tried, until none is left', () => {
  fc.assert(
    fc.property(route, fc.string(), (list, id) => {
      const tried: string[] = [];
      for (
        let next = nextProvider(list, id, tried, false);
        next;
        next = nextProvider(list, id, tried, false)
      ) {
        expect(tried).not.toContain(next.provider);
        tried.push(next.provider);
      }
      expect(tried).toEqual(orderRoute(list, id).map((one) => one.provider));
    }),
  );
});

test('a part of the recipients goes only through a provider that takes an envelope of its own', () => {
  const list = [entry('api', { envelope: false }), entry('smtp', { failover: true })];
  expect(nextProvider(list, 'msg_a', [], false)?.provider).toBe('api');
  expect(nextProvider(list, 'msg_a', [], true)?.provider).toBe('smtp');
  expect(nextProvider(list, 'msg_a', ['smtp'], true)).toBeUndefined();
});

test('a refusal is tried elsewhere for reasons of the provider or the moment, never for recipient or content', () => {
  const reasons: RefusalReason[] = ['recipient', 'content', 'config', 'quota', 'rate', 'transient'];
  const elsewhere = reasons.filter(
    (reason) => outcomeFor({ index: 0, outcome: 'not_sent_permanent', reason }) === 'not_sent_retry',
  );
  expect(elsewhere).toEqual(['config', 'quota', 'rate', 'transient']);
  expect(outcomeFor({ index: 0, outcome: 'not_sent_permanent' })).toBe('not_sent_permanent');
  for (const outcome of RECEIPT_OUTCOMES.filter((one) => one !== 'not_sent_permanent'))
    for (const reason of reasons) expect(outcomeFor({ index: 0, outcome, reason })).toBe(outcome);
});

test('a provider that would only say no again is left at once', () => {
  const receipt = (outcome: 'not_sent_permanent' | 'not_sent_retry', reason: RefusalReason) => ({
    recipients: [
      { index: 0, outcome: 'accepted' as const },
      { index: 1, outcome, reason },
    ],
  });
  expect(exhausts(receipt('not_sent_permanent', 'config'))).toBe(true);
  expect(exhausts(receipt('not_sent_permanent', 'recipient'))).toBe(false);
  expect(exhausts(receipt('not_sent_retry', 'transient'))).toBe(false);
});

const to = (provider: string) => [{ provider, weight: 100, failover: false }];
const MESSAGE = {
  mailbox: { id: 'mbx_a', address: 'Agent@sender.example' },
  category: 'transactional' as const,
  domains: ['x.example', 'eu.y.example'],
  route: null,
};
const chosen = (rules: RouteRule[], message: object = {}): string | undefined =>
  chooseRoute({ ...MESSAGE, ...message }, rules, { providers: to('otherwise') }).providers[0]?.provider;

test('the first rule that fits all that it names is the route; without one it is everybody', () => {
  const rules: RouteRule[] = [
    { mailboxes: ['other@sender.example'], providers: to('other') },
    { categories: ['commercial'], providers: to('bulk') },
    { recipientDomains: ['x.example', '*.y.example'], categories: ['transactional'], providers: to('near') },
    { mailboxes: ['agent@SENDER.example'], providers: to('agent') },
  ];
  expect(chosen(rules)).toBe('near');
  expect(chosen(rules, { category: 'commercial' })).toBe('bulk');
  expect(chosen(rules, { category: 'conversational' })).toBe('agent');
  expect(chosen(rules.slice(0, 2))).toBe('otherwise');
  expect(chosen([{ mailboxes: ['mbx_a'], providers: to('by id') }])).toBe('by id');
});

test('a domain rule fits where every recipient is in one of its domains, and a star is for what is below', () => {
  const rule = { recipientDomains: ['x.example', '*.Y.example'], providers: to('near') };
  const near = (...domains: string[]) => chosen([rule], { domains }) === 'near';
  expect(near('x.example')).toBe(true);
  expect(near('a.b.y.example', 'x.example')).toBe(true);
  expect(near('x.example', 'z.example')).toBe(false);
  expect(near('y.example')).toBe(false);
  expect(near('sub.x.example')).toBe(false);
  expect(near('evily.example')).toBe(false);
});

test("a mailbox's own route wins, with triggers or without", () => {
  const rules = [{ providers: to('rule') }];
  expect(chosen(rules, { route: to('own') })).toBe('own');
  const route = { providers: to('own'), failoverTriggers: ['timeout' as const] };
  expect(chooseRoute({ ...MESSAGE, route }, rules, { providers: [] })).toEqual(route);
});

test('the next provider may try where the trigger of each reason is on', () => {
  const answer = (...reasons: (RefusalReason | undefined)[]) => ({
    recipients: reasons.map((reason, index) => ({
      ...{ index, outcome: 'not_sent_retry' as const },
      ...(reason && { reason }),
    })),
  });
  const on = (triggers: typeof DEFAULT_TRIGGERS, ...reasons: (RefusalReason | undefined)[]) =>
    failsOver(answer(...reasons), [0, 1, 2], triggers);
  const REASONS: (readonly [RefusalReason | undefined, (typeof FAILOVER_TRIGGERS)[number]])[] = [
    ...([
      ['transient', '5xx_errors'],
      [undefined, '5xx_errors'],
      ['timeout', 'timeout'],
    ] as const),
    ...([
      ['rate', 'rate_limit_exceeded'],
      ['quota', 'quota'],
      ['config', 'config'],
    ] as const),
    ['refused', 'refused'],
  ];
  for (const [reason, trigger] of REASONS) {
    expect(on([trigger], reason)).toBe(true);
    expect(
      on(
        FAILOVER_TRIGGERS.filter((one) => one !== trigger),
        reason,
      ),
    ).toBe(false);
  }
  // A "not now" about a recipient is about the moment.
  expect(on(['5xx_errors'], 'recipient')).toBe(true);
  expect(on(['timeout', 'quota'], 'timeout', 'quota')).toBe(true);
  expect(on(['timeout'], 'timeout', 'quota')).toBe(false);
  expect(DEFAULT_TRIGGERS).toEqual(['5xx_errors', 'timeout', 'rate_limit_exceeded', 'quota', 'config']);
  // Whoever is done with does not hold up the others.
  expect(failsOver(answer('timeout', 'quota'), [0], ['timeout'])).toBe(true);
});

test('only content becomes a refusal that another provider may judge, never a word on the recipient', () => {
  const judged = withRefused({
    recipients: [
      { index: 0, outcome: 'not_sent_permanent', reason: 'content', smtpStatus: '5.7.1' },
      { index: 1, outcome: 'not_sent_permanent', reason: 'recipient' },
      { index: 2, outcome: 'accepted' },
    ],
  });
  expect(judged.recipients.map((one) => one.reason)).toEqual(['refused', 'recipient', undefined]);
  expect(judged.recipients.map(outcomeFor)).toEqual(['not_sent_retry', 'not_sent_permanent', 'accepted']);
});
