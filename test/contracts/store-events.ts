/** @module The event log: each thing that happens is told once, in order, to whom it concerns, for as long as it is kept. */
import { expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import type { EventFilter, EventRow, MailboxRow, Store } from '../../src/store/store.js';
import {
  admission,
  claim,
  content,
  go,
  HOUR,
  makeMailbox,
  MINUTE,
  send,
  START,
  testSettings,
} from '../support/store.js';
import type { Bed } from './store.js';

type Wanted = ReturnType<typeof admission>;
const DAY = 24 * HOUR;
const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

/** What other tests left is published, too. */
async function publish(store: Store): Promise<void> {
  for (let rounds = 0; rounds < 100; rounds++) if ((await store.publishEvents(500)) === 0) return;
  throw new Error('there is no end of events');
}

async function log(store: Store, org: string, over: Partial<EventFilter> = {}): Promise<EventRow[]> {
  await publish(store);
  return await store.publishedAfter({ org, mode: 'live', mailboxes: null, after: 0, limit: 1_000, ...over });
}

/** Type, and what is said beside it, where there is any. */
const told = async (store: Store, { org }: { org: string }): Promise<unknown[]> =>
  (await log(store, org)).map(({ type, recipientIndex, reason, smtpStatus }) =>
    [type.replace('message.', ''), recipientIndex, reason, smtpStatus].filter((one) => one !== null),
  );

async function admitted(
  store: Store,
  changes: Partial<Wanted> = {},
  over: Parameters<typeof makeMailbox>[1] = {},
): Promise<Wanted> {
  const wanted = admission(await makeMailbox(store, over), changes);
  await store.admit(wanted);
  return wanted;
}

const decide = async (
  store: Store,
  { id }: Wanted,
  action: 'approve' | 'reject' | 'cancel',
): Promise<void> => {
  const digest = (await store.view(id))?.digest;
  const decided = await store.decide({ id, action, digest, by: 'prn_p', via: 'door' });
  expect(decided.result).toBe('applied');
};

let count = 0;
const report = ({ id }: { id: string }, changes: Partial<ProviderReport>): ProviderReport => ({
  ...{ reportId: `events-${count++}`, type: 'delivered', message: id },
  ...changes,
});

const THREE = content({ to: ['a@x.example', 'b@x.example', 'c@x.example'] });

export function eventContract(bed: Bed): void {
  test('an email that goes its way is told of in order, once each', async () => {
    const { store, clock } = bed();
    const wanted = await admitted(store);
    await store.admit(wanted);
    await send(store, wanted);
    const delivered = report(wanted, {});
    await store.applyReports('smtp', [delivered]);
    // Again, and the same thing under another id: nothing happened.
    await store.applyReports('smtp', [delivered, report(wanted, {}), report(wanted, { type: 'deferred' })]);
    clock.advance(MINUTE);
    await store.applyReports('smtp', [
      report(wanted, { type: 'opened' }),
      report(wanted, { type: 'clicked' }),
    ]);
    await store.applyReports('smtp', [report(wanted, { type: 'unsubscribed' })]);
    expect(await told(store, wanted)).toEqual([
      ['queued'],
      ['sent', 0],
      ['delivered', 0],
      ['opened', 0],
      ['clicked', 0],
      ['unsubscribed', 0],
      ['suppression.created', 'unsubscribe'],
    ]);
    const [first, second] = await log(store, wanted.org);
    expect(first).toMatchObject({
      ...{ org: wanted.org, mode: 'live', mailbox: wanted.mailbox, message: wanted.id, recipient: null },
      ...{ suppression: null, createdAt: at(0), id: expect.stringMatching(/^evt_[0-9a-z]{32}$/u) as string },
    });
    expect(second?.recipient).toBe('ada@reader.example');
  });

  test('what is held says by which rule, and each decision is told', async () => {
    const { store, clock } = bed();
    const held = (): Promise<Wanted> => admitted(store, {}, { autonomy: 'review_all' });
    for (const [action, event] of [
      ['approve', 'approved'],
      ['reject', 'rejected'],
      ['cancel', 'canceled'],
    ] as const) {
      const wanted = await held();
      await decide(store, wanted, action);
      await store.decide({ id: wanted.id, action: 'approve', by: 'prn_q', via: 'signal' });
      expect(await told(store, wanted)).toEqual([['held', 'autonomy_level'], [event]]);
    }
    const late = await held();
    clock.advance(DAY);
    await store.decide({ id: late.id, action: 'expire', by: 'deadline', via: 'deadline' });
    expect(await told(store, late)).toEqual([['held', 'autonomy_level'], ['expired']]);
  });

  test('what is denied or scheduled says why', async () => {
    const { store } = bed();
    expect(await told(store, await admitted(store, {}, { autonomy: 'read_only' }))).toEqual([
      ['denied', 'autonomy_level'],
    ]);
    const wanted = await admitted(store, { sendAt: at(HOUR) });
    expect(await told(store, wanted)).toEqual([['queued', 'send_at']]);
    await claim(store, wanted);
    const { version } = (await store.view(wanted.id))!;
    await store.reschedule({ id: wanted.id, sendAt: at(2 * HOUR), version, by: 'p' });
    expect(await told(store, wanted)).toHaveLength(1);
  });

  test('an edit is told, and a new status after it only where it is one', async () => {
    const { store } = bed();
    for (const [autonomy, deny, after] of [
      ['review_all', [], []],
      ['auto', [], []],
      ['auto', ['eve@x.example'], [['denied', 'recipient_deny_list']]],
    ] as const) {
      const wanted = await admitted(store, {}, { autonomy, policy: { deny: [...deny] } });
      const { digest } = (await store.view(wanted.id))!;
      const edit = { content: content({ to: ['eve@x.example'] }), attachments: [], by: 'p' };
      expect((await store.revise({ id: wanted.id, digest, ...edit })).result).toBe('applied');
      await store.revise({ id: wanted.id, digest, ...edit });
      expect((await told(store, wanted)).slice(1)).toEqual([['edited'], ...after]);
    }
  });

  test('each recipient’s answer is an event of its own; a late one that settles what was unknown, too', async () => {
    const { store, clock } = bed();
    const wanted = await admitted(store, { content: THREE });
    const { attempt, try: number } = await go(store, wanted);
    const write = { id: wanted.id, run: wanted.run, attempt, try: number, provider: 'smtp', reports: [] };
    const answers = [
      { index: 0, outcome: 'accepted' as const },
      { index: 1, outcome: 'not_sent_permanent' as const, reason: 'recipient' as const, smtpStatus: '5.1.1' },
      { index: 2, outcome: 'not_sent_retry' as const, reason: 'transient' as const },
    ];
    await store.recordReceipt({ ...write, receipt: { recipients: answers } });
    await store.recordReceipt({ ...write, receipt: { recipients: answers } });
    expect(await told(store, wanted)).toEqual([
      ...[['queued'], ['sent', 0], ['failed', 1, 'recipient', '5.1.1']],
      ['suppression.created', 'hard_bounce'],
    ]);

    const lost = await admitted(store, { content: THREE });
    const first = await go(store, lost);
    await claim(store, lost, { attempt: 1, execution: { run: lost.run, try: 2 } });
    clock.advance(2 * MINUTE);
    const accepted = [0, 1, 2].map((index) => ({ index, outcome: 'accepted' as const }));
    await store.recordReceipt({
      ...{ ...write, id: lost.id, run: lost.run, attempt: first.attempt, try: first.try },
      receipt: { recipients: accepted },
    });
    expect(await told(store, lost)).toEqual([
      ['queued'],
      ...[0, 1, 2].map((index) => ['unknown', index]),
      ...[0, 1, 2].map((index) => ['sent', index]),
    ]);
  });

  test('what a person says of an unknown one is told, but for what is tried again', async () => {
    const { store, clock } = bed();
    for (const [as, after] of [
      ['sent', [['sent', 0, 'resolved_sent']]],
      ['abandoned', [['failed', 0, 'resolved_abandoned']]],
      ['not_sent', []],
    ] as const) {
      const wanted = await admitted(store);
      await go(store, wanted);
      await claim(store, wanted, { attempt: 1, execution: { run: wanted.run, try: 2 } });
      clock.advance(2 * MINUTE);
      const unknown = [{ index: 0, attempt: 1, try: 1 }];
      expect(await store.resolveUnknown({ id: wanted.id, as, unknown, by: 'p' })).toMatchObject({
        result: 'applied',
      });
      await store.resolveUnknown({ id: wanted.id, as, unknown, by: 'p' });
      expect(await told(store, wanted)).toEqual([['queued'], ['unknown', 0], ...after]);
    }
  });

  test('a bounce that is tried again is a delay, the last one a bounce, and it tells of the suppression', async () => {
    const { clock, ...one } = bed();
    const { bounceHandling } = testSettings(clock);
    const softBounces = { ...bounceHandling.softBounces, suppressAfter: 1 };
    const store = one.with({ bounceHandling: { ...bounceHandling, softBounces } });
    const wanted = await admitted(store);
    const soft = { type: 'bounced', bounce: 'soft', smtpStatus: '4.2.2' } as const;
    for (const minutes of [15, 60, 0]) {
      await send(store, wanted);
      await store.applyReports('smtp', [report(wanted, soft)]);
      clock.advance(minutes * MINUTE);
    }
    expect(await told(store, wanted)).toEqual([
      ['queued'],
      ['sent', 0],
      ['deferred', 0, 'soft_bounce', '4.2.2'],
      ['sent', 0],
      ['deferred', 0, 'soft_bounce', '4.2.2'],
      ['sent', 0],
      ['bounced', 0, 'soft_bounce', '4.2.2'],
      ['suppression.created', 'soft_bounce'],
    ]);
    const created = (await log(store, wanted.org)).at(-1);
    expect(created).toMatchObject({ mailbox: null, message: wanted.id, recipient: 'ada@reader.example' });
    const { items } = await store.suppressions({ org: wanted.org, mode: 'live', mailboxes: null, limit: 9 });
    expect(items.map((one) => one.id)).toEqual([created?.suppression]);
  });

  test('a complaint and a hard bounce are told with what they suppress; an ignored report is not', async () => {
    const { store } = bed();
    const wanted = await admitted(store, { content: THREE });
    await store.applyReports('smtp', [report(wanted, { type: 'bounced' })]);
    await send(store, wanted);
    await store.applyReports('stranger', [report(wanted, { type: 'complained' })]);
    await store.applyReports('smtp', [
      report(wanted, { type: 'complained', recipient: 'b@x.example' }),
      report(wanted, { type: 'bounced', recipient: 'c@x.example', bounce: 'block', reason: 'c@x.example' }),
      report(wanted, { type: 'bounced', recipient: 'a@x.example', smtpStatus: 'to a@x.example' }),
    ]);
    expect((await told(store, wanted)).slice(4)).toEqual([
      ['complained', 1],
      ['bounced', 2, 'block'],
      ['bounced', 0, 'hard_bounce'],
      ['suppression.created', 'hard_bounce'],
      ['suppression.created', 'complaint'],
      ['investigation.opened', 1, 'complaint'],
      ['investigation.opened', 2, 'block'],
    ]);
  });

  test('those who are not sent to any more have failed, and a soft bounce has bounced for good', async () => {
    const { store, clock } = bed();
    const wanted = await admitted(store, { content: THREE, expiresAt: at(HOUR) });
    const { attempt, try: number } = await go(store, wanted);
    await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt, try: number, provider: 'smtp', reports: [] },
      receipt: {
        recipients: [
          { index: 0, outcome: 'accepted' },
          { index: 1, outcome: 'accepted' },
          { index: 2, outcome: 'not_sent_retry', reason: 'transient' },
        ],
      },
    });
    await store.applyReports('smtp', [
      report(wanted, { type: 'bounced', bounce: 'soft', recipient: 'b@x.example' }),
    ]);
    clock.advance(2 * HOUR);
    expect((await claim(store, wanted)).answer).toBe('no');
    expect((await told(store, wanted)).slice(-2)).toEqual([
      ['bounced', 1, 'expired'],
      ['failed', 2, 'expired'],
    ]);
    const lost = await admitted(store);
    await store.settleLost({ id: lost.id, run: lost.run, workflow: 'terminated' });
    await store.settleLost({ id: lost.id, run: lost.run, workflow: 'terminated' });
    expect(await told(store, lost)).toEqual([['queued'], ['failed', 0, 'workflow_terminated']]);
  });

  test('giving up, and running out of time before anything was sent, are told once', async () => {
    const { store, clock } = bed();
    for (const [expiresAt, after] of [
      [undefined, ['failed', 0, 'gave_up']],
      [at(HOUR), ['expired']],
    ] as const) {
      clock.set(START);
      const wanted = await admitted(store, { expiresAt });
      clock.advance(25 * HOUR);
      const { id, run } = wanted;
      await store.settle({ id, run, attempt: 1, provider: '', route: [] });
      await store.settle({ id, run, attempt: 1, provider: '', route: [] });
      expect(await told(store, wanted)).toEqual([['queued'], after]);
    }
  });

  test('a mailbox that is paused, and an address that somebody suppresses, are told once', async () => {
    const { store } = bed();
    const { org, id } = await makeMailbox(store);
    for (const status of ['paused', 'paused', 'active'] as const)
      await store.updateMailbox(org, id, { status }, 'p');
    const row = { org, mode: 'live' as const, address: 'eve@x.example', source: 'api', by: 'p' };
    await store.addSuppression({ ...row, scope: 'org', reason: 'asked by eve@x.example' });
    await store.addSuppression({ ...row, scope: 'org', reason: 'manual' });
    await store.addSuppression({ ...row, scope: 'mailbox', mailbox: id, reason: 'manual' });
    expect(await told(store, { org })).toEqual([
      ['mailbox.paused'],
      ['suppression.created'],
      ['suppression.created', 'manual'],
    ]);
    const bound = await log(store, org, { mailboxes: [id] });
    expect(bound.map((one) => [one.type, one.recipient])).toEqual([
      ['mailbox.paused', null],
      ['suppression.created', 'eve@x.example'],
    ]);
  });

  test('a reader sees its org, mode and mailboxes, what it filters by, and no more', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const made = await store.createMailbox({ org, address: 'b@sender.example', autonomy: 'auto' }, 'p');
    const other = made as MailboxRow;
    const [mine, theirs, test_] = [
      admission(mailbox),
      admission(other),
      admission(mailbox, { mode: 'test' }),
    ];
    for (const one of [mine, theirs, test_]) {
      await store.admit(one);
      clock.advance(MINUTE);
    }
    await send(store, mine);
    const messages = async (over: Partial<EventFilter>): Promise<unknown[]> =>
      (await log(store, org, over)).map((one) => one.message);
    expect(await messages({})).toEqual([mine.id, theirs.id, mine.id]);
    expect(await messages({ mode: 'test' })).toEqual([test_.id]);
    expect(await messages({ mailboxes: [other.id] })).toEqual([theirs.id]);
    expect(await messages({ mailboxes: [] })).toEqual([]);
    expect(await messages({ types: ['message.sent', 'message.failed'] })).toEqual([mine.id]);
    expect(await messages({ message: theirs.id })).toEqual([theirs.id]);
    expect(await messages({ until: at(MINUTE) })).toEqual([mine.id]);
    expect(await messages({ org: 'org-stranger' })).toEqual([]);
    expect(await messages({ limit: 2 })).toHaveLength(2);

    const all = await log(store, org);
    const [first, second, third] = all.map((one) => one.position) as [number, number, number];
    expect(await messages({ after: first, upTo: second })).toEqual([theirs.id]);
    const scope = { org, mode: 'live' as const, mailboxes: null };
    const id = all[1]!.id;
    expect((await store.event(scope, id))?.message).toBe(theirs.id);
    expect(await store.positionOf(scope, { id })).toBe(second);
    for (const blind of [
      { ...scope, org: 'org-stranger' },
      { ...scope, mode: 'test' as const },
      { ...scope, mailboxes: [mailbox.id] },
      { ...scope, mailboxes: [] },
    ]) {
      expect(await store.event(blind, id)).toBeNull();
      expect(await store.positionOf(blind, { id })).toBeNull();
    }
    expect(await store.positionOf(scope, { at: at(MINUTE) })).toBe(second - 1);
    expect(await store.positionOf(scope, { at: at(DAY) })).toBe(await store.lastPosition());
    expect((await store.eventsSince(second, 1_000)).find((one) => one.position === third)).toEqual({
      ...{ position: third, org, mode: 'live', message: mine.id },
    });
  });

  test('an address that is no longer kept is in no event', async () => {
    const { store, db } = bed();
    const wanted = await admitted(store);
    await send(store, wanted);
    await publish(store);
    await db.updateTable('recipients').set({ address: '' }).where('message', '=', wanted.id).execute();
    const stored = await db.selectFrom('events').selectAll().where('message', '=', wanted.id).execute();
    expect(JSON.stringify(stored)).not.toContain('ada');
    expect((await log(store, wanted.org)).map((one) => one.recipient)).toEqual([null, '']);
  });

  test('old events are deleted, others and those that nobody has published stay', async () => {
    const { store, db, clock } = bed();
    // Other tests have moved the clock to and fro.
    await publish(store);
    await db.deleteFrom('events').execute();
    const old = await admitted(store);
    await publish(store);
    const unpublished = await admitted(store);
    clock.advance(30 * DAY);
    const young = await admitted(store);
    clock.advance(1);
    const before = await store.lastPosition();
    expect((await store.deleteExpired({ dedupeWindowMs: 0, limit: 500 })).events).toBe(1);
    // The position goes on, so that nobody who waits at it misses anything.
    expect(await store.lastPosition()).toBe(before);
    expect(await log(store, old.org)).toEqual([]);
    expect(await log(store, young.org)).toHaveLength(1);
    expect(await log(store, unpublished.org)).toHaveLength(1);
    expect(await db.selectFrom('outbox').select('seq').execute()).toEqual([]);
  });
}
