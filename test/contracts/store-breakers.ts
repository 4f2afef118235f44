/** @module Breakers and drains in the store: who opens one, who probes, what the round of an email then waits for. */
import { expect, test } from 'vitest';
import type { Receipt, RefusalReason } from '../../src/core/delivery/receipt.js';
import type { RouteEntry } from '../../src/core/delivery/route.js';
import type { MailboxRow, Store, StoredView } from '../../src/store/store.js';
import { admission, claim, go, HOUR, makeMailbox, MINUTE, newOrg, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();
const entry = (provider: string): RouteEntry => ({ provider, weight: 1, failover: false, envelope: true });
const BOTH = [entry('smtp'), entry('other')];
const ONE = [entry('smtp')];

type Wanted = ReturnType<typeof admission>;
type Answer = Partial<Receipt['recipients'][number]> & { retryAfter?: number };

/** An email of the mailbox, ready to be claimed. */
async function queued(store: Store, mailbox: MailboxRow, more: Partial<Wanted> = {}): Promise<Wanted> {
  const wanted = admission(mailbox, more);
  await store.admit(wanted);
  return wanted;
}

/** Claims one and answers it; gives what the workflow would see. */
async function answered(
  store: Store,
  wanted: Wanted,
  { retryAfter, ...answer }: Answer = {},
  provider = 'smtp',
): Promise<StoredView> {
  const claimed = await go(store, wanted, { provider });
  return await receipt(store, wanted, claimed, { retryAfter, ...answer }, provider);
}

const receipt = (
  store: Store,
  { id, run }: Wanted,
  { attempt, try: number }: { attempt: number; try: number },
  { retryAfter, ...answer }: Answer = {},
  provider = 'smtp',
): Promise<StoredView> =>
  store.recordReceipt({
    ...{ id, run, attempt, try: number, provider, reports: [] },
    receipt: {
      recipients: [{ index: 0, outcome: 'accepted', ...answer }],
      ...(retryAfter !== undefined && { retryAfter }),
    },
  });

const failure = (reason: RefusalReason = 'timeout'): Answer => ({ outcome: 'not_sent_retry', reason });

/** So many emails of the mailbox fail there. */
async function fail(store: Store, mailbox: MailboxRow, times: number, reason?: RefusalReason): Promise<void> {
  for (let i = 0; i < times; i++) await answered(store, await queued(store, mailbox), failure(reason));
}

const settle = (
  store: Store,
  { id, run }: Wanted,
  attempt: number,
  route = BOTH,
  more: object = {},
): Promise<StoredView> => store.settle({ id, run, attempt, provider: 'smtp', route, ...more });

export function breakerContract(bed: Bed): void {
  const states = async (mailbox: MailboxRow): Promise<unknown[]> =>
    (await bed().store.breakers({ org: mailbox.org, mailboxes: null })).map((one) => [
      ...[one.provider, one.domain, one.state, one.failures],
    ]);

  test('email that goes its way leaves no row; a failure makes one, and a success takes it away', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    await answered(store, await queued(store, mailbox));
    expect(await states(mailbox)).toEqual([]);
    await fail(store, mailbox, 4);
    expect(await states(mailbox)).toEqual([['smtp', 'sender.example', 'closed', 4]]);
    const next = await queued(store, mailbox);
    expect((await store.view(next.id))?.delivery.closed).toEqual([]);
    await answered(store, next);
    expect(await states(mailbox)).toEqual([]);
  });

  test('five failures in a row open it: nobody else claims there, and email passes it over', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const late = await queued(store, mailbox);
    await fail(store, mailbox, 4);
    const last = await answered(store, await queued(store, mailbox), failure());
    expect(last.delivery).toMatchObject({ breaker: 'opened', closed: ['smtp'] });
    expect(await states(mailbox)).toEqual([['smtp', 'sender.example', 'open', 5]]);
    // Planned before it opened, and at the door of the provider only now.
    const refused = await claim(store, late);
    expect(refused).toMatchObject({ answer: 'no', view: { delivery: { closed: ['smtp'] } } });
    expect((await claim(store, late, { provider: 'other' })).answer).toBe('go');
    const fresh = await store.admit(admission(mailbox));
    expect(fresh.view.delivery.closed).toEqual(['smtp']);
  });

  test('each sending domain and each org has its own, live email alone trips it', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 5);
    const domain = await makeMailbox(store, { org: mailbox.org, address: 'agent@second.example' });
    const org = await makeMailbox(store, { org: newOrg() });
    for (const other of [domain, org])
      expect((await claim(store, await queued(store, other))).answer).toBe('go');
    const tester = await makeMailbox(store);
    for (let i = 0; i < 6; i++)
      await answered(store, await queued(store, tester, { mode: 'test' }), { outcome: 'unknown' });
    expect(await states(tester)).toEqual([]);
    expect(await store.breakers({ org: mailbox.org, mailboxes: [domain.id] })).toEqual([]);
    expect(await store.breakers({ org: mailbox.org, mailboxes: [mailbox.id] })).toHaveLength(1);
  });

  test('config and unknown count; rate, quota, recipient and content do not', async () => {
    const { store } = bed();
    for (const reason of ['rate', 'quota'] as const) {
      const mailbox = await makeMailbox(store);
      await fail(store, mailbox, 6, reason);
      expect(await states(mailbox)).toEqual([]);
    }
    const judged = await makeMailbox(store);
    await fail(store, judged, 4);
    await answered(store, await queued(store, judged), {
      outcome: 'not_sent_permanent',
      reason: 'recipient',
    });
    expect(await states(judged)).toEqual([]);
    for (const answer of [failure('config'), { outcome: 'unknown' as const }]) {
      const mailbox = await makeMailbox(store);
      for (let i = 0; i < 5; i++) await answered(store, await queued(store, mailbox), answer);
      expect(await states(mailbox)).toEqual([['smtp', 'sender.example', 'open', 5]]);
    }
  });

  test('of twenty-four who come to a half-open breaker exactly one goes; its success lets everybody go', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 5);
    const waiting = await Promise.all(Array.from({ length: 24 }, () => queued(store, mailbox)));
    clock.advance(30_000);
    const claims = await Promise.all(waiting.map((one) => claim(store, one)));
    const through = claims.flatMap((one, i) => (one.answer === 'go' ? [i] : []));
    expect(through).toHaveLength(1);
    const [probe = 0] = through;
    const { delivery } = await receipt(store, waiting[probe]!, { attempt: 1, try: 1 });
    expect(delivery).toMatchObject({ breaker: 'closed', closed: [] });
    const rest = waiting.filter((_, i) => i !== probe).slice(0, 5);
    for (const one of rest) expect((await claim(store, one)).answer).toBe('go');
  }, 60_000);

  test('a probe that fails opens it for twice as long; one that nobody answers for is replaced when its lease ends', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 5);
    const emails = await Promise.all(Array.from({ length: 4 }, () => queued(store, mailbox)));
    const [first, second, third, fourth] = emails as [Wanted, Wanted, Wanted, Wanted];
    clock.advance(30_000);
    await answered(store, first, failure());
    clock.advance(59_999);
    expect((await claim(store, second)).answer).toBe('no');
    clock.advance(1);
    expect((await claim(store, second, { leaseMs: 10_000 })).answer).toBe('go');
    expect((await claim(store, third)).answer).toBe('no');
    clock.advance(10_000);
    expect((await claim(store, third)).answer).toBe('go');
    expect((await claim(store, fourth)).answer).toBe('no');
  });

  test('a probe that policy stops leaves its place to the next email', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 5);
    const [stopped, next] = [await queued(store, mailbox), await queued(store, mailbox)];
    clock.advance(30_000);
    await store.updateMailbox(mailbox.org, mailbox.id, { status: 'paused' }, 'test');
    expect(await claim(store, stopped)).toMatchObject({ answer: 'no', view: { status: 'scheduled' } });
    await store.updateMailbox(mailbox.org, mailbox.id, { status: 'active' }, 'test');
    expect((await claim(store, next)).answer).toBe('go');
  });

  test('opening and closing are told once, with the provider and a code, and no address', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 7 - 2);
    clock.advance(30_000);
    await answered(store, await queued(store, mailbox), failure());
    clock.advance(60_000);
    await answered(store, await queued(store, mailbox));
    await store.publishEvents(1_000);
    const scope = { org: mailbox.org, mode: 'live' as const, mailboxes: [mailbox.id] };
    const told = await store.publishedAfter({
      ...{ ...scope, after: 0, limit: 100 },
      types: ['provider.opened', 'provider.closed'],
    });
    expect(told.map(({ type, provider, reason }) => [type, provider, reason])).toEqual([
      ['provider.opened', 'smtp', 'timeout'],
      ['provider.closed', 'smtp', null],
    ]);
    expect(told[0]).toMatchObject({ mailbox: mailbox.id, message: null, recipient: null });
  });

  test('with every provider open the email waits for the first probe, and no round is counted', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 5);
    clock.advance(10_000);
    const wanted = await queued(store, mailbox);
    const view = await settle(store, wanted, 1, ONE);
    expect(view).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'retry', until: at(30_000) } });
    // When the wait is over it may go there.
    expect(view.delivery).toMatchObject({ closed: [], tried: [] });
    clock.advance(20_000);
    expect((await claim(store, await queued(store, mailbox))).answer).toBe('go');
    // Somebody else probes: it looks again soon, and is not hurried.
    expect((await claim(store, wanted)).answer).toBe('no');
    expect((await settle(store, wanted, 2, ONE)).waitingFor?.until).toBe(at(35_000));
  });

  test('where another provider is left the email goes there at once, also past one that is open', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    await fail(store, mailbox, 5);
    const wanted = await queued(store, mailbox);
    const view = await settle(store, wanted, 1);
    expect(view).toMatchObject({ stage: 'ready', delivery: { tried: ['smtp'], closed: ['smtp'] } });
    // The other one was tried and failed: the round is over, though the first is only open.
    const over = await store.settle({ ...wanted, attempt: 2, provider: 'other', route: BOTH });
    expect(over).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'retry' } });
  });

  test('a provider that is drained gets no new claim, of no org, until it is resumed', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const other = await makeMailbox(store);
    const name = `relay-${mailbox.org}`;
    const under = await queued(store, mailbox);
    const begun = await go(store, under, { provider: name });
    const drain = { provider: name, org: mailbox.org, by: 'prn_a' };
    expect(await store.drain({ ...drain, reason: 'moving' })).toMatchObject({
      reason: 'moving',
      by: 'prn_a',
    });
    expect(await store.drain({ ...drain, by: 'prn_b' })).toMatchObject({ reason: 'moving', by: 'prn_a' });
    for (const one of [mailbox, other]) {
      const wanted = await queued(store, one);
      expect(await claim(store, wanted, { provider: name })).toMatchObject({
        ...{ answer: 'no', view: { delivery: { closed: [name] } } },
      });
      const view = await store.settle({ ...wanted, attempt: 1, provider: name, route: [entry(name)] });
      expect(view.waitingFor).toEqual({ reason: 'retry', until: at(MINUTE) });
    }
    // What was under way there ends.
    await receipt(store, under, begun, {}, name);
    expect((await store.view(under.id))?.status).toBe('sent');
    expect(await store.resume({ provider: name, org: mailbox.org, by: 'prn_a' })).toBe(true);
    expect(await store.resume({ provider: name, org: mailbox.org, by: 'prn_a' })).toBe(false);
    expect((await claim(store, await queued(store, other), { provider: name })).answer).toBe('go');
    expect((await store.drains()).filter((one) => one.provider === name)).toEqual([]);
  });

  test('a refusal whose trigger is off keeps the email with its provider: it waits and is tried there again', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = await queued(store, mailbox);
    await answered(store, wanted, failure('quota'));
    const view = await settle(store, wanted, 1, BOTH, { triggers: ['timeout'] });
    expect(view).toMatchObject({ stage: 'waiting', waitingFor: { reason: 'retry', until: at(MINUTE) } });
    expect(view.delivery.tried).toEqual([]);
    clock.advance(MINUTE);
    // With the trigger on the same answer lets the next one try.
    await answered(store, wanted, failure('quota'));
    const next = await settle(store, wanted, 2, BOTH, { triggers: ['quota'] });
    expect(next).toMatchObject({ stage: 'ready', delivery: { tried: ['smtp'] } });
    // There a refusal that is none of the triggers keeps it: the first one is not asked in between.
    await answered(store, wanted, failure('config'), 'other');
    const kept = await store.settle({
      ...{ ...wanted, attempt: 3, provider: 'other', route: BOTH, triggers: ['quota' as const] },
    });
    expect(kept).toMatchObject({ stage: 'waiting', delivery: { tried: ['smtp'] } });
  });

  test('a provider that asks to be left alone for longer than the round is left alone for so long, and no longer than until giving up', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = await queued(store, mailbox);
    await answered(store, wanted, { ...failure('rate'), retryAfter: 2 * HOUR });
    const alone = await settle(store, wanted, 1, ONE);
    expect(alone.waitingFor?.until).toBe(at(2 * HOUR));
    clock.advance(2 * HOUR);
    expect((await store.view(wanted.id))?.delivery.closed).toEqual([]);
    await answered(store, wanted, { ...failure('rate'), retryAfter: 48 * HOUR });
    expect((await settle(store, wanted, 2, ONE)).waitingFor?.until).toBe(at(24 * HOUR));
  });

  test('while one provider wants to be left alone the next round begins with the others', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = await queued(store, mailbox);
    await answered(store, wanted, { ...failure('rate'), retryAfter: 2 * HOUR });
    await settle(store, wanted, 1);
    await answered(store, wanted, failure(), 'other');
    const over = await store.settle({ ...wanted, attempt: 2, provider: 'other', route: BOTH });
    expect(over.waitingFor?.until).toBe(at(MINUTE));
    expect(over.delivery).toMatchObject({ tried: [], closed: ['smtp'] });
    clock.advance(MINUTE);
    expect((await store.view(wanted.id))?.delivery.closed).toEqual(['smtp']);
  });
}
