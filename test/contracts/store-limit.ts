/** @module Limits: places are rows, counted once, never past the limit, and given back where nothing went. */
import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.js';
import {
  admission,
  claim,
  go,
  HOUR,
  makeMailbox,
  MINUTE,
  send,
  START,
  type TestStore,
} from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
const DAY = 24 * HOUR;

async function used(
  { db }: TestStore,
  mailbox: string,
  window: 'hourly' | 'daily',
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('quotas')
    .select(['bucket', 'used'])
    .where('limit_key', '=', `mailbox:${mailbox}:${window}`)
    .where('used', '>', 0)
    .orderBy('bucket')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.bucket.toISOString(), row.used]));
}

async function statuses(
  store: Store,
  count: number,
  make: () => ReturnType<typeof admission>,
): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < count; i++) answers.push((await store.admit(make())).view.status);
  return answers;
}

export function limitContract(bed: Bed): void {
  test('the email after the last one is denied, and the next hour has room again', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 2 } } });
    const make = (): ReturnType<typeof admission> => admission(mailbox);
    expect(await statuses(store, 3, make)).toEqual(['queued', 'queued', 'denied']);
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({ [at(0)]: 2 });
    clock.advance(HOUR);
    expect(await statuses(store, 1, make)).toEqual(['queued']);
  });

  test('test mail does not count against live mail', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 } } });
    expect(await statuses(store, 2, () => admission(mailbox, { mode: 'test' }))).toEqual([
      'queued',
      'denied',
    ]);
    expect(await statuses(store, 1, () => admission(mailbox))).toEqual(['queued']);
  });

  test('where policy waits, each takes a ticket in the first hour with room, and waits once', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 2, onLimit: 'wait' } } });
    const all = Array.from({ length: 5 }, () => admission(mailbox));
    const waits: unknown[] = [];
    for (const one of all) waits.push((await store.admit(one)).view.waitingFor);
    const ticket = (hours: number): object => ({ reason: 'rate_limit', until: at(hours * HOUR) });
    expect(waits).toEqual([undefined, undefined, ticket(1), ticket(1), ticket(2)]);
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({ [at(0)]: 2, [at(HOUR)]: 2, [at(2 * HOUR)]: 1 });
    const third = all[2] as (typeof all)[0];
    expect((await claim(store, third)).answer).toBe('no');
    clock.advance(HOUR);
    expect((await claim(store, third)).answer).toBe('go');
    expect(await used(bed(), mailbox.id, 'hourly')).toMatchObject({ [at(HOUR)]: 2 });
  });

  test('a ticket needs room in its hour and in its day', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, {
      policy: { limits: { hourly: 5, daily: 1, onLimit: 'wait' } },
    });
    await store.admit(admission(mailbox));
    const tomorrow = await store.admit(admission(mailbox));
    const dayAfter = await store.admit(admission(mailbox));
    const midnight = new Date('2026-03-03T00:00:00.000Z').getTime();
    expect(tomorrow.view.waitingFor?.until).toBe(new Date(midnight).toISOString());
    expect(dayAfter.view.waitingFor?.until).toBe(new Date(midnight + DAY).toISOString());
  });

  test('a place is moved by the claim to the hour in which the email really goes', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const late = admission(mailbox);
    await store.admit(late);
    clock.advance(3 * HOUR);
    await send(store, late);
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({ [at(3 * HOUR)]: 1 });
    expect(Object.values(await used(bed(), mailbox.id, 'daily'))).toEqual([1]);
  });

  test('held and scheduled mail is counted when it goes, and then waits where there is no room', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 } } });
    const later = admission(mailbox, { sendAt: at(MINUTE) });
    await store.admit(later);
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({});
    await store.admit(admission(mailbox));
    clock.advance(MINUTE);
    const answer = await claim(store, later);
    expect(answer).toMatchObject({ answer: 'no', view: { status: 'scheduled', stage: 'waiting' } });
    expect((await store.view(later.id))?.waitingFor).toEqual({ reason: 'rate_limit', until: at(HOUR) });
    clock.set(at(HOUR));
    expect((await claim(store, later)).answer).toBe('go');
  });

  test('what is scheduled is judged by the limits of the hour in which it is to go', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 } } });
    await store.admit(admission(mailbox));
    const { view } = await store.admit(admission(mailbox, { sendAt: at(2 * HOUR) }));
    expect(view).toMatchObject({ status: 'scheduled', waitingFor: { reason: 'send_at' } });
  });

  test('a message that ends without a send gives its place back', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 } } });
    const canceled = admission(mailbox);
    await store.admit(canceled);
    await store.decide({ id: canceled.id, action: 'cancel', by: 'test', via: 'door' });
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({});
    const refused = admission(mailbox);
    await store.admit(refused);
    const { attempt, try: number } = await go(store, refused);
    await store.recordReceipt({
      ...{ id: refused.id, run: refused.run, attempt, try: number, provider: 'smtp', reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'not_sent_permanent', reason: 'recipient' }] },
    });
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({});
    const sent = admission(mailbox);
    await store.admit(sent);
    await send(store, sent);
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({ [at(0)]: 1 });
  });

  test('a retry in the same hour needs no second place, even at the limit', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 } } });
    const one = admission(mailbox);
    await store.admit(one);
    const { attempt, try: number } = await go(store, one);
    await store.recordReceipt({
      ...{ id: one.id, run: one.run, attempt, try: number, provider: 'smtp', reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'not_sent_retry', reason: 'transient' }] },
    });
    expect((await claim(store, one, { attempt, execution: { run: one.run, try: 2 } })).answer).toBe('go');
    expect(await used(bed(), mailbox.id, 'hourly')).toEqual({ [at(0)]: 1 });
  });
}
