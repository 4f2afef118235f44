/** @module What reports lead to beside the email: suppressions, counts over messages, alarms; also after the end. */
import { expect, test } from 'vitest';
import type { ProviderReport, RecipientReceipt } from '../../src/core/delivery/receipt.js';
import type { Category } from '../../src/core/email/request.js';
import type { MailboxRow, Store } from '../../src/store/store.js';
import { verifies } from '../support/requirements.js';
import {
  admission,
  content,
  go,
  HOUR,
  makeMailbox,
  MINUTE,
  publishAll,
  send,
  testSettings,
} from '../support/store.js';
import type { Bed } from './store.js';

const ADA = 'ada@reader.example';

interface Sent {
  id: string;
  run: string;
  org: string;
  mailbox: string;
  report(changes: Partial<ProviderReport>): Promise<string>;
}

let count = 0;

async function sent(
  store: Store,
  {
    mailbox,
    to = [ADA],
    closed = false,
    expiresAt,
  }: {
    mailbox?: MailboxRow;
    to?: string[];
    /** Its workflow is over. */
    closed?: boolean;
    expiresAt?: string;
  } = {},
): Promise<Sent> {
  const from = mailbox ?? (await makeMailbox(store));
  const wanted = admission(from, { content: content({ to }), ...(expiresAt && { expiresAt }) });
  await store.admit(wanted);
  await send(store, wanted);
  if (closed) expect((await store.close(wanted.id)).stage).toBe('closed');
  const report: Sent['report'] = async (changes) => {
    const one: ProviderReport = {
      reportId: `f-${count++}-${wanted.id}`,
      type: 'bounced',
      message: wanted.id,
    };
    const [applied] = await store.applyReports('smtp', [{ ...one, ...changes }]);
    return applied?.result ?? '';
  };
  return { ...wanted, report };
}

const BAD = { outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.1.1' } as const;

/** An email that got these answers; what they leave out is a refusal for the recipient. */
async function refused(
  store: Store,
  mailbox: MailboxRow,
  answers: readonly Partial<RecipientReceipt>[],
  { to = [ADA], mode = 'live' }: { to?: string[]; mode?: 'live' | 'test' } = {},
): Promise<{ id: string; run: string; org: string }> {
  const wanted = admission(mailbox, { content: content({ to }), mode });
  await store.admit(wanted);
  const { attempt, try: number } = await go(store, wanted);
  const { outcome, reason } = BAD;
  const recipients = answers.map((one, index) => ({
    ...{ index, outcome },
    ...(one.outcome === undefined && { reason }),
    ...one,
  }));
  await store.recordReceipt({
    ...{ id: wanted.id, run: wanted.run, attempt, try: number, provider: 'smtp', reports: [] },
    receipt: { recipients },
  });
  return wanted;
}

const reasons = async (store: Store, org: string): Promise<string[]> => {
  const { items } = await store.suppressions({ org, mode: 'live', mailboxes: null, limit: 100 });
  return items.map((one) => one.reason).sort();
};

const alarms = async (store: Store, org: string, kind?: 'complaint' | 'block') =>
  (await store.investigations({ org, mode: 'live', mailboxes: null, limit: 100, kind })).items;

const mayWrite = async (
  store: Store,
  mailbox: MailboxRow,
  category: Category = 'transactional',
): Promise<boolean> => (await store.admit(admission(mailbox, { category }))).view.status !== 'denied';

const { bounceHandling } = testSettings(() => new Date());

const SOFT = { type: 'bounced', bounce: 'soft', smtpStatus: '4.2.2' } as const;
const HARD = { type: 'bounced', bounce: 'hard', smtpStatus: '5.1.1' } as const;
const BLOCK = { type: 'bounced', bounce: 'block', smtpStatus: '5.7.1' } as const;

export function feedbackContract(bed: Bed): void {
  describeAfterTheEnd(bed);
  describeSoftBounces(bed);

  verifies('suppress:always', 'whatever came before it, a hard bounce suppresses', async () => {
    const { store } = bed();
    const before: Partial<ProviderReport>[][] = [
      [],
      [{ type: 'delivered' }],
      [SOFT],
      [SOFT, { type: 'delivered' }],
      [BLOCK],
      [{ type: 'unsubscribed' }],
      [{ type: 'complained', notSpam: true }],
      [{ type: 'deferred' }, { type: 'opened' }],
    ];
    for (const first of before)
      for (const closed of [false, true]) {
        const mailbox = await makeMailbox(store);
        const email = await sent(store, { mailbox, closed });
        for (const changes of first) await email.report(changes);
        await email.report(HARD);
        expect([first, closed, await reasons(store, email.org)]).toEqual([
          ...[first, closed],
          expect.arrayContaining(['hard_bounce']),
        ]);
        expect(await mayWrite(store, mailbox)).toBe(false);
      }
  });

  verifies(
    'suppress:always',
    'a refusal at send time that names a bad address suppresses it, as its bounce would; any other does not',
    async () => {
      const { store } = bed();
      for (const [answer, expected] of [
        [{ smtpStatus: '5.1.1' }, ['hard_bounce']],
        [{ smtpStatus: '5.1.6' }, ['hard_bounce']],
        [{ smtpStatus: '5.2.1' }, ['hard_bounce']],
        [{ bounce: 'hard' }, ['hard_bounce']],
        // What may pass, what is about us, and what says nothing of the address.
        [{ smtpStatus: '5.2.2' }, []],
        [{ smtpStatus: '5.7.1' }, []],
        [{ smtpStatus: '5.0.0' }, []],
        [{ smtpStatus: '550' }, []],
        [{}, []],
        [{ smtpStatus: '5.1.3', bounce: 'block' }, []],
        [{ reason: 'config', smtpStatus: '5.1.8' }, []],
        [{ reason: 'refused', smtpStatus: '5.1.1' }, []],
        [{ outcome: 'not_sent_retry', smtpStatus: '5.1.1' }, []],
        [{ outcome: 'unknown', smtpStatus: '5.1.1' }, []],
      ] as const) {
        const mailbox = await makeMailbox(store);
        const email = await refused(store, mailbox, [answer]);
        expect([answer, await reasons(store, email.org)]).toEqual([answer, expected]);
        expect([answer, await mayWrite(store, mailbox)]).toEqual([answer, expected.length === 0]);
      }
    },
  );

  test('a refused address is suppressed with its email, event and audit, and the others of the email go on', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const [bad, busy, well] = ['bad@x.example', 'busy@x.example', 'well@x.example'];
    const email = await refused(
      store,
      mailbox,
      [{ smtpStatus: '5.1.1' }, { outcome: 'not_sent_retry', reason: 'transient' }, { outcome: 'accepted' }],
      { to: [bad, busy, well] },
    );
    const { items } = await store.suppressions({
      ...{ org: email.org, mode: 'live', mailboxes: null, limit: 9 },
    });
    expect(items).toMatchObject([
      { address: bad, scope: 'org', reason: 'hard_bounce', source: 'smtp', message: email.id },
    ]);
    const detail = await store.message(email.org, email.id);
    expect(detail?.recipients[0]).toMatchObject({
      ...{ status: 'failed', reason: 'recipient', smtpStatus: '5.1.1' },
    });
    expect((await store.trace(email.org, email.id)).map((one) => [one.type, one.by])).toContainEqual([
      ...['suppression.created', 'smtp'],
    ]);
    await publishAll(store);
    const scope = { org: email.org, mode: 'live' as const, mailboxes: null };
    const told = await store.publishedAfter({
      ...scope,
      after: 0,
      limit: 50,
      types: ['suppression.created'],
    });
    expect(told).toMatchObject([{ message: email.id, reason: 'hard_bounce' }]);
    // One who is tried again is not held up by the one who never will be.
    expect((await go(store, email)).recipients).toMatchObject([{ index: 1 }]);
  });

  test('what a lookup finds to be a bad address is suppressed; test email suppresses for test email only', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const email = await refused(store, mailbox, [{ outcome: 'unknown' }]);
    clock.advance(MINUTE);
    const providers = [{ name: 'smtp', asks: true }];
    const taken = await store.takeUnknown({ limit: 500, leaseMs: MINUTE, providers });
    const one = taken.find(({ id }) => id === email.id)!;
    const found = { recipients: [{ index: 0, ...BAD }] };
    await store.recordLook({ ...one, found, isComplete: false });
    expect(await reasons(store, email.org)).toEqual(['hard_bounce']);

    const tester = await makeMailbox(store);
    const tried = await refused(store, tester, [{ smtpStatus: '5.1.1' }], { mode: 'test' });
    expect(await reasons(store, tried.org)).toEqual([]);
    const { items } = await store.suppressions({
      ...{ org: tried.org, mode: 'test', mailboxes: null, limit: 9 },
    });
    expect(items).toHaveLength(1);
  });

  test('whoever unsubscribed gets transactional email only, and a bounce beside it stops that too', async () => {
    const { store } = bed();
    for (const reports of [
      [{ type: 'unsubscribed' as const }, HARD],
      [HARD, { type: 'unsubscribed' as const }],
    ]) {
      const mailbox = await makeMailbox(store);
      const email = await sent(store, { mailbox });
      const [first, second] = reports;
      await email.report(first!);
      if (first?.type === 'unsubscribed') {
        expect(await mayWrite(store, mailbox, 'transactional')).toBe(true);
        expect(await mayWrite(store, mailbox, 'conversational')).toBe(false);
        expect(await mayWrite(store, mailbox, 'commercial')).toBe(false);
      }
      await email.report(second!);
      expect(await reasons(store, email.org)).toEqual(['hard_bounce', 'unsubscribe']);
      expect(await mayWrite(store, mailbox, 'transactional')).toBe(false);
    }
    // In one webhook, too.
    const email = await sent(store);
    const named = { message: email.id };
    await store.applyReports('smtp', [
      { reportId: `both-${email.id}`, ...HARD, ...named },
      { reportId: `gone-${email.id}`, type: 'unsubscribed', ...named },
    ]);
    expect(await reasons(store, email.org)).toEqual(['hard_bounce', 'unsubscribe']);
  });

  test('a complaint that says the opposite is kept, and changes nothing', async () => {
    const { store } = bed();
    const email = await sent(store);
    expect(await email.report({ type: 'complained', notSpam: true })).toBe('applied');
    const detail = await store.message(email.org, email.id);
    expect([detail?.status, detail?.reports[0]]).toMatchObject([
      'sent',
      { type: 'complained', notSpam: true },
    ]);
    expect([await reasons(store, email.org), await alarms(store, email.org)]).toEqual([[], []]);
  });

  test('content or a sender that is refused suppresses nobody, and alarms once for a mailbox and provider', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    for (let i = 0; i < 3; i++) await (await sent(store, { mailbox })).report(BLOCK);
    expect(await reasons(store, mailbox.org)).toEqual([]);
    expect(await mayWrite(store, mailbox)).toBe(true);
    const [alarm, ...others] = await alarms(store, mailbox.org, 'block');
    expect(others).toEqual([]);
    expect(alarm).toMatchObject({
      kind: 'block',
      status: 'open',
      reports: 3,
      smtpStatus: '5.7.1',
      recipient: ADA,
    });
    await publishAll(store);
    const scope = { org: mailbox.org, mode: 'live' as const, mailboxes: null };
    const told = await store.publishedAfter({
      ...scope,
      after: 0,
      limit: 1_000,
      types: ['investigation.opened'],
    });
    expect(told).toMatchObject([
      { investigation: alarm?.id, reason: 'block', smtpStatus: '5.7.1', recipient: ADA },
    ]);
    // Once it is resolved, the next one alarms again.
    const by = 'prn_person';
    await store.resolveInvestigation({ ...scope, id: alarm!.id, finding: 'DMARC was wrong', by });
    await (await sent(store, { mailbox })).report(BLOCK);
    expect(await alarms(store, mailbox.org, 'block')).toHaveLength(2);
  });

  test('a complaint opens one investigation for each email and recipient, however often it comes', async () => {
    const { store } = bed();
    const email = await sent(store, { to: [ADA, 'bob@reader.example'] });
    for (const recipient of [ADA, ADA, 'bob@reader.example', undefined])
      await email.report({ type: 'complained', ...(recipient !== undefined && { recipient }) });
    expect((await alarms(store, email.org)).map((one) => one.recipient).sort()).toEqual([
      ADA,
      'bob@reader.example',
    ]);
  });

  test('with complaints: suppress, a complaint opens no investigation', async () => {
    const one = bed();
    const store = one.with({ bounceHandling: { ...bounceHandling, complaints: 'suppress' } });
    const email = await sent(store);
    await email.report({ type: 'complained' });
    expect([await reasons(store, email.org), await alarms(store, email.org)]).toEqual([['complaint'], []]);
  });

  test('opens and clicks of machines are kept apart, marked by the provider or by their haste', async () => {
    const { store, clock } = bed();
    const email = await sent(store);
    await email.report({ type: 'opened', machine: true });
    await email.report({ type: 'delivered', at: clock().toISOString() });
    clock.advance(HOUR);
    const after = (ms: number): string => new Date(clock().getTime() - HOUR + ms).toISOString();
    await email.report({ type: 'clicked', at: after(400) });
    await email.report({ type: 'opened', at: after(30_000) });
    await email.report({ type: 'clicked', at: after(40_000), machine: false });
    const detail = await store.message(email.org, email.id);
    expect(detail?.engagement).toEqual({ opens: 1, clicks: 1, machineOpens: 1, machineClicks: 1 });
    await publishAll(store);
    const scope = { org: email.org, mode: 'live' as const, mailboxes: null };
    const types = ['message.opened', 'message.clicked'] as const;
    const told = await store.publishedAfter({ ...scope, after: 0, limit: 100, types });
    expect(told.map((one) => one.reason)).toEqual(['machine', 'machine', null, null]);
  });

  test('the class of a bounce stays with its recipient, the worst of several in any order', async () => {
    const { store } = bed();
    for (const order of [[BLOCK, HARD], [HARD, BLOCK], [BLOCK], [{ type: 'bounced' as const }]]) {
      const email = await sent(store);
      for (const one of order) await email.report(one);
      const detail = await store.message(email.org, email.id);
      expect(detail?.recipients[0]).toMatchObject({
        status: 'bounced',
        bounce: order.length === 1 && order[0] === BLOCK ? 'block' : 'hard',
      });
    }
  });
}

function describeAfterTheEnd(bed: Bed): void {
  const cases: [string, Partial<ProviderReport>[], string, string[]][] = [
    ['a hard bounce', [HARD], 'bounced', ['hard_bounce']],
    ['a bounce after delivered', [{ type: 'delivered' }, HARD], 'bounced', ['hard_bounce']],
    ['a soft bounce, which nobody tries again', [SOFT], 'bounced', []],
    ['a soft bounce after delivered', [{ type: 'delivered' }, SOFT], 'delivered', []],
    ['delivered after a deferral', [{ type: 'deferred' }, { type: 'delivered' }], 'delivered', []],
    ['a complaint', [{ type: 'delivered' }, { type: 'complained' }], 'complained', ['complaint']],
    ['a complaint after a bounce', [HARD, { type: 'complained' }], 'complained', ['hard_bounce']],
  ];
  test.each(cases)(
    'months after its workflow has closed, %s is applied',
    async (_, reports, status, expected) => {
      const { store, clock } = bed();
      const email = await sent(store, { closed: true });
      for (const one of reports) {
        clock.advance(60 * 24 * HOUR);
        expect(await email.report(one)).toBe('applied');
      }
      expect(await store.view(email.id)).toMatchObject({ status, stage: 'closed' });
      expect(await reasons(store, email.org)).toEqual(expected);
    },
  );

  test('delivered after a soft bounce, of an email that is still open, ends it well', async () => {
    const { store } = bed();
    const email = await sent(store);
    await email.report(SOFT);
    await email.report({ type: 'delivered' });
    expect(await store.view(email.id)).toMatchObject({ status: 'delivered', stage: 'closed' });
  });
}

function describeSoftBounces(bed: Bed): void {
  /** An email whose soft bounce is final at once. */
  const worn = async (store: Store, mailbox: MailboxRow): Promise<void> => {
    expect(await (await sent(store, { mailbox, closed: true })).report(SOFT)).toBe('applied');
  };

  test('final soft bounces count over emails; the third in a row suppresses, and begins anew', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    for (const expected of [[], [], ['soft_bounce']]) {
      await worn(store, mailbox);
      expect(await reasons(store, mailbox.org)).toEqual(expected);
    }
    const scope = { org: mailbox.org, mode: 'live' as const, mailboxes: null };
    const { items } = await store.suppressions({ ...scope, limit: 10 });
    await store.removeSuppression({ ...scope, id: items[0]!.id, by: 'prn_person' });
    await worn(store, mailbox);
    expect(await reasons(store, mailbox.org)).toEqual([]);
  });

  test('a delivery to the address, of whichever email, begins the count anew', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const other = await sent(store, { mailbox, to: ['Ada@reader.example'] });
    await worn(store, mailbox);
    await worn(store, mailbox);
    await other.report({ type: 'delivered' });
    await worn(store, mailbox);
    await worn(store, mailbox);
    expect(await reasons(store, mailbox.org)).toEqual([]);
    await worn(store, mailbox);
    expect(await reasons(store, mailbox.org)).toEqual(['soft_bounce']);
  });

  test('soft bounces and deliveries of one webhook count in its order', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const all = await Promise.all(Array.from({ length: 6 }, () => sent(store, { mailbox, closed: true })));
    const reports = all.map(({ id }, i): ProviderReport => ({
      ...{ reportId: `w-${id}`, message: id },
      ...(i === 2 ? { type: 'delivered' } : SOFT),
    }));
    await store.applyReports('smtp', reports.slice(0, 5));
    expect(await reasons(store, mailbox.org)).toEqual([]);
    await store.applyReports('smtp', reports.slice(5));
    expect(await reasons(store, mailbox.org)).toEqual(['soft_bounce']);
  });

  test('of final soft bounces that come at once none is lost', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const all = await Promise.all(Array.from({ length: 3 }, () => sent(store, { mailbox, closed: true })));
    await Promise.all(all.map((email) => email.report(SOFT)));
    expect(await reasons(store, mailbox.org)).toEqual(['soft_bounce']);
  });

  test('live and test, and orgs, count apart', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    await worn(store, mailbox);
    await worn(store, mailbox);
    await worn(store, await makeMailbox(store));
    expect(await reasons(store, mailbox.org)).toEqual([]);
  });

  test('a soft bounce is final where the email is out of date before the next try', async () => {
    const { store, clock } = bed();
    const expiresAt = new Date(clock().getTime() + 10 * MINUTE).toISOString();
    const email = await sent(store, { expiresAt });
    await email.report(SOFT);
    expect(await store.view(email.id)).toMatchObject({ status: 'bounced', stage: 'closed' });
    expect((await store.message(email.org, email.id))?.recipients[0]?.bounce).toBe('soft');
  });

  test('a deferral only waits', async () => {
    const { store } = bed();
    const email = await sent(store);
    for (let i = 0; i < 5; i++) await email.report({ type: 'deferred', smtpStatus: '4.4.1' });
    expect(await store.view(email.id)).toMatchObject({ status: 'deferred', stage: 'feedback' });
    const detail = await store.message(email.org, email.id);
    expect(detail?.recipients[0]?.softBounces).toBe(0);
  });
}
