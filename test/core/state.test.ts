/** @module The states of a message and its recipients: forward only, in any order, total. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  after,
  isCancelable,
  isEditable,
  MESSAGE_STATUSES,
  RECEIPT_OUTCOMES,
  RECIPIENT_STATUSES,
  stageOf,
  statusOf,
  TRANSITIONS,
  type MessageStatus,
  type RecipientEvent,
  type RecipientStatus,
} from '../../src/core/email/state.js';
import { recipientEvent, recipientStatus, report } from '../support/arbitraries.js';
import { verifies } from '../support/requirements.js';

const run = (start: RecipientStatus, events: readonly RecipientEvent[]): RecipientStatus =>
  events.reduce<RecipientStatus>((status, event) => after(status, event), start);

/** What reports say, from the least to the most that is known. */
const REPORTED: RecipientStatus[] = [
  ...(['sent', 'deferred', 'soft_bounced', 'delivered', 'bounced', 'complained'] as const),
];
const UNREPORTED = RECIPIENT_STATUSES.filter((one) => !REPORTED.includes(one));

const messageStatus = fc.constantFrom(...MESSAGE_STATUSES);
const statuses = fc.array(recipientStatus, { minLength: 1, maxLength: 6 });
const ENDED: MessageStatus[] = ['denied', 'rejected', 'expired', 'canceled'];

describe('one recipient', () => {
  verifies('feedback:once/forward', 'a report never moves a recipient back', () => {
    fc.assert(
      fc.property(recipientStatus, report, (status, one) => {
        const next = after(status, one);
        if (next === status) return;
        expect(REPORTED).toContain(next);
        expect(REPORTED.indexOf(next)).toBeGreaterThan(REPORTED.indexOf(status));
      }),
    );
  });

  verifies(
    'feedback:once/any-order',
    'the same reports in any order, once or often, lead to the same state',
    () => {
      const shuffle = fc
        .array(report, { minLength: 1, maxLength: 6 })
        .chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
          ),
        );
      fc.assert(
        fc.property(recipientStatus, shuffle, (status, [list, again]) => {
          expect(run(status, again)).toBe(run(status, list));
        }),
      );
    },
  );

  verifies(
    'feedback:once/any-order',
    'a report that overtakes the receipt leads where one that follows it does',
    () => {
      fc.assert(
        fc.property(fc.array(report, { maxLength: 4 }), fc.nat(4), (reports, at) => {
          const receipt: RecipientEvent = { on: 'receipt', outcome: 'accepted' };
          const mixed = [...reports.slice(0, at), receipt, ...reports.slice(at)];
          expect(run('claimed', mixed)).toBe(run('claimed', [receipt, ...reports]));
        }),
      );
    },
  );

  verifies(
    'send:once/no-way-back',
    'of all events only a proven not-sent receipt leads from claimed to ready',
    () => {
      fc.assert(
        fc.property(recipientEvent, (event) => {
          const proven = event.on === 'receipt' && event.outcome === 'not_sent_retry';
          expect(after('claimed', event) === 'ready').toBe(proven);
        }),
        { numRuns: 500 },
      );
    },
  );

  verifies(
    'send:once/no-way-back',
    'only a word that it was not sent, or the operator who chose failover, leads from unknown to ready',
    () => {
      fc.assert(
        fc.property(recipientEvent, (event) => {
          const said = event.on === 'resolve' && event.as === 'not_sent';
          expect(after('unknown', event) === 'ready').toBe(said || event.on === 'failover');
        }),
        { numRuns: 500 },
      );
    },
  );

  verifies(
    'send:once/no-way-back',
    'a repetition under the same key is for what is claimed or unknown',
    () => {
      for (const status of RECIPIENT_STATUSES)
        expect(after(status, { on: 'repeat' }), status).toBe(status === 'unknown' ? 'claimed' : status);
    },
  );

  verifies('send:once/no-way-back', 'only ready and a final soft bounce can be claimed', () => {
    for (const status of RECIPIENT_STATUSES)
      expect(after(status, { on: 'claim' }), status).toBe(
        status === 'ready' || status === 'soft_bounced' ? 'claimed' : status,
      );
  });

  verifies('send:once/no-way-back', 'what was sent, reported or failed is never ready again', () => {
    const done = RECIPIENT_STATUSES.filter(
      (one) => !['ready', 'claimed', 'unknown', 'soft_bounced'].includes(one),
    );
    fc.assert(
      fc.property(fc.constantFrom(...done), fc.array(recipientEvent, { maxLength: 8 }), (status, events) => {
        // A soft bounce that is final asks for another delivery; apart from it there is no way back.
        const reached = events.map((_, index) => run(status, events.slice(0, index + 1)));
        if (!reached.includes('soft_bounced')) expect(reached).not.toContain('claimed');
        const first = reached.indexOf('ready');
        if (first >= 0) expect(reached.slice(0, first)).toContain('claimed');
      }),
      { numRuns: 1000 },
    );
  });

  test('a lost claim is unknown, and a late answer settles it but never makes it ready', () => {
    expect(after('claimed', { on: 'lost' })).toBe('unknown');
    expect(after('unknown', { on: 'receipt', outcome: 'accepted' })).toBe('sent');
    expect(after('unknown', { on: 'receipt', outcome: 'not_sent_permanent' })).toBe('failed');
    expect(after('unknown', { on: 'receipt', outcome: 'not_sent_retry' })).toBe('unknown');
    expect(after('unknown', { on: 'report', type: 'delivered' })).toBe('delivered');
  });

  test.each([
    ['hard', false, 'bounced'],
    ['block', false, 'bounced'],
    ['soft', false, 'soft_bounced'],
    ['soft', true, 'bounced'],
    [undefined, false, 'bounced'],
  ] as const)('a %s bounce (suppressed: %s) is %s', (bounce, suppressed, expected) => {
    expect(after('sent', { on: 'report', type: 'bounced', ...(bounce && { bounce }), suppressed })).toBe(
      expected,
    );
  });

  test('an open or a click proves that it was sent, and nothing more; an unsubscribe moves nobody', () => {
    const unproven: RecipientStatus[] = ['ready', 'claimed', 'unknown', 'failed'];
    for (const status of RECIPIENT_STATUSES) {
      for (const type of ['sent', 'opened', 'clicked'] as const)
        expect(after(status, { on: 'report', type }), `${status} ${type}`).toBe(
          unproven.includes(status) ? 'sent' : status,
        );
      expect(after(status, { on: 'report', type: 'unsubscribed' })).toBe(status);
    }
  });

  test('the table is total: every state has a row, every row leads to states, every event has an answer', () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...RECIPIENT_STATUSES].sort());
    const names = new Set<string>([
      'claim',
      'lost',
      'refuse',
      'repeat',
      'failover',
      'resolve:sent',
      'resolve:not_sent',
      'resolve:abandoned',
    ]);
    for (const outcome of RECEIPT_OUTCOMES) names.add(`receipt:${outcome}`);
    for (const row of Object.values(TRANSITIONS))
      for (const [event, next] of Object.entries(row)) {
        expect(names).toContain(event);
        expect(RECIPIENT_STATUSES).toContain(next);
      }
    fc.assert(
      fc.property(recipientStatus, recipientEvent, (status, event) => {
        expect(RECIPIENT_STATUSES).toContain(after(status, event));
      }),
    );
  });

  test('every state can be reached from ready, and every event that the table names can be made', () => {
    // The same events on every run: chance may miss one.
    const steps = fc.sample(recipientEvent, { numRuns: 2_000, seed: 1 });
    const reached = new Set<RecipientStatus>(['ready']);
    for (const status of reached) for (const event of steps) reached.add(after(status, event));
    expect([...reached].sort()).toEqual([...RECIPIENT_STATUSES].sort());
  });
});

describe('a message', () => {
  test.each<[MessageStatus, RecipientStatus[], MessageStatus]>([
    ['queued', ['ready'], 'queued'],
    ['held', ['ready', 'ready'], 'held'],
    ['scheduled', ['ready'], 'scheduled'],
    ['denied', ['ready'], 'denied'],
    ['queued', ['claimed'], 'sending'],
    ['sending', ['ready', 'sent'], 'sending'],
    ['sending', ['ready'], 'sending'],
    ['unknown', ['ready'], 'sending'],
    ['sending', ['sent', 'delivered'], 'sent'],
    ['sending', ['delivered', 'delivered'], 'delivered'],
    ['sending', ['delivered', 'deferred', 'sent'], 'deferred'],
    ['sending', ['soft_bounced', 'delivered'], 'deferred'],
    ['sending', ['failed', 'delivered'], 'failed'],
    ['sending', ['bounced', 'failed', 'delivered'], 'bounced'],
    ['sending', ['complained', 'bounced'], 'complained'],
    ['sending', ['unknown', 'complained'], 'unknown'],
    ['canceled', ['ready'], 'canceled'],
    ['canceled', ['sent'], 'sent'],
  ])('%s with recipients %j is %s', (current, recipients, expected) => {
    expect(statusOf(current, recipients)).toBe(expected);
  });

  verifies(
    'feedback:once/any-order',
    'the order of recipients does not change the status of the message',
    () => {
      const shuffledTwice = statuses.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      );
      fc.assert(
        fc.property(messageStatus, shuffledTwice, (current, [list, other]) => {
          expect(statusOf(current, other)).toBe(statusOf(current, list));
        }),
      );
    },
  );

  test('once something was claimed the status is a function of the recipients alone', () => {
    const open = fc.constantFrom(...MESSAGE_STATUSES.filter((one) => !ENDED.includes(one)));
    const claimed = statuses.filter((list) => list.some((one) => one !== 'ready'));
    fc.assert(
      fc.property(open, open, claimed, (one, other, list) => {
        expect(statusOf(one, list)).toBe(statusOf(other, list));
        // To say it again changes nothing.
        expect(statusOf(statusOf(one, list), list)).toBe(statusOf(one, list));
      }),
    );
  });

  test('a message that ended unsent stays so, until it shows that somebody was sent to', () => {
    const sentTo: RecipientStatus[] = ['sent', ...REPORTED];
    fc.assert(
      fc.property(fc.constantFrom(...ENDED), statuses, (current, list) => {
        const hidden = list.some((one) => sentTo.includes(one));
        expect(statusOf(current, list) === current).toBe(!hidden);
        expect(stageOf(current, list, false, false)).toBe('closed');
        expect(isCancelable(current, list)).toBe(false);
      }),
    );
  });

  test.each<[MessageStatus, RecipientStatus[], boolean, boolean, string]>([
    ['held', ['ready'], true, false, 'held'],
    ['scheduled', ['ready'], true, false, 'waiting'],
    ['queued', ['ready'], false, false, 'ready'],
    ['sending', ['ready', 'sent'], false, false, 'ready'],
    ['sending', ['ready', 'sent'], true, false, 'waiting'],
    ['deferred', ['soft_bounced', 'delivered'], true, false, 'waiting'],
    ['deferred', ['soft_bounced'], false, false, 'ready'],
    ['sending', ['claimed'], false, false, 'feedback'],
    ['unknown', ['unknown', 'delivered'], false, false, 'feedback'],
    ['sent', ['sent'], false, false, 'feedback'],
    ['deferred', ['deferred'], false, false, 'feedback'],
    ['delivered', ['delivered'], false, false, 'closed'],
    ['bounced', ['bounced', 'complained', 'failed'], false, false, 'closed'],
    ['sent', ['sent'], false, true, 'closed'],
    ['held', ['ready'], false, true, 'closed'],
  ])(
    '%s with recipients %j (waits: %s, closed: %s) is at stage %s',
    (status, list, waits, closed, expected) => {
      expect(stageOf(status, list, waits, closed)).toBe(expected);
    },
  );

  verifies('send:once/no-way-back', 'the stage asks for a delivery only where someone can be claimed', () => {
    fc.assert(
      fc.property(messageStatus, statuses, fc.boolean(), fc.boolean(), (status, list, waits, closed) => {
        const stage = stageOf(status, list, waits, closed);
        const claimable = list.some((one) => after(one, { on: 'claim' }) === 'claimed');
        if (stage === 'ready' || stage === 'waiting') expect(claimable).toBe(true);
        if (stage === 'closed' && !closed && !ENDED.includes(status)) expect(claimable).toBe(false);
      }),
    );
  });

  test('who is unknown and tried again waits for the time, and then for a delivery', () => {
    expect(stageOf('unknown', ['unknown', 'sent'], true, false, true)).toBe('waiting');
    expect(stageOf('unknown', ['unknown', 'sent'], false, false, true)).toBe('ready');
    expect(stageOf('unknown', ['unknown'], false, true, true)).toBe('closed');
  });

  test('a message can be edited before the first claim, and canceled while it is certain that nobody was sent anything', () => {
    expect(MESSAGE_STATUSES.filter(isEditable)).toEqual(['queued', 'held', 'scheduled']);
    for (const status of RECIPIENT_STATUSES)
      expect(isCancelable('sending', ['ready', status]), status).toBe(status === 'ready');
    expect(UNREPORTED).toContain('ready');
  });
});
