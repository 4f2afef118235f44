/** @module Ends of attempts: failover, rounds, giving up; unknown outcomes and who may resolve them. */
import { expect, test } from 'vitest';
import type { RouteEntry } from '../../src/core/delivery/route.js';
import type { Store, StoredView } from '../../src/store/store.js';
import { admission, claim, content, go, HOUR, makeMailbox, MINUTE, send, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
const entry = (provider: string, envelope = true): RouteEntry => ({
  provider,
  weight: 1,
  failover: false,
  envelope,
});
/** What is unknown after a first claim without an answer. */
const FIRST = [{ index: 0, attempt: 1, try: 1 }];
const ROUTE = [entry('smtp'), entry('other')];

type Wanted = ReturnType<typeof admission>;

async function queued(store: Store, changes: Partial<Wanted> = {}): Promise<Wanted> {
  const mailbox = await makeMailbox(store);
  const wanted = admission(mailbox, changes);
  await store.admit(wanted);
  return wanted;
}

const settle = (
  store: Store,
  { id, run }: Wanted,
  attempt: number,
  provider: string,
  route = ROUTE,
): Promise<StoredView> => store.settle({ id, run, attempt, provider, route });

/** The provider's answer to the first claim, however late. */
const accepted = (store: Store, { id, run }: Wanted): Promise<StoredView> =>
  store.recordReceipt({
    ...{ id, run, attempt: 1, try: 1, provider: 'smtp', reports: [] },
    receipt: { recipients: [{ index: 0, outcome: 'accepted' }] },
  });

export function settleContract(bed: Bed): void {
  test('a provider that never claimed is passed over for the next one', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const view = await settle(store, wanted, 1, 'smtp');
    expect(view).toMatchObject({ stage: 'ready', delivery: { attempt: 2, tried: ['smtp'] } });
    expect(await settle(store, wanted, 1, 'smtp')).toEqual(view);
  });

  test('a claim without a receipt is unknown at the end of its attempt, and is not failed over', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    expect(await settle(store, wanted, 1, 'smtp')).toMatchObject({ status: 'unknown', stage: 'feedback' });
    expect((await claim(store, wanted, { provider: 'other' })).answer).toBe('no');
  });

  test('a route that was tried through begins again later, each round after a longer wait', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await settle(store, wanted, 1, 'smtp');
    const over = await settle(store, wanted, 2, 'other');
    expect(over).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'retry', until: at(MINUTE) } });
    expect(over.delivery).toMatchObject({ tried: [], attempt: 3 });
    expect(await settle(store, wanted, 2, 'other')).toEqual(over);
    clock.advance(MINUTE);
    await settle(store, wanted, 3, 'smtp');
    const next = await settle(store, wanted, 4, 'other');
    expect(next.waitingFor?.until).toBe(at(6 * MINUTE));
  });

  test('without any provider it waits a round, and asks no more than that', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const view = await settle(store, wanted, 0, '', []);
    expect(view).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'retry' } });
    expect(await settle(store, wanted, 0, '', [])).toEqual(view);
  });

  test('an attempt that came too early costs no provider', async () => {
    const { store } = bed();
    const wanted = await queued(store, { sendAt: at(HOUR) });
    const view = await settle(store, wanted, 1, 'smtp');
    expect(view).toMatchObject({ waitingFor: { reason: 'send_at' }, delivery: { attempt: 1, tried: [] } });
  });

  test('what nobody took until the end is failed, and expired where its own time is over', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    const expiring = await queued(store, { expiresAt: at(HOUR) });
    clock.advance(24 * HOUR);
    await settle(store, wanted, 1, 'smtp');
    expect(await settle(store, wanted, 2, 'other')).toMatchObject({ status: 'failed', stage: 'closed' });
    await settle(store, expiring, 1, 'smtp');
    expect(await settle(store, expiring, 2, 'other')).toMatchObject({ status: 'expired', stage: 'closed' });
  });

  test('the rest of a message is only given to a provider that can take a part of it', async () => {
    const { store } = bed();
    const wanted = await queued(store, { content: content({ to: ['a@x.example', 'b@x.example'] }) });
    const claimed = await go(store, wanted);
    await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp', reports: [] },
      receipt: {
        recipients: [
          { index: 0, outcome: 'accepted' },
          { index: 1, outcome: 'not_sent_retry', reason: 'transient' },
        ],
      },
    });
    const view = await settle(store, wanted, 1, 'smtp', [entry('smtp'), entry('api', false)]);
    expect(view.waitingFor?.reason).toBe('retry');
  });

  test('nobody calls it not sent while the lease runs; then a person may, and it is sent again', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    await settle(store, wanted, 1, 'smtp');
    const resolve = {
      ...{ id: wanted.id, as: 'not_sent' as const, by: 'prn_person' },
      unknown: FIRST,
    };
    expect(await store.resolveUnknown(resolve)).toMatchObject({ result: 'lease_active', retryAfter: 60 });
    clock.advance(MINUTE);
    expect(await store.resolveUnknown(resolve)).toMatchObject({
      result: 'applied',
      view: { stage: 'ready' },
    });
    expect((await store.resolveUnknown(resolve)).result).toBe('not_unknown');
    expect((await claim(store, wanted)).answer).toBe('go');
  });

  test('resolved as sent it listens for reports; abandoned it is failed', async () => {
    const { store, clock } = bed();
    const outcomes = { sent: 'feedback', abandoned: 'closed' } as const;
    for (const as of ['sent', 'abandoned'] as const) {
      clock.set(START);
      const wanted = await queued(store);
      await go(store, wanted);
      await settle(store, wanted, 1, 'smtp');
      clock.advance(2 * MINUTE);
      const { view } = await store.resolveUnknown({ id: wanted.id, as, unknown: FIRST, by: 'p' });
      expect(view.stage).toBe(outcomes[as]);
    }
  });

  test('after the window has closed, not sent means failed: nobody is left to send it', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    clock.advance(73 * HOUR);
    expect(await store.close(wanted.id)).toMatchObject({ status: 'unknown', stage: 'closed' });
    const { view } = await store.resolveUnknown({ id: wanted.id, as: 'not_sent', unknown: FIRST, by: 'p' });
    expect(view).toMatchObject({ status: 'failed', stage: 'closed' });
  });

  test('the end of the window closes what is sent, and nothing that is still to be sent or decided', async () => {
    const { store } = bed();
    const sent = await queued(store);
    await send(store, sent);
    expect(await store.close(sent.id)).toMatchObject({ status: 'sent', stage: 'closed' });
    const waiting = await queued(store);
    expect(await store.close(waiting.id)).toMatchObject({ stage: 'ready' });
    const mailbox = await makeMailbox(store, { autonomy: 'review_all' });
    const held = admission(mailbox);
    await store.admit(held);
    expect(await store.close(held.id)).toMatchObject({ stage: 'held' });
  });

  test('an answer about one unknown try is none about another', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    const resolve = { id: wanted.id, as: 'not_sent' as const, by: 'p', unknown: FIRST };
    await go(store, wanted);
    await settle(store, wanted, 1, 'smtp');
    clock.advance(2 * MINUTE);
    expect((await store.resolveUnknown(resolve)).result).toBe('applied');
    await go(store, wanted);
    await settle(store, wanted, 2, 'smtp');
    clock.advance(2 * MINUTE);
    expect(await store.resolveUnknown(resolve)).toMatchObject({
      ...{ result: 'not_unknown', view: { status: 'unknown' } },
    });
    const unknown = [{ index: 0, attempt: 2, try: 1 }];
    expect((await store.resolveUnknown({ ...resolve, unknown })).result).toBe('applied');
  });

  test('an acceptance that comes after somebody said not sent is the truth, and nothing is sent again', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    await settle(store, wanted, 1, 'smtp');
    clock.advance(2 * MINUTE);
    await store.resolveUnknown({ id: wanted.id, as: 'not_sent', unknown: FIRST, by: 'p' });
    expect(await accepted(store, wanted)).toMatchObject({ status: 'sent', stage: 'feedback' });
    expect((await claim(store, wanted)).answer).toBe('no');
  });

  test('what was accepted after its cancel is shown as sent, and keeps its place in the limit', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1, onLimit: 'deny' } } });
    const wanted = admission(mailbox, { content: content({ to: ['a@x.example', 'b@x.example'] }) });
    await store.admit(wanted);
    const claimed = await go(store, wanted);
    await settle(store, wanted, 1, 'smtp');
    clock.advance(2 * MINUTE);
    const unknown = [0, 1].map((index) => ({ index, attempt: 1, try: claimed.try }));
    await store.resolveUnknown({ id: wanted.id, as: 'not_sent', unknown, by: 'p' });
    const cancel = { id: wanted.id, action: 'cancel' as const, by: 'p', via: 'door' as const };
    expect((await store.decide(cancel)).view).toMatchObject({ status: 'canceled', stage: 'closed' });
    await store.applyReports('smtp', [
      { reportId: wanted.id, type: 'delivered', message: wanted.id, recipient: 'a@x.example' },
    ]);
    const view = await store.view(wanted.id);
    expect(view).toMatchObject({ status: 'failed', stage: 'closed' });
    expect(view?.recipients.map((one) => one.status)).toEqual(['delivered', 'failed']);
    await accepted(store, wanted);
    expect((await store.admit(admission(mailbox))).view.status).toBe('denied');
  });

  test('giving up counts from when it may be sent: the time set, the approval, the answer, the retry', async () => {
    const { store, clock } = bed();
    const alone = [entry('smtp')];
    const timed = await queued(store, { sendAt: at(48 * HOUR) });
    const mailbox = await makeMailbox(store, { autonomy: 'review_all', policy: { approvalMinutes: 4_000 } });
    const held = admission(mailbox);
    const { digest } = (await store.admit(held)).view;
    const lost = await queued(store);
    await go(store, lost);
    await settle(store, lost, 1, 'smtp');
    const bounced = await queued(store);
    await send(store, bounced);
    clock.advance(48 * HOUR);
    await store.decide({ id: held.id, action: 'approve', digest, by: 'p', via: 'door' });
    await store.resolveUnknown({ id: lost.id, as: 'not_sent', unknown: FIRST, by: 'p' });
    await store.applyReports('smtp', [
      { reportId: bounced.id, type: 'bounced', bounce: 'soft', message: bounced.id },
    ]);
    clock.advance(HOUR);
    for (const wanted of [timed, held, lost, bounced]) {
      const attempt = (await store.view(wanted.id))?.delivery.attempt ?? 0;
      expect((await settle(store, wanted, attempt, 'smtp', alone)).waitingFor?.reason).toBe('retry');
    }
    clock.advance(24 * HOUR);
    for (const wanted of [timed, held, lost, bounced]) {
      const attempt = (await store.view(wanted.id))?.delivery.attempt ?? 0;
      expect((await settle(store, wanted, attempt, 'smtp', alone)).stage).toBe('closed');
    }
  });

  test('not sent of a workflow that is over means failed, whatever the store has heard of its end', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    await settle(store, wanted, 1, 'smtp');
    clock.advance(2 * MINUTE);
    const resolve = { id: wanted.id, as: 'not_sent' as const, unknown: FIRST, by: 'p' };
    expect((await store.resolveUnknown({ ...resolve, workflowOver: true })).view).toMatchObject({
      ...{ status: 'failed', stage: 'closed' },
    });
  });
}
