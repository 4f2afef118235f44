/** @module Claims and receipts: whoever gets `go` sends once; what nobody answered for is unknown. */
import { expect, test } from 'vitest';
import type { RecipientReceipt } from '../../src/core/delivery/receipt.js';
import type { Store, StoredView } from '../../src/store/store.js';
import { admission, claim, content, go, HOUR, makeMailbox, MINUTE, send, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

type Wanted = ReturnType<typeof admission>;

async function queued(
  store: Store,
  to: string[] = ['a@x.example'],
  changes: Partial<Wanted> = {},
): Promise<Wanted> {
  const mailbox = await makeMailbox(store);
  const wanted = admission(mailbox, { content: content({ to }), ...changes });
  await store.admit(wanted);
  return wanted;
}

const receipt = (
  store: Store,
  { id, run }: Wanted,
  { attempt, try: number }: { attempt: number; try: number },
  recipients: RecipientReceipt[],
  provider = 'smtp',
): Promise<StoredView> =>
  store.recordReceipt({
    ...{ id, run, attempt, try: number, provider, reports: [] },
    receipt: { recipients },
  });

const statusesOf = (view: StoredView | null): string[] => view?.recipients.map((one) => one.status) ?? [];

export function claimContract(bed: Bed): void {
  test('a claim names recipients and content, and nobody else may claim meanwhile', async () => {
    const { store } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    const claimed = await go(store, wanted);
    expect(claimed).toMatchObject({ answer: 'go', try: 1, mode: 'live', revision: { subject: 'Hello' } });
    expect(claimed.recipients).toEqual([
      { index: 0, kind: 'to', address: 'a@x.example' },
      { index: 1, kind: 'to', address: 'b@x.example' },
    ]);
    const view = await store.view(wanted.id);
    expect(view).toMatchObject({ status: 'sending', stage: 'feedback', delivery: { attempt: 2 } });
    const second = await claim(store, wanted, { execution: { run: 'reset-run', try: 1 } });
    expect(second.answer).toBe('no');
  });

  test('another run, another digest or an attempt that was voided may not claim', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    expect((await claim(store, { ...wanted, run: 'other' })).answer).toBe('no');
    expect((await claim(store, wanted, { digest: '0'.repeat(64) })).answer).toBe('no');
    const route = [{ provider: 'smtp', weight: 1, failover: false, envelope: true }];
    const second = { ...route[0], provider: 'other' } as (typeof route)[0];
    const { id, run } = wanted;
    await store.settle({ id, run, attempt: 1, provider: 'smtp', route: [...route, second] });
    expect((await claim(store, wanted, { attempt: 1 })).answer).toBe('no');
    expect((await claim(store, wanted, { attempt: 2, provider: 'other' })).answer).toBe('go');
    expect((await claim(store, wanted, { attempt: 1 })).answer).toBe('no');
  });

  test('an older try of the same execution may not claim after a newer one', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const claimed = await go(store, wanted, { execution: { run: 'r', try: 2 } });
    await receipt(store, wanted, claimed, [{ index: 0, outcome: 'not_sent_retry', reason: 'transient' }]);
    expect((await claim(store, wanted, { attempt: 1, execution: { run: 'r', try: 1 } })).answer).toBe('no');
    expect((await claim(store, wanted, { attempt: 1, execution: { run: 'r', try: 3 } })).answer).toBe('go');
  });

  test('a retry that finds a claim without a receipt sends nothing: it is unknown', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    const retry = await claim(store, wanted, { attempt: 1, execution: { run: wanted.run, try: 2 } });
    expect(retry).toMatchObject({ answer: 'no', view: { status: 'unknown', stage: 'feedback' } });
    expect((await store.view(wanted.id))?.waitingFor).toEqual({ reason: 'unknown', until: at(72 * HOUR) });
  });

  test('at a provider that deduplicates, the same recipients are claimed again', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const first = { attempt: 1, dedupesFor: 86_400_000 };
    await go(store, wanted, first);
    const again = await claim(store, wanted, { ...first, execution: { run: wanted.run, try: 2 } });
    expect(again).toMatchObject({ answer: 'go', try: 2, recipients: [{ index: 0 }] });
    const elsewhere = await claim(store, wanted, { dedupesFor: 86_400_000, attempt: 2, provider: 'other' });
    expect(elsewhere).toMatchObject({ answer: 'no', view: { status: 'unknown' } });
  });

  test('whoever sends to all that the headers name may not have some of them', async () => {
    const { store } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    const claimed = await go(store, wanted, { envelope: false });
    const retry = { index: 1, outcome: 'not_sent_retry', reason: 'transient' } as const;
    await receipt(store, wanted, claimed, [{ index: 0, outcome: 'accepted' }, retry]);
    const again = { attempt: 1, execution: { run: wanted.run, try: 2 } };
    expect((await claim(store, wanted, { ...again, envelope: false })).answer).toBe('no');
    expect(await claim(store, wanted, again)).toMatchObject({ answer: 'go', recipients: [{ index: 1 }] });
  });

  test('a receipt is written once, per recipient', async () => {
    const { store } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example']);
    const claimed = await go(store, wanted);
    const answers: RecipientReceipt[] = [
      { index: 0, outcome: 'accepted' },
      { index: 1, outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.1.1' },
      { index: 2, outcome: 'not_sent_retry', reason: 'rate', smtpStatus: '451' },
    ];
    const view = await receipt(store, wanted, claimed, answers);
    // The fourth got no answer at all: not known, rather than not sent.
    expect(statusesOf(view)).toEqual(['sent', 'failed', 'ready', 'unknown']);
    expect(view).toMatchObject({ status: 'sending', stage: 'ready', delivery: { attempt: 2, subset: true } });
    const again = await receipt(store, wanted, claimed, [{ index: 0, outcome: 'not_sent_permanent' }]);
    expect(again).toEqual(view);
    const detail = await store.message(wanted.org, wanted.id);
    expect(detail?.recipients[1]).toMatchObject({ reason: 'recipient', smtpStatus: '5.1.1' });
    expect(detail?.attempts).toMatchObject([
      { outcome: 'mixed', recipients: [0, 1, 2, 3], finishedAt: at(0) },
    ]);
    expect((await go(store, wanted)).recipients).toMatchObject([{ index: 2 }]);
  });

  test('a refusal that is about the provider leaves the recipient for the next one', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const claimed = await go(store, wanted);
    const view = await receipt(store, wanted, claimed, [
      { index: 0, outcome: 'not_sent_permanent', reason: 'config' },
    ]);
    expect(statusesOf(view)).toEqual(['ready']);
  });

  test('a receipt that comes after its claim was given up still counts, but never sends again', async () => {
    const { store } = bed();
    for (const [outcome, status] of [
      ['accepted', 'sent'],
      ['not_sent_retry', 'unknown'],
    ] as const) {
      const wanted = await queued(store);
      const claimed = await go(store, wanted);
      await claim(store, wanted, { attempt: 1, execution: { run: wanted.run, try: 2 } });
      const view = await receipt(store, wanted, claimed, [{ index: 0, outcome, reason: 'transient' }]);
      expect(statusesOf(view)).toEqual([status]);
    }
  });

  test('an older try that was not sent does not free the recipient that a newer try holds', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const first = await go(store, wanted, { dedupesFor: 86_400_000 });
    const again = { attempt: 1, dedupesFor: 86_400_000, execution: { run: wanted.run, try: 2 } };
    await go(store, wanted, again);
    const view = await receipt(store, wanted, first, [
      { index: 0, outcome: 'not_sent_retry', reason: 'transient' },
    ]);
    expect(statusesOf(view)).toEqual(['claimed']);
  });

  test('a receipt of another run or provider is not written', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const claimed = await go(store, wanted);
    const accepted: RecipientReceipt[] = [{ index: 0, outcome: 'accepted' }];
    await receipt(store, { ...wanted, run: 'other' }, claimed, accepted);
    await receipt(store, wanted, claimed, accepted, 'other');
    expect(statusesOf(await store.view(wanted.id))).toEqual(['claimed']);
  });

  test('an email whose time is over at the claim is expired, not sent', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store, ['a@x.example'], { expiresAt: at(MINUTE) });
    clock.advance(MINUTE);
    expect(await claim(store, wanted)).toMatchObject({
      answer: 'no',
      view: { status: 'expired', stage: 'closed' },
    });
  });

  test('a claim before the time says no, with a newer view, and leaves everything as it is', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store, ['a@x.example'], { sendAt: at(HOUR) });
    const before = await store.view(wanted.id);
    const answer = await claim(store, wanted);
    if (answer.answer !== 'no' || before === null) throw new Error('claimed');
    expect(answer.view).toEqual({ ...before, version: before.version + 1 });
    clock.advance(HOUR);
    expect((await claim(store, wanted)).answer).toBe('go');
  });

  test('a kill switch reaches mail that was queued before: it waits', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    await store.updateMailbox(wanted.org, wanted.mailbox, { status: 'paused' }, 'test');
    expect(await claim(store, wanted)).toMatchObject({
      ...{ answer: 'no', view: { status: 'scheduled', waitingFor: { reason: 'paused' } } },
    });
  });

  test('a denial after part of it was sent fails the rest and keeps what is true of the others', async () => {
    const { store } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    const claimed = await go(store, wanted);
    await receipt(store, wanted, claimed, [
      { index: 0, outcome: 'accepted' },
      { index: 1, outcome: 'not_sent_retry', reason: 'transient' },
    ]);
    const suppression = { org: wanted.org, mode: 'live' as const, scope: 'org' as const, by: 'test' };
    await store.addSuppression({ ...suppression, address: 'b@x.example', reason: 'manual', source: 'p' });
    const answer = await claim(store, wanted);
    expect(answer).toMatchObject({ answer: 'no', view: { status: 'failed', stage: 'feedback' } });
    expect(statusesOf(await store.view(wanted.id))).toEqual(['sent', 'failed']);
  });

  test('a suppression of somebody who is done with does not stop the others', async () => {
    const { store } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    const claimed = await go(store, wanted);
    await receipt(store, wanted, claimed, [
      { index: 0, outcome: 'accepted' },
      { index: 1, outcome: 'not_sent_retry', reason: 'transient' },
    ]);
    await store.applyReports('smtp', [
      { reportId: wanted.id, type: 'complained', message: wanted.id, recipient: 'a@x.example' },
    ]);
    expect(await claim(store, wanted)).toMatchObject({ answer: 'go', recipients: [{ index: 1 }] });
  });

  test('a sent email listens for the window; a window of 0 closes it at sent', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    await send(store, wanted);
    expect(await store.view(wanted.id)).toMatchObject({
      ...{ status: 'sent', stage: 'feedback', waitingFor: { reason: 'report', until: at(72 * HOUR) } },
    });
    const brief = bed().with({ feedbackWindowMs: 0 });
    const other = await queued(brief);
    await send(brief, other);
    expect(await brief.view(other.id)).toMatchObject({ status: 'sent', stage: 'closed' });
  });
}
