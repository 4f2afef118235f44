/** @module Outcomes that nobody knows: tried again only under their key, looked up, and resolved one or many at a time. */
import { expect, test } from 'vitest';
import type { Receipt, RecipientReceipt } from '../../src/core/delivery/receipt.js';
import type { Look, Looked, Store, StoredView, TakenUnknown, UnknownRow } from '../../src/store/store.js';
import {
  admission,
  claim,
  content,
  go,
  HOUR,
  makeMailbox,
  MINUTE,
  START,
  type ClaimChanges,
} from '../support/store.js';
import type { Bed } from './store.js';

export const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
export const RETRY_SAME = {
  transactional: 'retry_same',
  conversational: 'hold',
  commercial: 'hold',
} as const;
export const FAILOVER = { transactional: 'failover', conversational: 'hold', commercial: 'hold' } as const;
export const DEDUPES: ClaimChanges = { dedupesFor: 24 * HOUR };
const ROUTE = ['smtp', 'other', 'third'].map((provider) => ({
  ...{ provider, weight: 1, failover: false, envelope: true },
}));

type Wanted = ReturnType<typeof admission>;

export async function queued(
  store: Store,
  to: string[] = ['a@x.example'],
  changes: Partial<Wanted> = {},
): Promise<Wanted> {
  const wanted = admission(await makeMailbox(store), { content: content({ to }), ...changes });
  await store.admit(wanted);
  return wanted;
}

export const receipt = (
  store: Store,
  { id, run }: Wanted,
  { attempt, try: number }: { attempt: number; try: number },
  answers: Omit<RecipientReceipt, 'index'>[],
  provider = 'smtp',
): Promise<StoredView> =>
  store.recordReceipt({
    ...{ id, run, attempt, try: number, provider, reports: [] },
    receipt: { recipients: answers.map((one, index) => ({ index, ...one })) },
  });

export const UNKNOWN = { outcome: 'unknown' } as const;

/** Claims and learns nothing. */
export async function lost(store: Store, wanted: Wanted, changes: ClaimChanges = {}): Promise<StoredView> {
  const claimed = await go(store, wanted, changes);
  return await receipt(
    store,
    wanted,
    claimed,
    claimed.recipients.map(() => UNKNOWN),
    changes.provider,
  );
}

export const statusesOf = (view: StoredView | null): string[] =>
  view?.recipients.map((one) => one.status) ?? [];

/** As the rounds do; only this message's, because the tests share a database. */
export async function take(
  store: Store,
  { id }: Wanted,
  provider = 'smtp',
  asks = true,
): Promise<TakenUnknown[]> {
  const providers = [{ name: provider, asks }];
  return (await store.takeUnknown({ limit: 500, leaseMs: MINUTE, providers })).filter((one) => one.id === id);
}

export async function look(
  store: Store,
  wanted: Wanted,
  found: Look['found'],
  isComplete = false,
  asks = true,
): Promise<Looked | undefined> {
  const [one] = await take(store, wanted, 'smtp', asks);
  return one && (await store.recordLook({ ...one, found, isComplete }));
}

export const found = (...outcomes: RecipientReceipt['outcome'][]): Receipt => ({
  recipients: outcomes.map((outcome, index) => ({ index, outcome })),
  providerMessageId: 'p-1',
});

const triesOf = (one: UnknownRow | undefined): UnknownRow['tries'] => one?.tries ?? [];

export function unknownContract(bed: Bed): void {
  const retrying = (): Store => bed().with({ onUnknown: RETRY_SAME });
  const failingOver = (): Store => bed().with({ onUnknown: FAILOVER });

  test('a try that gave no answer is repeated under its key; a send that was proven not to be has a new one', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    const first = await go(store, wanted, DEDUPES);
    const again = { ...DEDUPES, attempt: 1, execution: { run: wanted.run, try: 2 } };
    const second = await go(store, wanted, again);
    expect(second.key).toBe(first.key);
    await receipt(store, wanted, first, [{ outcome: 'not_sent_retry', reason: 'rate' }]);
    const view = await receipt(store, wanted, second, [{ outcome: 'not_sent_retry', reason: 'rate' }]);
    expect(statusesOf(view)).toEqual(['ready']);
    const third = await go(store, wanted, { ...again, execution: { run: wanted.run, try: 3 } });
    expect(third.key).not.toBe(first.key);
    expect(first.key).toMatch(/^[0-9a-f]{64}$/u);
  });

  test('a refusal of the repetition says nothing of the first try, which may have been sent', async () => {
    const { store } = bed();
    const wanted = await queued(store);
    await go(store, wanted, DEDUPES);
    const second = await go(store, wanted, {
      ...DEDUPES,
      attempt: 1,
      execution: { run: wanted.run, try: 2 },
    });
    const view = await receipt(store, wanted, second, [
      { outcome: 'not_sent_permanent', reason: 'recipient' },
    ]);
    expect(statusesOf(view)).toEqual(['unknown']);
  });

  test('a repetition has exactly the recipients of its try; others wait for a claim of their own', async () => {
    const store = retrying();
    const { clock } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    const first = await go(store, wanted);
    await receipt(store, wanted, first, [
      { outcome: 'not_sent_retry', reason: 'transient' },
      { outcome: 'accepted' },
    ]);
    await lost(store, wanted, { ...DEDUPES, attempt: 2 });
    await store.applyReports('smtp', [
      { reportId: wanted.id, type: 'bounced', bounce: 'soft', message: wanted.id, recipient: 'b@x.example' },
    ]);
    clock.advance(HOUR);
    const view = await store.view(wanted.id);
    expect(view).toMatchObject({ stage: 'ready', delivery: { subset: true } });
    expect((await go(store, wanted, { ...DEDUPES })).recipients).toMatchObject([{ index: 0 }]);
    expect((await go(store, wanted, { ...DEDUPES, provider: 'other', attempt: 4 })).recipients).toMatchObject(
      [{ index: 1 }],
    );
  });

  test('where part of a try was answered, or reported on, the rest of it is not repeated', async () => {
    const store = retrying();
    const partly = await queued(store, ['a@x.example', 'b@x.example']);
    const first = await go(store, partly, DEDUPES);
    const view = await receipt(store, partly, first, [{ outcome: 'accepted' }, UNKNOWN]);
    expect(view).toMatchObject({ stage: 'feedback' });

    const reported = await queued(store, ['a@x.example', 'b@x.example']);
    await lost(store, reported, DEDUPES);
    bed().clock.advance(HOUR);
    await store.applyReports('smtp', [
      { reportId: reported.id, type: 'delivered', message: reported.id, recipient: 'a@x.example' },
    ]);
    expect((await claim(store, reported, DEDUPES)).answer).toBe('no');
    expect(await store.view(reported.id)).toMatchObject({ stage: 'feedback', status: 'unknown' });
  });

  test('past the window of its key nothing is repeated, and the lease is part of the time', async () => {
    const { store, clock } = bed();
    const short = { dedupesFor: 10 * MINUTE, leaseMs: MINUTE };
    for (const [later, answer] of [
      [8 * MINUTE, 'go'],
      [8 * MINUTE + 1, 'no'],
    ] as const) {
      const wanted = await queued(store);
      await go(store, wanted, short);
      clock.advance(later);
      const again = { ...short, attempt: 1, execution: { run: wanted.run, try: 2 } };
      expect((await claim(store, wanted, again)).answer).toBe(answer);
    }
  });

  test('the window of a key counts from its first use, however often it is repeated', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    const short = { dedupesFor: 20 * MINUTE, attempt: 1 };
    await go(store, wanted, short);
    clock.advance(10 * MINUTE);
    await go(store, wanted, { ...short, execution: { run: wanted.run, try: 2 } });
    clock.advance(10 * MINUTE);
    expect((await claim(store, wanted, { ...short, execution: { run: wanted.run, try: 3 } })).answer).toBe(
      'no',
    );
    expect(statusesOf(await store.view(wanted.id))).toEqual(['unknown']);
  });

  test('by default what is unknown is held: nobody claims it, at whatever provider', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    expect(await lost(store, wanted, DEDUPES)).toMatchObject({ status: 'unknown', stage: 'feedback' });
    clock.advance(HOUR);
    expect((await claim(store, wanted, DEDUPES)).answer).toBe('no');
    expect((await claim(store, wanted, { provider: 'other' })).answer).toBe('no');
  });

  test('retry_same tries there again after 1, 5 and 15 minutes under one key, and then holds', async () => {
    const store = retrying();
    const { clock } = bed();
    const wanted = await queued(store);
    const keys: string[] = [];
    for (const minutes of [1, 5, 15]) {
      const { key, ...claimed } = await go(store, wanted, DEDUPES);
      keys.push(key);
      const view = await receipt(store, wanted, claimed, [UNKNOWN]);
      const until = new Date(clock().getTime() + minutes * MINUTE).toISOString();
      expect(view).toMatchObject({
        status: 'unknown',
        stage: 'waiting',
        waitingFor: { reason: 'unknown', until },
      });
      expect(view.delivery.only).toBe('smtp');
      clock.advance(minutes * MINUTE - 1);
      expect((await claim(store, wanted, DEDUPES)).answer).toBe('no');
      clock.advance(1);
    }
    const last = await go(store, wanted, DEDUPES);
    expect(new Set([...keys, last.key]).size).toBe(1);
    expect(await receipt(store, wanted, last, [UNKNOWN])).toMatchObject({
      status: 'unknown',
      stage: 'feedback',
    });
    const held = await store.resolveUnknown({
      ...{ id: wanted.id, as: 'not_sent', by: 'p' },
      unknown: [{ index: 0, attempt: 4, try: 1 }],
    });
    expect(held.result).toBe('lease_active');
    clock.advance(HOUR);
    await store.resolveUnknown({
      ...{ id: wanted.id, as: 'not_sent', by: 'p' },
      unknown: [{ index: 0, attempt: 4, try: 1 }],
    });
    expect((await go(store, wanted, DEDUPES)).key).not.toBe(last.key);
  });

  test('only the provider of the try repeats it, and where it does not deduplicate nobody does', async () => {
    const store = retrying();
    const { clock } = bed();
    const wanted = await queued(store);
    expect(await lost(store, wanted)).toMatchObject({ stage: 'feedback' });
    const other = await queued(store);
    await lost(store, other, DEDUPES);
    clock.advance(MINUTE);
    expect((await claim(store, other, { ...DEDUPES, provider: 'other' })).answer).toBe('no');
    expect(await claim(store, other, { dedupesFor: 0 })).toMatchObject({
      ...{ answer: 'no', view: { status: 'unknown', stage: 'feedback' } },
    });
  });

  test('a repetition that nobody took up is put off, and one whose provider is gone is held in the end', async () => {
    const store = retrying();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted, { dedupesFor: 20 * MINUTE });
    clock.advance(MINUTE);
    const { id, run } = wanted;
    const settle = (attempt: number): Promise<StoredView> =>
      store.settle({ id, run, attempt, provider: 'smtp', route: [] });
    expect(await settle(2)).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'unknown' } });
    for (let attempt = 3; attempt < 8; attempt++) {
      clock.advance(5 * MINUTE);
      await settle(attempt);
    }
    expect(await store.view(wanted.id)).toMatchObject({ status: 'unknown', stage: 'feedback' });
  });

  test('a kill switch reaches a repetition: it stays unknown, and waits', async () => {
    const store = retrying();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted, DEDUPES);
    clock.advance(MINUTE);
    await store.updateMailbox(wanted.org, wanted.mailbox, { status: 'paused' }, 'test');
    expect(await claim(store, wanted, DEDUPES)).toMatchObject({
      ...{ answer: 'no', view: { status: 'unknown', stage: 'waiting', waitingFor: { reason: 'paused' } } },
    });
  });

  test('failover waits for the lease, voids the old attempt, and says that a duplicate is possible', async () => {
    const store = failingOver();
    const { clock } = bed();
    const wanted = await queued(store);
    const view = await lost(store, wanted);
    expect(view).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'unknown', until: at(MINUTE) } });
    expect((await claim(store, wanted, { provider: 'other' })).answer).toBe('no');
    clock.advance(MINUTE);
    expect(await store.view(wanted.id)).toMatchObject({ stage: 'ready', delivery: { tried: ['smtp'] } });
    expect((await claim(store, wanted)).answer).toBe('no');
    const second = await go(store, wanted, { provider: 'other' });
    expect((await claim(store, wanted, { attempt: 1 })).answer).toBe('no');
    const { attempts } = (await store.message(wanted.org, wanted.id)) ?? {};
    expect(attempts?.map((one) => one.duplicatePossible)).toEqual([false, true]);
    const trace = await store.trace(wanted.org, wanted.id);
    expect(trace.filter((one) => one.type === 'delivery.duplicate_possible')).toMatchObject([
      { by: 'other', data: { attempt: second.attempt, recipients: [0] } },
    ]);
    // The first provider's late word still counts.
    await store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]);
    const done = await receipt(store, wanted, second, [{ outcome: 'accepted' }], 'other');
    expect(statusesOf(done)).toEqual(['delivered']);
  });

  test('a refusal by the next provider leaves it unknown, and those who had it are not asked again', async () => {
    const store = failingOver();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted);
    clock.advance(MINUTE);
    const second = await go(store, wanted, { provider: 'other' });
    const refused = [{ outcome: 'not_sent_retry', reason: 'transient' }] as const;
    const view = await receipt(store, wanted, second, [...refused], 'other');
    expect(view).toMatchObject({ status: 'unknown', stage: 'ready' });
    expect([...view.delivery.tried].sort()).toEqual(['other', 'smtp']);
    const third = await go(store, wanted, { provider: 'third' });
    await receipt(store, wanted, third, [...refused], 'third');
    const { id, run } = wanted;
    const end = await store.settle({ id, run, attempt: third.attempt, provider: 'third', route: ROUTE });
    expect(end).toMatchObject({ status: 'unknown', stage: 'feedback' });
  });

  test('a lookup is made after 1, 5 and 15 minutes, never before the lease is over, by one process at a time', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    await lost(store, wanted, { leaseMs: 3 * MINUTE });
    clock.advance(3 * MINUTE - 1);
    expect(await take(store, wanted)).toEqual([]);
    clock.advance(1);
    const [one] = await take(store, wanted);
    expect(one).toMatchObject({ ask: 'now', provider: 'smtp', attempt: 1, try: 1, at: START });
    expect(one?.recipients.map(({ address }) => address)).toEqual(['a@x.example', 'b@x.example']);
    expect(one?.messageId).toMatch(/^<.+>$/u);
    expect(await take(store, wanted)).toEqual([]);
    if (one === undefined) throw new Error('not taken');
    expect(await store.recordLook({ ...one, found: 'nothing', isComplete: true })).toEqual({
      ...{ result: 'unknown', alert: null },
    });
    // Whose lease is over writes nothing.
    const late = { ...one, found: found('accepted', 'accepted'), isComplete: true };
    expect(await store.recordLook(late)).toMatchObject({ result: 'over' });
    clock.set(at(5 * MINUTE - 1));
    expect(await take(store, wanted)).toEqual([]);
    clock.set(at(5 * MINUTE));
    expect(await take(store, wanted)).toHaveLength(1);
    // It died: another process takes it when the lease is over.
    clock.advance(MINUTE);
    expect(await take(store, wanted)).toMatchObject([{ ask: 'now' }]);
  });

  test('what a lookup finds is a late answer: who was sent to is sent, who never will be has failed', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example', 'c@x.example']);
    await lost(store, wanted);
    clock.advance(MINUTE);
    expect(
      await look(store, wanted, found('accepted', 'not_sent_permanent', 'not_sent_retry')),
    ).toMatchObject({
      ...{ result: 'settled' },
    });
    expect(statusesOf(await store.view(wanted.id))).toEqual(['sent', 'failed', 'unknown']);
    const detail = await store.message(wanted.org, wanted.id);
    expect(detail?.attempts).toMatchObject([{ providerMessageId: 'p-1' }]);
    // By the id that was found, later reports find their email.
    const [applied] = await store.applyReports('smtp', [
      { reportId: wanted.id, type: 'delivered', message: 'p-1', recipient: 'a@x.example' },
    ]);
    expect(applied).toMatchObject({ result: 'applied', id: wanted.id });
  });

  test('not found counts as not sent only where the search is complete, and only the last time', async () => {
    const { store, clock } = bed();
    for (const isComplete of [false, true]) {
      clock.set(START);
      const wanted = await queued(store);
      await lost(store, wanted);
      for (const [minutes, result] of [
        [1, 'unknown'],
        [5, 'unknown'],
        [15, isComplete ? 'settled' : 'unknown'],
      ] as const) {
        clock.set(at(minutes * MINUTE));
        expect((await look(store, wanted, 'nothing', isComplete))?.result).toBe(result);
      }
      expect(await store.view(wanted.id)).toMatchObject(
        isComplete ? { status: 'sending', stage: 'ready' } : { status: 'unknown', stage: 'feedback' },
      );
      if (!isComplete) continue;
      // The old attempt is void, so that nobody who still holds it can send.
      expect((await claim(store, wanted, { attempt: 1 })).answer).toBe('no');
      expect((await claim(store, wanted)).answer).toBe('go');
    }
  });

  test('a lookup that fails counts for nothing and is made again', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted);
    clock.set(at(15 * MINUTE));
    for (let failures = 0; failures < 5; failures++) {
      expect((await look(store, wanted, 'failed', true))?.result).toBe('unknown');
      clock.advance(MINUTE);
    }
    expect(await take(store, wanted)).toMatchObject([{ ask: 'now' }]);
    expect(
      (await store.unknown({ org: wanted.org, mode: 'live', mailboxes: null, limit: 5 })).items,
    ).toMatchObject([{ lookups: 0 }]);
  });

  test('whoever is first wins: a report or a person before the lookup, or the lookup before them', async () => {
    const { store, clock } = bed();
    const reported = await queued(store);
    const resolved = await queued(store);
    for (const one of [reported, resolved]) await lost(store, one);
    clock.set(at(15 * MINUTE));
    const looks = [...(await take(store, reported)), ...(await take(store, resolved))];
    clock.advance(MINUTE);
    const [mine] = await take(store, resolved);
    await store.applyReports('smtp', [{ reportId: reported.id, type: 'delivered', message: reported.id }]);
    const person = { id: resolved.id, as: 'abandoned' as const, by: 'p' };
    await store.resolveUnknown({ ...person, unknown: [{ index: 0, attempt: 1, try: 1 }] });
    for (const one of [...looks, ...(mine ? [mine] : [])])
      expect((await store.recordLook({ ...one, found: found('accepted'), isComplete: true })).result).toBe(
        'over',
      );
    expect(statusesOf(await store.view(reported.id))).toEqual(['delivered']);
    expect(statusesOf(await store.view(resolved.id))).toEqual(['failed']);
    expect(await take(store, reported)).toEqual([]);
  });

  test('of what a lookup of the second provider does not find, the first may have sent it', async () => {
    const store = failingOver();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted, { provider: 'other' });
    clock.advance(MINUTE);
    await lost(store, wanted, { provider: 'smtp' });
    for (const minutes of [2, 6, 16]) {
      clock.set(at(minutes * MINUTE));
      expect((await look(store, wanted, 'nothing', true))?.result).toBe('unknown');
    }
  });

  test('people are told after 15 minutes and once more after a day; it is never resolved by itself', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted);
    clock.set(at(15 * MINUTE));
    expect(await look(store, wanted, 'nothing', false, false)).toEqual({
      result: 'unknown',
      alert: 'overdue',
    });
    clock.set(at(24 * HOUR - 1));
    expect(await look(store, wanted, 'nothing', false, false)).toBeUndefined();
    clock.set(at(24 * HOUR));
    expect(await look(store, wanted, 'nothing', false, false)).toEqual({
      result: 'unknown',
      alert: 'deadline',
    });
    clock.set(at(400 * HOUR));
    expect(await look(store, wanted, 'nothing', false, false)).toBeUndefined();
    expect(statusesOf(await store.view(wanted.id))).toEqual(['unknown']);
    const trace = await store.trace(wanted.org, wanted.id);
    expect(trace.filter((one) => one.type === 'unknown.overdue').map((one) => one.data['alert'])).toEqual([
      ...['overdue', 'deadline'],
    ]);
  });

  test('the list has one row for each message and provider, by provider, time and mailbox, in pages', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    for (let i = 0; i < 5; i++) {
      const wanted = admission(mailbox, { content: content({ to: ['a@x.example', 'b@x.example'] }) });
      await store.admit(wanted);
      await lost(store, wanted, { provider: i === 0 ? 'other' : 'smtp' });
      clock.advance(MINUTE);
    }
    const base = { org, mode: 'live' as const, mailboxes: null, limit: 2 };
    const pages: UnknownRow[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 4; page++) {
      const found = await store.unknown({ ...base, ...(cursor !== null && { cursor }) });
      pages.push(...found.items);
      cursor = found.cursor;
      if (cursor === null) break;
    }
    expect(pages).toHaveLength(5);
    expect(pages.map((one) => one.since)).toEqual([4, 3, 2, 1, 0].map((minutes) => at(minutes * MINUTE)));
    expect(triesOf(pages[0])).toMatchObject([
      { index: 0, attempt: 1, try: 1 },
      { index: 1, attempt: 1, try: 1 },
    ]);
    const count = async (filter: object): Promise<number> =>
      (await store.unknown({ ...base, limit: 50, ...filter })).items.length;
    expect(await count({ provider: 'smtp' })).toBe(4);
    expect(await count({ since: at(MINUTE), until: at(3 * MINUTE) })).toBe(2);
    expect(await count({ mailboxes: [mailbox.id] })).toBe(5);
    expect(await count({ mailboxes: [] })).toBe(0);
    expect(await count({ mode: 'test' })).toBe(0);
    expect(await count({ org: 'another' })).toBe(0);
  });

  test('what is said of the tries at one provider leaves those at another unknown', async () => {
    const { store, clock } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    const first = await go(store, wanted);
    await receipt(store, wanted, first, [UNKNOWN, { outcome: 'not_sent_retry', reason: 'transient' }]);
    const second = await go(store, wanted, { provider: 'other', attempt: 2 });
    const { id, run } = wanted;
    const answer = { recipients: [{ index: 1, ...UNKNOWN }] };
    await store.recordReceipt({
      ...{ id, run, attempt: 2, try: second.try, provider: 'other', reports: [], receipt: answer },
    });
    clock.advance(HOUR);
    const { items } = await store.unknown({
      ...{ org: wanted.org, mode: 'live', mailboxes: null, limit: 5, provider: 'other' },
    });
    expect(items).toHaveLength(1);
    const said = { id, as: 'sent' as const, by: 'p', unknown: triesOf(items[0]) };
    expect((await store.resolveUnknown(said)).result).toBe('applied');
    expect(statusesOf(await store.view(id))).toEqual(['unknown', 'sent']);
    expect((await store.resolveUnknown(said)).result).toBe('not_unknown');
  });

  test.each(['failover', 'person', 'repeated'] as const)(
    'a soft bounce of an earlier try sends nothing again once a later one holds the recipient: %s',
    async (way) => {
      const { clock, ...one } = bed();
      const store = way === 'failover' ? one.with({ onUnknown: FAILOVER }) : one.store;
      const wanted = await queued(store);
      const soft = (id: string) =>
        store.applyReports('smtp', [
          {
            ...{ reportId: `${id}-${wanted.id}`, type: 'bounced', bounce: 'soft', recipient: 'a@x.example' },
            message: `smtp-${wanted.id}`,
          },
        ]);
      const answer = async (claimed: { attempt: number; try: number }, provider: string, outcome: string) =>
        store.recordReceipt({
          ...{
            id: wanted.id,
            run: wanted.run,
            attempt: claimed.attempt,
            try: claimed.try,
            provider,
            reports: [],
          },
          receipt: {
            recipients: [{ index: 0, outcome: outcome as 'accepted' }],
            providerMessageId: `${provider}-${wanted.id}`,
          },
        });
      const first = await go(store, wanted);
      await answer(first, 'smtp', way === 'repeated' ? 'accepted' : 'unknown');
      if (way === 'repeated') await soft('r1');
      clock.advance(HOUR);
      const unknown = [{ index: 0, attempt: first.attempt, try: first.try }];
      if (way === 'person') await store.resolveUnknown({ id: wanted.id, as: 'not_sent', by: 'p', unknown });
      const second = await go(store, wanted, { provider: 'other' });
      if (way === 'person') await soft('r2');
      await answer(second, 'other', 'accepted');
      await soft('r3');
      clock.advance(HOUR);
      expect((await claim(store, wanted, { provider: 'other' })).answer).toBe('no');
      expect(statusesOf(await store.view(wanted.id))).toEqual(['sent']);
    },
  );

  test('a try that died and may not be repeated now is unknown at once, for somebody to look into', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1, daily: 100 } } });
    const wanted = admission(mailbox, { content: content({ to: ['a@x.example'] }) });
    await store.admit(wanted);
    clock.advance(59 * MINUTE);
    await go(store, wanted, DEDUPES);
    clock.advance(2 * MINUTE);
    const other = admission(mailbox, { content: content({ to: ['b@x.example'] }) });
    await store.admit(other);
    await go(store, other);
    const repeat = { ...DEDUPES, attempt: 1, execution: { run: wanted.run, try: 2 } };
    expect((await claim(store, wanted, repeat)).answer).toBe('no');
    expect(statusesOf(await store.view(wanted.id))).toEqual(['unknown']);
  });
}
