/** @module What the sweep asks of the store: whose look is due, what a lost workflow leaves, what expires. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Store, Unswept } from '../../src/store/store.js';
import {
  admission,
  attachment,
  claim,
  content,
  go,
  HOUR,
  makeMailbox,
  MINUTE,
  send,
  sha256,
  START,
} from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
const DAY = 24 * HOUR;

type Wanted = ReturnType<typeof admission>;

async function queued(store: Store, changes: Partial<Wanted> = {}): Promise<Wanted> {
  const wanted = admission(await makeMailbox(store), changes);
  await store.admit(wanted);
  return wanted;
}

async function held(store: Store): Promise<Wanted> {
  const wanted = admission(await makeMailbox(store, { autonomy: 'review_all' }));
  await store.admit(wanted);
  return wanted;
}

/** All messages of other tests are there, too. */
const dueOf = async (store: Store, { id }: Wanted): Promise<Unswept | undefined> =>
  (await store.unswept(10_000)).find((one) => one.id === id);

const lost = (
  store: Store,
  { id, run }: Wanted,
  workflow: Parameters<Store['settleLost']>[0]['workflow'] = 'terminated',
): ReturnType<Store['settleLost']> => store.settleLost({ id, run, workflow });

const traced = async (store: Store, { org, id }: Wanted): Promise<unknown[][]> =>
  (await store.trace(org, id)).map(({ type, by, data }) => [type, by, data]);

export function sweepContract(bed: Bed): void {
  test('one holder has the lease, renews it, and loses it when it dies', async () => {
    const { store, clock } = bed();
    const name = randomUUID();
    const take = (holder: string, forMs = MINUTE): Promise<boolean> =>
      store.takeLease({ name, holder, forMs });
    const racers = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => take(holder)));
    expect(racers.filter(Boolean)).toHaveLength(1);
    const winner = ['a', 'b', 'c', 'd'][racers.indexOf(true)] ?? '';
    clock.advance(50_000);
    expect([await take(winner), await take('late')]).toEqual([true, false]);
    clock.advance(MINUTE - 1);
    expect(await take('late')).toBe(false);
    clock.advance(1);
    expect([await take('late'), await take(winner)]).toEqual([true, false]);
    await take('late', 0);
    expect(await take(winner)).toBe(true);
  });

  test('an email is looked at when it was quiet, then ever more seldom, and at once after its time', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store, { sendAt: at(3 * HOUR) });
    clock.advance(2 * MINUTE - 1);
    expect(await dueOf(store, wanted)).toBeUndefined();
    clock.advance(1);
    const looks: number[] = [];
    while (clock().getTime() <= START.getTime() + 4 * HOUR) {
      const due = await dueOf(store, wanted);
      if (due === undefined) throw new Error('it is not due');
      looks.push((clock().getTime() - START.getTime()) / MINUTE);
      expect(due).toMatchObject({ isOver: false, isClaimed: false });
      expect(due.isLate).toBe(clock().getTime() >= START.getTime() + 3 * HOUR + 2 * MINUTE);
      await store.looked(due);
      expect(await dueOf(store, wanted)).toBeUndefined();
      clock.set(due.again);
    }
    expect(looks).toEqual([2, 4, 8, 16, 32, 64, 124, 182]);
  });

  test('what was sent is looked at once its window is over, and what has ended never', async () => {
    const { store, clock } = bed();
    const sent = await queued(store);
    await send(store, sent);
    const delivered = await queued(store);
    await send(store, delivered);
    await store.applyReports('smtp', [{ reportId: delivered.id, type: 'delivered', message: delivered.id }]);
    const denied = await held(store);
    await store.decide({ id: denied.id, action: 'cancel', by: 'p', via: 'door' });
    const refused = admission(await makeMailbox(store, { autonomy: 'read_only' }));
    await store.admit(refused);
    clock.advance(72 * HOUR + 2 * MINUTE - 1);
    expect(await dueOf(store, sent)).toBeUndefined();
    clock.advance(1);
    expect(await dueOf(store, sent)).toMatchObject({ isLate: true, isOver: false });
    clock.advance(365 * DAY);
    for (const over of [delivered, denied, refused]) expect(await dueOf(store, over)).toBeUndefined();
  });

  test('a closed one whose workflow could not be told is looked at until it was', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await send(store, wanted);
    await store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]);
    await store.lookSoon([wanted.id, 'msg_nobody']);
    await store.lookSoon([]);
    expect(await dueOf(store, wanted)).toBeUndefined();
    clock.advance(2 * MINUTE);
    const due = (await dueOf(store, wanted))!;
    expect(due).toMatchObject({ run: wanted.run, isOver: true, isLate: true });
    await store.looked(due);
    clock.set(due.again);
    const next = (await dueOf(store, wanted))!;
    await store.looked({ ...next, again: null });
    clock.advance(DAY);
    expect(await dueOf(store, wanted)).toBeUndefined();
  });

  test('a look does not put off what was written meanwhile', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    clock.advance(2 * MINUTE);
    const due = (await dueOf(store, wanted))!;
    await go(store, wanted);
    await store.looked({ ...due, again: at(DAY) });
    clock.advance(2 * MINUTE);
    expect(await dueOf(store, wanted)).toMatchObject({ isClaimed: true, isLate: false });
  });

  test('what was not sent has failed, its place is free, and the trace says why', async () => {
    const { store } = bed();
    for (const [autonomy, sendAt] of [
      ['auto', undefined],
      ['auto', at(30 * MINUTE)],
      ['review_all', undefined],
    ] as const) {
      const limits = { hourly: 1, onLimit: 'deny' as const };
      const mailbox = await makeMailbox(store, { autonomy, policy: { limits } });
      const wanted = admission(mailbox, { sendAt });
      const { digest } = (await store.admit(wanted)).view;
      const { result, view } = await lost(store, wanted);
      expect([result, view.status, view.stage]).toEqual(['settled', 'failed', 'closed']);
      expect((await traced(store, wanted)).slice(-2)).toEqual([
        ['workflow.lost', 'sweep', { reason: 'workflow_terminated' }],
        ['message.failed', 'sweep', { recipients: [0], reasons: ['workflow_terminated'] }],
      ]);
      expect((await store.message(wanted.org, wanted.id))?.recipients[0]?.reason).toBe('workflow_terminated');
      expect((await claim(store, wanted)).answer).toBe('no');
      const approve = { id: wanted.id, action: 'approve' as const, digest, by: 'p', via: 'door' as const };
      expect((await store.decide(approve)).result).toBe('too_late');
      expect((await store.admit(admission(mailbox))).view.status).not.toBe('denied');
      expect((await lost(store, wanted)).result).toBe('over');
    }
  });

  test('a claim is left alone while its lease runs; then it is unknown, and a late report settles it', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await go(store, wanted);
    clock.advance(30_000);
    expect(await lost(store, wanted)).toMatchObject({ result: 'lease_active', view: { status: 'sending' } });
    clock.advance(29_999);
    expect(await dueOf(store, wanted)).toBeUndefined();
    clock.advance(1);
    expect(await dueOf(store, wanted)).toMatchObject({ isClaimed: true });
    expect(await lost(store, wanted)).toMatchObject({
      ...{ result: 'settled', view: { status: 'unknown', stage: 'feedback' } },
    });
    expect((await claim(store, wanted)).answer).toBe('no');
    expect((await lost(store, wanted)).result).toBe('unchanged');
    await store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]);
    expect(await store.view(wanted.id)).toMatchObject({ status: 'delivered', stage: 'closed' });
  });

  test('an answer that comes while its lease runs is the truth', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    const claimed = await go(store, wanted);
    expect((await lost(store, wanted)).result).toBe('lease_active');
    await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp', reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'accepted' }] },
    });
    clock.advance(2 * MINUTE);
    expect(await lost(store, wanted)).toMatchObject({ result: 'unchanged', view: { status: 'sent' } });
  });

  test('what was sent stays sent and is closed after its window, also where a person said so', async () => {
    const { store, clock } = bed();
    const sent = await queued(store);
    await send(store, sent);
    const resolved = await queued(store);
    await go(store, resolved);
    clock.advance(MINUTE);
    await lost(store, resolved);
    await store.resolveUnknown({
      ...{ id: resolved.id, as: 'sent', by: 'p', workflowOver: true },
      unknown: [{ index: 0, attempt: 1, try: 1 }],
    });
    for (const wanted of [sent, resolved])
      expect(await lost(store, wanted)).toMatchObject({ result: 'unchanged', view: { status: 'sent' } });
    clock.advance(72 * HOUR);
    for (const wanted of [sent, resolved]) {
      expect(await lost(store, wanted)).toMatchObject({
        ...{ result: 'settled', view: { status: 'sent', stage: 'closed' } },
      });
      expect((await traced(store, wanted)).at(-1)).toEqual(['message.closed', 'sweep', { status: 'sent' }]);
    }
  });

  test('of several recipients each ends as far as it came', async () => {
    const { store } = bed();
    const to = ['a@x.example', 'b@x.example', 'c@x.example'];
    const wanted = await queued(store, { content: content({ to }) });
    const claimed = await go(store, wanted);
    await store.recordReceipt({
      ...{ id: wanted.id, run: wanted.run, attempt: 1, try: claimed.try, provider: 'smtp', reports: [] },
      receipt: {
        recipients: [
          { index: 0, outcome: 'accepted' },
          { index: 1, outcome: 'not_sent_retry', reason: 'transient' },
          { index: 2, outcome: 'accepted' },
        ],
      },
    });
    await store.applyReports('smtp', [
      { reportId: wanted.id, type: 'bounced', bounce: 'soft', message: wanted.id, recipient: to[2]! },
    ]);
    const { view } = await lost(store, wanted, 'not_found');
    expect(view.recipients.map((one) => one.status)).toEqual(['sent', 'failed', 'bounced']);
    expect(view.stage).toBe('feedback');
  });

  test('of another run, or of one that is over, nothing is settled', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    expect((await lost(store, { ...wanted, run: 'stranger' })).result).toBe('over');
    expect(await store.view(wanted.id)).toMatchObject({ status: 'queued', stage: 'ready' });
  });

  test('of a workflow that runs only a claim whose answer nobody waits for is settled', async () => {
    const { store, clock } = bed();
    const waiting = await held(store);
    expect(await lost(store, waiting, 'running')).toMatchObject({
      ...{ result: 'unchanged', view: { status: 'held' } },
    });
    const wanted = await queued(store);
    await go(store, wanted);
    clock.advance(HOUR + MINUTE - 1);
    expect((await lost(store, wanted, 'running')).result).toBe('lease_active');
    clock.advance(1);
    expect(await lost(store, wanted, 'running')).toMatchObject({
      ...{ result: 'settled', view: { status: 'unknown', stage: 'feedback' } },
    });
  });

  test('fingerprints past their window are deleted, some at a time, and others stay', async () => {
    const { db, store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const claimIt = (hash: string): Promise<string> =>
      store.claimFingerprint({
        ...{ org: mailbox.org, mailbox: mailbox.id, mode: 'live', windowMs: 10 * MINUTE },
        ...{ hash, key: `key-${hash}` },
      });
    for (const hash of ['1', '2', '3']) await claimIt(hash);
    clock.advance(5 * MINUTE);
    await claimIt('young');
    clock.advance(5 * MINUTE);
    const bounds = { dedupeWindowMs: 10 * MINUTE, limit: 2 };
    expect((await store.deleteExpired(bounds)).fingerprints).toBe(2);
    expect((await store.deleteExpired(bounds)).fingerprints).toBeGreaterThanOrEqual(1);
    const left = await db
      .selectFrom('fingerprints')
      .select('hash')
      .where('mailbox', '=', mailbox.id)
      .execute();
    expect(left).toEqual([{ hash: 'young' }]);
  });

  test('input under seal is deleted after a month, and never what a revision names', async () => {
    const { store, clock } = bed();
    const [input, named, again] = ['input', 'named', 'again'].map((name) => attachment(name + randomUUID()));
    for (const one of [input!, named!]) await store.putBlob(one.sha256, one.bytes);
    await store.putBlob(again!.sha256, again!.bytes);
    await queued(store, { attachments: [named!] });
    // Named first, and put again: it stays named.
    await store.putBlob(named!.sha256, named!.bytes);
    clock.advance(29 * DAY);
    await store.putBlob(again!.sha256, again!.bytes);
    await store.deleteExpired({ dedupeWindowMs: 0, limit: 100 });
    expect(await store.blob(input!.sha256)).not.toBeNull();
    clock.advance(DAY);
    await store.deleteExpired({ dedupeWindowMs: 0, limit: 100 });
    expect(await store.blob(input!.sha256)).toBeNull();
    clock.advance(28 * DAY);
    await store.deleteExpired({ dedupeWindowMs: 0, limit: 100 });
    expect(await store.blob(again!.sha256)).not.toBeNull();
    clock.advance(365 * DAY);
    await store.deleteExpired({ dedupeWindowMs: 0, limit: 100 });
    expect(new Uint8Array((await store.blob(named!.sha256))!)).toEqual(named!.bytes);
    expect(sha256((await store.blob(named!.sha256))!)).toBe(named!.sha256);
  });
}
