/** @module Webhook endpoints and their deliveries: who is told of what, in which order, how often, by whom. */
import { expect, test } from 'vitest';
import { toJson } from '../../src/store/json.js';
import type { Store, TakenDelivery, WebhookRow } from '../../src/store/store.js';
import type { TestStore } from '../support/store.js';
import { admission, HOUR, makeMailbox, MINUTE, newOrg, send, START } from '../support/store.js';
import type { Bed } from './store.js';

const DAY = 24 * HOUR;
type Mailbox = Awaited<ReturnType<typeof makeMailbox>>;
type NewWebhook = Parameters<Store['createWebhook']>[0];

async function endpoint(
  store: Store,
  { org }: { org: string },
  more: Partial<NewWebhook> = {},
): Promise<WebhookRow> {
  const wanted: NewWebhook = {
    ...{ org, mode: 'live', url: 'https://hooks.example.com/a', description: null, types: [] },
    ...{ mailboxes: null, secret: 'sealed-1', by: 'prn_1' },
    ...more,
  };
  const made = await store.createWebhook(wanted, 20);
  if (made === 'too_many') throw new Error(made);
  return made;
}

/** Publishes all that was left, also by other tests. */
async function publish(store: Store): Promise<void> {
  for (let i = 0; i < 50 && (await store.publishEvents(500)) > 0; i++);
}

/** An email of this mailbox that was sent: `message.queued`, `message.sent`. */
async function sentEmail(store: Store, mailbox: Mailbox): Promise<string> {
  const wanted = admission(mailbox);
  await store.admit(wanted);
  await send(store, wanted);
  return wanted.id;
}

const all = { org: '', mode: 'live' as const, mailboxes: null, limit: 200 };
const told = async (store: Store, { id, org, mode }: WebhookRow): Promise<string[]> =>
  (await store.deliveries({ ...all, org, mode, id })).items.map((it) => it.type).sort();

const one = ({ id, org, mode }: WebhookRow) => ({ id, org, mode, mailboxes: null });

/** All that may be tried now, by endpoint; of other tests' endpoints, too, unless one is given. */
async function take(store: Store, of?: WebhookRow, perEndpoint = 8, perOrg = 1000): Promise<TakenDelivery[]> {
  const found: TakenDelivery[] = [];
  let after: string | null = null;
  for (let i = 0; i < 200; i++) {
    const round = await store.takeDeliveries({
      ...{ limit: 1000, failing: 1000, perEndpoint, perOrg, after },
      leaseMs: 30_000,
    });
    found.push(...round.taken);
    after = round.last;
    if (!round.more) break;
  }
  return of === undefined ? found : found.filter((it) => it.webhook === of.id);
}

const record = (
  store: Store,
  { id, leaseUntil, tries }: TakenDelivery,
  then: Parameters<Store['recordDelivery']>[0]['then'],
  more: { status?: number; gone?: boolean; blameless?: boolean } = {},
): Promise<boolean> => store.recordDelivery({ id, leaseUntil, tries, then, ...more });

const delivered = { is: 'delivered' } as const;
const dead = { is: 'dead' } as const;
const retryIn = ({ clock }: TestStore, ms: number) =>
  ({ is: 'retry', at: new Date(clock().getTime() + ms).toISOString() }) as const;

export function webhookContract(bed: Bed): void {
  test('an endpoint is told of the events of its org, mode, mailboxes and types, once each, and of no others', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const second = await makeMailbox(store, { org, address: 'second@sender.example' });
    const everything = await endpoint(store, mailbox);
    const sent = await endpoint(store, mailbox, { types: ['message.sent', 'message.bounced'] });
    const other = await endpoint(store, mailbox, { mailboxes: [second.id] });
    const its = await endpoint(store, mailbox, { mailboxes: [mailbox.id] });
    const testMode = await endpoint(store, mailbox, { mode: 'test' });
    const stranger = await endpoint(store, { org: newOrg() });
    const paused = await endpoint(store, mailbox);
    await store.updateWebhook({ ...one(paused), change: { status: 'paused' }, by: 'p' });
    await sentEmail(store, mailbox);
    await publish(store);
    await store.addSuppression({
      ...{
        org,
        mode: 'live',
        address: 'x@reader.example',
        scope: 'org',
        reason: 'manual',
        source: 'api',
        by: 'p',
      },
    });
    await publish(store);
    expect(await told(store, everything)).toEqual(['message.queued', 'message.sent', 'suppression.created']);
    expect(await told(store, its)).toEqual(['message.queued', 'message.sent']);
    expect(await told(store, sent)).toEqual(['message.sent']);
    for (const none of [other, testMode, stranger, paused]) expect(await told(store, none)).toEqual([]);
  });

  test('an org has no more endpoints of a mode than it may, however many are made at once', async () => {
    const { store } = bed();
    const wanted = {
      org: newOrg(),
      mode: 'live',
      url: 'https://hooks.example.com',
      description: null,
    } as const;
    const make = (mode: 'live' | 'test') =>
      store.createWebhook({ ...wanted, mode, types: [], mailboxes: null, secret: 's', by: 'p' }, 3);
    const made = await Promise.all(Array.from({ length: 8 }, () => make('live')));
    expect(made.filter((it) => it !== 'too_many')).toHaveLength(3);
    expect(await make('test')).not.toBe('too_many');
  });

  test('the deliveries about one message go one after the other, those about others do not wait', async () => {
    const { store, clock, ...rest } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    const [first, second] = [await sentEmail(store, mailbox), await sentEmail(store, mailbox)];
    await publish(store);
    const heads = await take(store, webhook);
    expect(heads.map((it) => it.type)).toEqual(['message.queued', 'message.queued']);
    const rows = (await store.deliveries({ ...all, org: mailbox.org, id: webhook.id })).items;
    const messageOf = (id: string) => rows.find((row) => row.id === id)?.message;
    const head = heads.find((it) => messageOf(it.id) === first)!;
    await record(store, head, retryIn({ store, clock, ...rest }, 5_000), { status: 500 });
    await record(
      store,
      heads.find((it) => messageOf(it.id) === second)!,
      delivered,
      { status: 200 },
    );
    clock.advance(1);
    // The endpoint has delivered since its failure, so it is not held to one at a time.
    const next = await take(store, webhook);
    expect(next.map((it) => [messageOf(it.id), it.type])).toEqual([[second, 'message.sent']]);
    await record(store, next[0]!, delivered, { status: 200 });
    clock.advance(5_000);
    const again = await take(store, webhook);
    expect(again.map((it) => [it.id, it.tries])).toEqual([[head.id, 2]]);
    await record(store, again[0]!, dead, { status: 500 });
    clock.advance(1);
    const last = await take(store, webhook);
    expect(last.map((it) => [messageOf(it.id), it.type])).toEqual([[first, 'message.sent']]);
  });

  test('no more than so many of one endpoint are taken at a time, and one that fails gets one', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    for (let i = 0; i < 4; i++) await store.admit(admission(mailbox));
    await publish(store);
    const taken = await take(store, webhook, 3);
    expect(taken).toHaveLength(3);
    expect(await take(store, webhook, 3)).toEqual([]);
    await record(store, taken[0]!, dead, { status: 500 });
    expect(await take(store, webhook, 3)).toEqual([]);
    await record(store, taken[1]!, dead, { status: 500 });
    await record(store, taken[2]!, dead, { status: 500 });
    const [probe, ...more] = await take(store, webhook, 3);
    expect([probe?.failing, more]).toEqual([true, []]);
    clock.advance(30_000);
    expect(await take(store, webhook, 3)).toMatchObject([{ id: probe?.id, tries: 2 }]);
  });

  test('a round is dealt fairly: who has one is served beside who has many, and the next goes on from there', async () => {
    const { store } = bed();
    const [busy, quiet] = [await makeMailbox(store), await makeMailbox(store)];
    const webhooks = [await endpoint(store, busy), await endpoint(store, quiet)];
    for (let i = 0; i < 6; i++) await store.admit(admission(busy));
    await store.admit(admission(quiet));
    await take(store);
    await publish(store);
    const round = { limit: 2, failing: 1, perEndpoint: 8, perOrg: 16, leaseMs: 30_000 };
    const first = await store.takeDeliveries({ ...round, after: null });
    expect(first.taken.map((it) => it.webhook).sort()).toEqual(webhooks.map((it) => it.id).sort());
    const [low] = first.taken.map((it) => it.webhook).sort();
    expect(first.last).not.toBe(low);
    expect((await store.takeDeliveries({ ...round, limit: 1, after: first.last })).taken).toEqual([]);
  });

  test('a lease that ran out is taken again; then only a success of the late one counts', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    await store.admit(admission(mailbox));
    await publish(store);
    const [late] = await take(store, webhook);
    clock.advance(29_999);
    expect(await take(store, webhook)).toEqual([]);
    clock.advance(1);
    const [again] = await take(store, webhook);
    expect(again).toMatchObject({ id: late?.id, tries: 2 });
    expect(await record(store, late!, dead, { status: 500 })).toBe(false);
    expect(await record(store, late!, delivered, { status: 200 })).toBe(true);
    expect(await record(store, again!, dead, { status: 500 })).toBe(false);
    expect((await store.deliveries({ ...all, org: mailbox.org, id: webhook.id })).items).toMatchObject([
      { status: 'delivered', lastStatus: 200, nextTryAt: null, finishedAt: clock().toISOString() },
    ]);
  });

  test('an endpoint is disabled when it is gone, and when all failed for five days; taken up again it starts anew', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const gone = await endpoint(store, mailbox);
    const failing = await endpoint(store, mailbox);
    const well = await endpoint(store, mailbox);
    const state = async (it: WebhookRow) => {
      const row = await store.webhook(one(it));
      return [row?.status, row?.reason];
    };
    const round = async (): Promise<void> => {
      await store.admit(admission(mailbox));
      await publish(store);
      for (const it of await take(store)) {
        if (it.webhook === gone.id) await record(store, it, dead, { status: 410, gone: true });
        else if (it.webhook === failing.id) await record(store, it, dead, { status: 500 });
        else await record(store, it, delivered, { status: 200 });
      }
    };
    await round();
    expect([await state(gone), await state(failing)]).toEqual([
      ['disabled', 'gone'],
      ['active', null],
    ]);
    clock.advance(5 * DAY - 1);
    await round();
    expect(await state(failing)).toEqual(['active', null]);
    clock.advance(1);
    await round();
    expect([await state(failing), await state(well)]).toEqual([
      ['disabled', 'failing'],
      ['active', null],
    ]);
    await store.updateWebhook({ ...one(failing), change: { status: 'active' }, by: 'p' });
    await round();
    expect(await state(failing)).toEqual(['active', null]);
  });

  test('what a key may not see is not there: another org, mode, or mailboxes beyond its own', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const webhook = await endpoint(store, mailbox, { mailboxes: [mailbox.id] });
    const whole = await endpoint(store, mailbox);
    const ping = (await store.pingWebhook(one(webhook)))!;
    const within = { ...one(webhook), mailboxes: [mailbox.id, 'mbx_2'] };
    expect((await store.webhooks({ ...within, limit: 9 })).items.map((it) => it.id)).toEqual([webhook.id]);
    expect(await store.webhook({ ...one(whole), mailboxes: [mailbox.id] })).toBeNull();
    for (const owner of [
      { org: 'org-stranger', mode: 'live', mailboxes: null },
      { org, mode: 'test', mailboxes: null },
      { org, mode: 'live', mailboxes: ['mbx_2'] },
      { org, mode: 'live', mailboxes: [] },
    ] as const) {
      const theirs = { ...owner, id: webhook.id };
      expect(await store.webhook(theirs)).toBeNull();
      expect((await store.webhooks({ ...owner, limit: 9 })).items).toEqual([]);
      expect(await store.updateWebhook({ ...theirs, change: { status: 'paused' }, by: 'x' })).toBeNull();
      expect(
        await store.rotateWebhook({ ...theirs, secret: 's', previousUntil: START.toISOString(), by: 'x' }),
      ).toBeNull();
      expect(await store.deleteWebhook({ ...theirs, by: 'x' })).toBe(false);
      expect(await store.pingWebhook(theirs)).toBeNull();
      expect((await store.deliveries({ ...theirs, limit: 9 })).items).toEqual([]);
      expect(await store.redeliver({ ...theirs, delivery: ping.id })).toBeNull();
      expect((await store.replayTo({ ...theirs, after: 0, types: [], limit: 9 })).enqueued).toBe(0);
    }
    expect(await store.webhook(one(webhook))).toEqual(webhook);
  });

  test('a change is of the version that was seen, and a rotation lets the old secret sign for its time', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    const change = { description: 'Ours', types: ['message.sent'] };
    const changed = await store.updateWebhook({ ...one(webhook), change, version: 1, by: 'p' });
    expect(changed).toMatchObject({ ...change, version: 2, url: webhook.url });
    expect(await store.updateWebhook({ ...one(webhook), change, version: 1, by: 'p' })).toBe('stale');
    const previousUntil = new Date(clock().getTime() + MINUTE).toISOString();
    const rotated = await store.rotateWebhook({
      ...one(webhook),
      secret: 'sealed-2',
      previousUntil,
      by: 'p',
    });
    expect(rotated).toMatchObject({ previousSecretUntil: previousUntil, version: 3 });
    await store.pingWebhook(one(webhook));
    expect((await take(store, webhook))[0]?.secrets).toEqual(['sealed-2', 'sealed-1']);
    clock.advance(MINUTE);
    expect((await take(store, webhook))[0]?.secrets).toEqual(['sealed-2']);
    expect(await store.webhook(one(webhook))).toMatchObject({ previousSecretUntil: null });
    expect(JSON.stringify(await store.webhook(one(webhook)))).not.toContain('sealed');
  });

  test('what is dead is delivered again from the start, and who is at it right now is left alone', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    const ping = (await store.pingWebhook(one(webhook)))!;
    const [taken] = await take(store, webhook);
    expect(taken).toMatchObject({ id: ping.id, type: 'webhook.ping', event: ping.event });
    await store.redeliver({ ...one(webhook), delivery: ping.id });
    expect(await take(store, webhook)).toEqual([]);
    await record(store, taken!, delivered, { status: 200 });
    clock.advance(1);
    expect(await take(store, webhook)).toEqual([]);
    expect(await store.redeliver({ ...one(webhook), delivery: ping.id })).toMatchObject({
      ...{ status: 'pending', tries: 0, lastStatus: null, finishedAt: null },
    });
    const [again] = await take(store, webhook);
    expect(again).toMatchObject({ id: ping.id, tries: 1 });
    await record(store, again!, dead, { status: 500 });
    clock.advance(1);
    expect(await take(store, webhook)).toEqual([]);
  });

  test('what is redelivered during a try that fails is due at once, also where it was the last', async () => {
    const { store, clock, ...rest } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    const ping = (await store.pingWebhook(one(webhook)))!;
    for (const then of [dead, retryIn({ store, clock, ...rest }, HOUR)]) {
      const [taken] = await take(store, webhook);
      await store.redeliver({ ...one(webhook), delivery: ping.id });
      expect(await record(store, taken!, then, { status: 500 })).toBe(true);
      expect((await store.deliveries({ ...one(webhook), limit: 9 })).items).toMatchObject([
        { status: 'pending', tries: 0, lastStatus: 500, nextTryAt: clock().toISOString(), finishedAt: null },
      ]);
    }
    const [last] = await take(store, webhook);
    expect(last).toMatchObject({ id: ping.id, tries: 1 });
    await record(store, last!, dead, { status: 500 });
    expect(await take(store, webhook)).toEqual([]);
  });

  test('one that was tried and then waited for the one before goes when that is done, but never before its own next try', async () => {
    const { store, clock, ...rest } = bed();
    const retry = (ms: number) => retryIn({ store, clock, ...rest }, ms);
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    await sentEmail(store, mailbox);
    await publish(store);
    const [first] = await take(store, webhook);
    await record(store, first!, delivered, { status: 200 });
    const [second] = await take(store, webhook);
    expect(second?.type).toBe('message.sent');
    await record(store, second!, retry(5_000), { status: 500 });

    await store.redeliver({ ...one(webhook), delivery: first!.id });
    const [again] = await take(store, webhook);
    await record(store, again!, delivered, { status: 200 });
    expect(await take(store, webhook)).toEqual([]);

    await store.redeliver({ ...one(webhook), delivery: first!.id });
    const [once] = await take(store, webhook);
    await record(store, once!, retry(HOUR), { status: 500 });
    clock.advance(5_000);
    // It is due, and put off for as long as the one before it waits.
    expect(await take(store, webhook)).toEqual([]);
    clock.advance(HOUR - 5_000);
    const [more] = await take(store, webhook);
    expect(more).toMatchObject({ id: first?.id, tries: 2 });
    // Put off once more, while the other one is at it.
    expect(await take(store, webhook)).toEqual([]);
    await record(store, more!, delivered, { status: 200 });
    expect(await take(store, webhook)).toMatchObject([{ id: second?.id, tries: 2 }]);
  });

  test('no more than so many of one org are taken at a time, whatever it has of endpoints, and others are not held up', async () => {
    const { store } = bed();
    const org = newOrg();
    const its = await Promise.all(Array.from({ length: 6 }, () => endpoint(store, { org })));
    const other = await endpoint(store, { org: newOrg() });
    for (const webhook of [...its, other]) for (let i = 0; i < 3; i++) await store.pingWebhook(one(webhook));
    const rounds = await Promise.all(Array.from({ length: 4 }, () => take(store, undefined, 2, 5)));
    const taken = rounds.flat().filter((it) => it.org === org);
    // Who counts an org's places alone may have looked away from the others: one more look finds what is left.
    taken.push(...(await take(store, undefined, 2, 5)).filter((it) => it.org === org));
    expect(taken).toHaveLength(5);
    expect(rounds.flat().filter((it) => it.org === other.org)).toHaveLength(2);
    await record(store, taken[0]!, delivered, { status: 200 });
    expect((await take(store, undefined, 2, 5)).filter((it) => it.org === org)).toHaveLength(1);
  });

  test('an endpoint that is for fewer mailboxes than before has no delivery about the others any more', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const second = await makeMailbox(store, { org, address: 'second@sender.example' });
    const webhook = await endpoint(store, mailbox);
    await store.admit(admission(second));
    await publish(store);
    const [old] = await take(store, webhook);
    await record(store, old!, dead, { status: 500 });
    await store.admit(admission(mailbox));
    await publish(store);
    const ping = (await store.pingWebhook(one(webhook)))!;
    const narrowed = { mailboxes: [mailbox.id] };
    await store.updateWebhook({ ...one(webhook), change: narrowed, by: 'p' });
    const its = async () =>
      (await store.deliveries({ ...one(webhook), limit: 9 })).items.map((it) => it.type);
    expect((await its()).sort()).toEqual(['message.queued', ping.type]);
    expect(await store.redeliver({ ...one(webhook), delivery: old!.id })).toBeNull();
    await store.updateWebhook({ ...one(webhook), change: { mailboxes: null }, by: 'p' });
    expect(await its()).toHaveLength(2);
  });

  test('a delivery that was made while its endpoint was narrowed is neither listed nor redelivered', async () => {
    const { store, db } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    await store.admit(admission(mailbox));
    await publish(store);
    const [taken] = await take(store, webhook);
    await db
      .updateTable('webhooks')
      .set({ mailboxes: toJson(['mbx_2']) })
      .where('id', '=', webhook.id)
      .execute();
    expect((await store.deliveries({ ...one(webhook), limit: 9 })).items).toEqual([]);
    expect(await store.redeliver({ ...one(webhook), delivery: taken!.id })).toBeNull();
  });

  test('what failed before the endpoint was asked is not held against it', async () => {
    const { store, db } = bed();
    const mailbox = await makeMailbox(store);
    const webhook = await endpoint(store, mailbox);
    await store.pingWebhook(one(webhook));
    const [taken] = await take(store, webhook);
    await record(store, taken!, dead, { blameless: true });
    const rows = await db
      .selectFrom('webhooks')
      .select('failing_since')
      .where('id', '=', webhook.id)
      .execute();
    expect(rows).toEqual([{ failing_since: null }]);
  });

  test('a replay delivers the log again, page by page, and doubles nothing that is pending', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    for (let i = 0; i < 3; i++) await store.admit(admission(mailbox));
    await publish(store);
    clock.advance(HOUR);
    await sentEmail(store, mailbox);
    await publish(store);
    const webhook = await endpoint(store, mailbox, { types: ['message.queued', 'message.sent'] });
    const replay = (after: number, more: object = {}) =>
      store.replayTo({ ...one(webhook), after, types: [], limit: 3, ...more });
    const first = await replay(0);
    expect(first).toMatchObject({ enqueued: 3, next: { event: expect.stringMatching(/^evt_/u) } });
    expect(await replay(0)).toMatchObject({ enqueued: 0, next: first.next });
    expect(await replay(first.next!.position)).toEqual({ enqueued: 2, next: null });
    expect(await told(store, webhook)).toHaveLength(5);
    for (const it of await take(store, webhook)) await record(store, it, delivered);
    expect(await replay(0, { limit: 9, types: ['message.queued'], until: START.toISOString() })).toEqual({
      ...{ enqueued: 3, next: null },
    });
    expect(await told(store, webhook)).toHaveLength(5);
  });

  test('old deliveries are deleted, and those of an endpoint that was deleted, some at a time', async () => {
    const { store, clock, db } = bed();
    const mailbox = await makeMailbox(store);
    const [kept, gone] = [await endpoint(store, mailbox), await endpoint(store, mailbox)];
    for (let i = 0; i < 3; i++) await store.pingWebhook(one(gone));
    await store.pingWebhook(one(kept));
    expect(await store.deleteWebhook({ ...one(gone), by: 'p' })).toBe(true);
    expect(await store.webhook(one(gone))).toBeNull();
    expect(await store.deleteWebhook({ ...one(gone), by: 'p' })).toBe(false);
    expect(await take(store, gone)).toEqual([]);
    const left = async (it: WebhookRow): Promise<[number, number]> => {
      const count = async (table: 'webhooks' | 'webhook_deliveries', column: 'id' | 'webhook') =>
        (
          await db
            .selectFrom(table)
            .select('id')
            .where(column as 'id', '=', it.id)
            .execute()
        ).length;
      return [await count('webhooks', 'id'), await count('webhook_deliveries', 'webhook')];
    };
    const clean = (limit: number) => store.deleteExpired({ dedupeWindowMs: 0, limit });
    expect((await clean(2)).deliveries).toBe(2);
    expect(await left(gone)).toEqual([1, 1]);
    await clean(1000);
    expect(await left(gone)).toEqual([1, 0]);
    clock.advance(HOUR);
    await clean(1000);
    expect([await left(gone), await left(kept)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
    clock.advance(30 * DAY);
    await clean(1000);
    expect(await left(kept)).toEqual([1, 0]);
  });
}
