/** @module Reports: one effect however often, in whatever order; suppressions in the same transaction. */
import { expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import type { Store, SuppressionRow } from '../../src/store/store.js';
import { admission, claim, content, go, HOUR, makeMailbox, MINUTE, send, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

type Wanted = ReturnType<typeof admission>;

async function sent(
  store: Store,
  to: string[] = ['ada@reader.example'],
  providerId?: string,
): Promise<Wanted> {
  const mailbox = await makeMailbox(store);
  const wanted = admission(mailbox, { content: content({ to }) });
  await store.admit(wanted);
  await send(store, wanted, providerId);
  return wanted;
}

let count = 0;
const report = (wanted: Pick<Wanted, 'id'>, changes: Partial<ProviderReport>): ProviderReport => ({
  ...{ reportId: `${wanted.id}-${count++}`, type: 'delivered', message: wanted.id },
  ...changes,
});

const suppressed = async (store: Store, { org, mode }: Wanted): Promise<SuppressionRow[]> =>
  (await store.suppressions({ org, mode, mailboxes: null, limit: 100 })).items;

export function reportContract(bed: Bed): void {
  test('delivered closes the email, and wakes its workflow', async () => {
    const { store } = bed();
    const wanted = await sent(store);
    const [applied] = await store.applyReports('smtp', [report(wanted, {})]);
    expect(applied).toMatchObject({ result: 'applied', id: wanted.id });
    expect(await store.view(wanted.id)).toMatchObject({ status: 'delivered', stage: 'closed' });
  });

  test('the same report 20 times, alone or in one list, has one effect', async () => {
    const { store } = bed();
    const wanted = await sent(store);
    const bounce = report(wanted, { type: 'bounced', bounce: 'soft' });
    const results = await store.applyReports('smtp', Array<ProviderReport>(10).fill(bounce));
    for (let i = 0; i < 10; i++) results.push(...(await store.applyReports('smtp', [bounce])));
    expect(results.map((one) => one.result)).toEqual(['applied', ...Array<string>(19).fill('duplicate')]);
    const detail = await store.message(wanted.org, wanted.id);
    expect(detail?.recipients[0]).toMatchObject({ status: 'soft_bounced', softBounces: 1 });
    expect(detail?.reports).toHaveLength(1);
    const bounces = (await store.trace(wanted.org, wanted.id)).filter(
      (one) => one.type === 'message.bounced',
    );
    expect(bounces).toHaveLength(1);
  });

  test('a report that names nobody is about those whom the provider may have, not about who is still to be sent to', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox, {
      content: content({ to: ['ada@reader.example', 'bob@reader.example'] }),
    });
    await store.admit(wanted);
    const given = await go(store, wanted);
    await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: given.try, provider: 'smtp', reports: [] },
      receipt: {
        recipients: [
          { index: 0, outcome: 'accepted' },
          { index: 1, outcome: 'not_sent_retry', reason: 'transient' },
        ],
      },
    });
    await store.applyReports('smtp', [report(wanted, { type: 'bounced', bounce: 'hard' })]);
    expect((await store.view(wanted.id))?.recipients).toEqual([
      { index: 0, status: 'bounced' },
      { index: 1, status: 'ready' },
    ]);
    expect((await suppressed(store, wanted)).map((one) => one.address)).toEqual(['ada@reader.example']);
  });

  test('a webhook about a hundred emails to fifty people each is applied whole', async () => {
    const { store } = bed();
    const people = Array.from({ length: 50 }, (_, i) => `reader-${i}@reader.example`);
    const all: ProviderReport[] = [];
    for (let i = 0; i < 100; i++) all.push(report(await sent(store, people), {}));
    const applied = await store.applyReports('smtp', all);
    expect(new Set(applied.map((one) => one.result))).toEqual(new Set(['applied']));
    expect(await store.view(all[99]?.message ?? '')).toMatchObject({ status: 'delivered' });
  }, 120_000);

  test('a report is matched by our id, our Message-ID header or the provider’s id', async () => {
    const { store } = bed();
    const wanted = await sent(store, ['ada@reader.example'], `provider-${count}`);
    const header = (await store.message(wanted.org, wanted.id))?.content.messageId ?? '';
    const names = [wanted.id, header, header.slice(1, -1), `provider-${count}`];
    for (const message of names) {
      const [applied] = await store.applyReports('smtp', [report(wanted, { type: 'opened', message })]);
      expect(applied?.result).toBe('applied');
    }
    expect((await store.message(wanted.org, wanted.id))?.reports).toHaveLength(4);
    const [other] = await store.applyReports('else', [report(wanted, { message: `provider-${count}` })]);
    expect(other?.result).toBe('unmatched');
  });

  test('a report about nobody we know is kept, and applied where it comes again once we do', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    const early = report(wanted, {});
    expect(await store.applyReports('smtp', [early])).toEqual([
      { reportId: early.reportId, result: 'unmatched' },
    ]);
    await store.admit(wanted);
    await send(store, wanted);
    expect((await store.applyReports('smtp', [early]))[0]?.result).toBe('applied');
    expect((await store.applyReports('smtp', [early]))[0]?.result).toBe('duplicate');
    expect((await store.view(wanted.id))?.status).toBe('delivered');
  });

  test('a report that overtakes the receipt is applied when the receipt names the provider’s id', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    const claimed = await go(store, wanted);
    const name = `late-${wanted.id}`;
    const bounce = report(wanted, {
      type: 'bounced',
      bounce: 'hard',
      message: name,
      recipient: 'ada@reader.example',
    });
    expect((await store.applyReports('smtp', [bounce]))[0]?.result).toBe('unmatched');
    const view = await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp', reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'accepted' }], providerMessageId: name },
    });
    expect(view.status).toBe('bounced');
    expect(await suppressed(store, wanted)).toHaveLength(1);
  });

  test('a receipt never takes back what a report has said', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    const claimed = await go(store, wanted);
    await store.applyReports('smtp', [report(wanted, {})]);
    const view = await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp', reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'unknown' }] },
    });
    expect(view).toMatchObject({ status: 'delivered', stage: 'closed' });
  });

  test('reports that come with the receipt are applied in its transaction', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox, { mode: 'test' });
    await store.admit(wanted);
    const claimed = await go(store, wanted);
    const view = await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp' },
      receipt: { recipients: [{ index: 0, outcome: 'accepted' }] },
      reports: [report(wanted, { type: 'complained' })],
    });
    expect(view.status).toBe('complained');
    expect(await suppressed(store, wanted)).toMatchObject([{ mode: 'test', reason: 'complaint' }]);
    expect(await suppressed(store, { ...wanted, mode: 'live' })).toEqual([]);
  });

  test('a hard bounce or a complaint stops the next email to that address, a block does not', async () => {
    const { store } = bed();
    const cases = [
      [{ type: 'bounced', bounce: 'hard' }, 'denied', 'hard_bounce'],
      [{ type: 'bounced' }, 'denied', 'hard_bounce'],
      [{ type: 'complained' }, 'denied', 'complaint'],
      [{ type: 'bounced', bounce: 'block' }, 'queued', undefined],
    ] as const;
    for (const [changes, status, reason] of cases) {
      const wanted = await sent(store, ['Ada+x@reader.example']);
      await store.applyReports('smtp', [report(wanted, changes)]);
      expect((await suppressed(store, wanted))[0]?.reason).toBe(reason);
      const mailbox = await store.createMailbox(
        { org: wanted.org, address: 'other@sender.example', autonomy: 'auto' },
        'test',
      );
      if (mailbox === 'exists') throw new Error('exists');
      expect((await store.admit(admission(mailbox))).view.status).toBe(status);
    }
  });

  test('a report names one recipient, as written or in another spelling, or else everybody', async () => {
    const { store } = bed();
    const to = ['a+1@x.example', 'a+2@x.example', 'b@x.example'];
    const wanted = await sent(store, to);
    await store.applyReports('smtp', [report(wanted, { recipient: 'a+2@x.example' })]);
    const statuses = async (): Promise<unknown> =>
      (await store.view(wanted.id))?.recipients.map((one) => one.status);
    expect(await statuses()).toEqual(['sent', 'delivered', 'sent']);
    await store.applyReports('smtp', [report(wanted, { recipient: 'B@X.example' })]);
    await store.applyReports('smtp', [report(wanted, { recipient: '0', type: 'deferred' })]);
    expect(await statuses()).toEqual(['deferred', 'delivered', 'delivered']);
    const [nobody] = await store.applyReports('smtp', [
      report(wanted, { recipient: 'c@x.example', type: 'complained' }),
    ]);
    expect(nobody?.result).toBe('unmatched');
    await store.applyReports('smtp', [report(wanted, {})]);
    expect(await statuses()).toEqual(['delivered', 'delivered', 'delivered']);
  });

  test('a soft bounce is tried again after 15 and 60 minutes; the third is final, and alone suppresses nobody', async () => {
    const { store, clock } = bed();
    const wanted = await sent(store);
    const soft = { type: 'bounced', bounce: 'soft' } as const;
    for (const minutes of [15, 60]) {
      const began = clock().getTime();
      await store.applyReports('smtp', [report(wanted, soft)]);
      const until = new Date(began + minutes * MINUTE).toISOString();
      const view = await store.view(wanted.id);
      expect(view).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'soft_bounce', until } });
      expect((await claim(store, wanted)).answer).toBe('no');
      clock.advance(minutes * MINUTE);
      await send(store, wanted);
    }
    await store.applyReports('smtp', [report(wanted, soft)]);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'bounced', stage: 'closed' });
    expect(await suppressed(store, wanted)).toEqual([]);
  });

  test('a late delivered cancels the schedule; two soft bounces wait for the earlier one', async () => {
    const { store, clock } = bed();
    const wanted = await sent(store, ['a@x.example', 'b@x.example']);
    const soft = { type: 'bounced', bounce: 'soft' } as const;
    await store.applyReports('smtp', [report(wanted, { ...soft, recipient: 'a@x.example' })]);
    clock.advance(5 * MINUTE);
    await store.applyReports('smtp', [report(wanted, { ...soft, recipient: 'b@x.example' })]);
    expect((await store.view(wanted.id))?.waitingFor?.until).toBe(at(15 * MINUTE));
    await store.applyReports('smtp', [report(wanted, { recipient: 'a@x.example' })]);
    expect((await store.view(wanted.id))?.waitingFor?.until).toBe(at(20 * MINUTE));
    await store.applyReports('smtp', [report(wanted, { recipient: 'b@x.example' })]);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'delivered', stage: 'closed' });
  });

  test('only the recipient that bounced softly, and whose time has come, is sent to again', async () => {
    const { store, clock } = bed();
    const wanted = await sent(store, ['a@x.example', 'b@x.example', 'c@x.example']);
    const soft = { type: 'bounced', bounce: 'soft' } as const;
    await store.applyReports('smtp', [report(wanted, { ...soft, recipient: 'b@x.example' })]);
    clock.advance(MINUTE);
    await store.applyReports('smtp', [report(wanted, { ...soft, recipient: 'c@x.example' })]);
    clock.set(at(15 * MINUTE));
    expect((await store.view(wanted.id))?.delivery.subset).toBe(true);
    expect((await go(store, wanted)).recipients).toMatchObject([{ index: 1 }]);
  });

  test('reports after the end are applied all the same, and nothing begins again', async () => {
    const { store } = bed();
    const wanted = await sent(store);
    await store.close(wanted.id);
    await store.applyReports('smtp', [report(wanted, { type: 'bounced', bounce: 'soft' })]);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'bounced', stage: 'closed' });
    await store.applyReports('smtp', [report(wanted, { type: 'complained' })]);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'complained', stage: 'closed' });
    expect(await suppressed(store, wanted)).toMatchObject([{ reason: 'complaint', message: wanted.id }]);
  });

  test('an unknown outcome is settled by a report', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    await go(store, wanted);
    await claim(store, wanted, { attempt: 1, execution: { run: wanted.run, try: 2 } });
    await store.applyReports('smtp', [report(wanted, {})]);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'delivered', stage: 'closed' });
  });

  test('opens, clicks, deferrals and unsubscribes are recorded and wake nobody', async () => {
    const { store } = bed();
    const wanted = await sent(store);
    const types = ['opened', 'clicked', 'unsubscribed', 'deferred'] as const;
    const applied = await store.applyReports(
      'smtp',
      types.map((type) => report(wanted, { type })),
    );
    expect(applied.every((one) => one.result === 'applied' && one.id === undefined)).toBe(true);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'deferred', stage: 'feedback' });
    expect(await suppressed(store, wanted)).toMatchObject([{ reason: 'unsubscribe' }]);
  });

  test('a report for another org than the hook’s own matches nothing', async () => {
    const { store } = bed();
    const wanted = await sent(store);
    const [applied] = await store.applyReports('smtp', [report(wanted, {})], 'org-stranger');
    expect(applied?.result).toBe('unmatched');
    expect((await store.view(wanted.id))?.status).toBe('sent');
  });

  test('a report with nonsense in its fields is taken as far as it goes, and once', async () => {
    const { store } = bed();
    for (const bad of ['\0', '\ud800']) {
      const wanted = await sent(store);
      const nonsense = { reportId: `${bad}${wanted.id}`, reason: bad, smtpStatus: bad };
      const odd = report(wanted, { ...nonsense, at: 'yesterday', type: 'bounced', bounce: 'block' });
      expect((await store.applyReports('smtp', [odd]))[0]?.result).toBe('applied');
      expect((await store.applyReports('smtp', [odd]))[0]?.result).toBe('duplicate');
      expect((await store.message(wanted.org, wanted.id))?.reports[0]?.at).toBe(at(0));
    }
  });

  test('a report from a year that no calendar has is applied all the same', async () => {
    const { store } = bed();
    for (const [year, kept] of [
      ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
      ['9999-12-31T23:59:59-23:59', '9999-12-31T23:59:59.999Z'],
    ]) {
      const wanted = await sent(store);
      const [applied] = await store.applyReports('smtp', [report(wanted, { at: year })]);
      expect(applied?.result).toBe('applied');
      expect((await store.message(wanted.org, wanted.id))?.reports[0]?.at).toBe(kept);
    }
  });

  test('a provider’s id that was used again means the newest email to the one it names', async () => {
    const { store, clock } = bed();
    const name = `again-${count++}`;
    const all: Wanted[] = [];
    for (const to of ['ada@x.example', 'bob@x.example', 'bob@x.example', 'eve@x.example']) {
      all.push(await sent(store, [to], name));
      clock.advance(MINUTE);
    }
    const bounce = { type: 'bounced', bounce: 'hard', message: name } as const;
    const results = await store.applyReports('smtp', [
      report({ id: name }, { ...bounce, recipient: 'ada@x.example' }),
      report({ id: name }, { ...bounce, recipient: 'Bob@x.example' }),
      report({ id: name }, { ...bounce, recipient: 'zoe@x.example' }),
      report({ id: name }, bounce),
    ]);
    expect(results.map((one) => one.id)).toEqual([all[0]?.id, all[2]?.id, undefined, undefined]);
    expect(results.slice(2).map((one) => one.result)).toEqual(['unmatched', 'unmatched']);
    // Nor does the next email under this id take what was about nobody in particular.
    all.push(await sent(store, ['kim@x.example'], name));
    const statuses = await Promise.all(all.map(async ({ id }) => (await store.view(id))?.status));
    expect(statuses).toEqual(['bounced', 'sent', 'bounced', 'sent', 'sent']);
  });

  test('a provider is not believed about mail that it never had; the report is kept', async () => {
    const { store } = bed();
    const wanted = await sent(store);
    const complaint = report(wanted, { type: 'complained' });
    const results = await store.applyReports('other', [complaint, complaint]);
    expect(results).toEqual([
      { reportId: complaint.reportId, result: 'unmatched' },
      { reportId: complaint.reportId, result: 'duplicate' },
    ]);
    expect((await store.view(wanted.id))?.status).toBe('sent');
    expect(await suppressed(store, wanted)).toEqual([]);
    expect((await store.message(wanted.org, wanted.id))?.reports).toMatchObject([{ provider: 'other' }]);
    const trace = await store.trace(wanted.org, wanted.id);
    expect(trace.filter((one) => one.type === 'report.ignored')).toHaveLength(1);
    // The user's own webhook comes through the workflow, under no provider's name.
    expect((await store.applyReports('signal', [report(wanted, {})]))[0]?.result).toBe('applied');
  });

  test('the window counts from the last send', async () => {
    const { store, clock } = bed();
    const wanted = await sent(store);
    await store.applyReports('smtp', [report(wanted, { type: 'bounced', bounce: 'soft' })]);
    clock.advance(HOUR);
    await send(store, wanted);
    expect((await store.view(wanted.id))?.waitingFor?.until).toBe(at(73 * HOUR));
  });
}
