/** @module Limits that a policy adds, by clock windows; and what a mailbox sends and gets back in all. */
import { expect, test } from 'vitest';
import { findingOf } from '../support/finding.js';
import { admission, claim, content, HOUR, makeMailbox, MINUTE, send, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

export function rateContract(bed: Bed): void {
  const mail = (
    mailbox: Parameters<typeof admission>[0],
    changes: Parameters<typeof admission>[1] = {},
  ): ReturnType<typeof admission> => admission(mailbox, changes);
  const statusOf = async (wanted: ReturnType<typeof admission>): Promise<string> =>
    (await bed().store.admit(wanted)).view.status;
  /** The rows that count something now. */
  const counted = async (org: string): Promise<Record<string, number>> => {
    const rows = await bed().db.selectFrom('quotas').selectAll().where('org', '=', org).execute();
    return Object.fromEntries(
      rows
        .filter((row) => row.used > 0 && !row.limit_key.startsWith('mailbox:'))
        .map((row) => [row.limit_key, row.used]),
    );
  };

  test('a rate counts what it says: the key, the sending domain, the org, and each recipient domain once', async () => {
    const { store } = bed();
    const per = (subject: string, limit: number) => ({
      limits: { rates: [{ per: subject, window: 'hour', limit }] },
    });
    const mailbox = await makeMailbox(store, { policy: per('key', 1) });
    const { org } = mailbox;
    expect(await statusOf(mail(mailbox, { key: 'k1' }))).toBe('queued');
    expect(await statusOf(mail(mailbox, { key: 'k1' }))).toBe('denied');
    expect(await statusOf(mail(mailbox, { key: 'k2' }))).toBe('queued');
    expect(await statusOf(mail(mailbox))).toBe('queued');
    const policyIs = (policy: object): Promise<unknown> =>
      store.updateMailbox(org, mailbox.id, { policy: { recipients: { perHour: 100 }, ...policy } }, 'test');
    await policyIs(per('domain', 1));
    expect(await statusOf(mail(mailbox))).toBe('queued');
    const sister = await makeMailbox(store, { org, address: 'b@sender.example', policy: per('domain', 1) });
    const other = await makeMailbox(store, { org, address: 'b@other.example', policy: per('domain', 1) });
    expect(await statusOf(mail(sister))).toBe('denied');
    expect(await statusOf(mail(other))).toBe('queued');
    await policyIs(per('recipient_domain', 1));
    const to = (...people: string[]) => mail(mailbox, { content: content({ to: people }) });
    expect(await statusOf(to('a@x.example', 'b@x.example', 'c@y.example'))).toBe('queued');
    const { view } = await store.admit(to('d@z.example', 'e@Y.example'));
    expect(findingOf(view, 'rate_limits')).toMatchObject({
      ...{ effect: 'deny', until: at(HOUR) },
      evidence: { per: 'recipient_domain', window: 'hour', current: 1, limit: 1, recipients: [1] },
    });
    await policyIs(per('org', 1));
    expect(await statusOf(mail(mailbox))).toBe('queued');
    expect(await statusOf(mail(mailbox))).toBe('denied');
    expect(await counted(org)).toEqual({
      ...{ 'key:k1:hour': 1, 'key:k2:hour': 1, 'from:sender.example:hour': 1, 'from:other.example:hour': 1 },
      ...{ 'to:x.example:hour': 1, 'to:y.example:hour': 1, '~org:hour': 1 },
    });
  });

  test('an email that waits takes a place where all of its limits have room, and frees all of them when it ends', async () => {
    const { store, clock } = bed();
    const rates = [
      { per: 'org', window: 'minute', limit: 1 },
      { per: 'domain', window: 'hour', limit: 2, onLimit: 'wait' },
    ];
    const mailbox = await makeMailbox(store, { policy: { limits: { rates, onLimit: 'wait' } } });
    const all = Array.from({ length: 4 }, () => mail(mailbox));
    const untils: unknown[] = [];
    for (const one of all) untils.push((await store.admit(one)).view.waitingFor?.until);
    expect(untils).toEqual([undefined, at(MINUTE), at(HOUR), at(HOUR + MINUTE)]);
    const [first, second] = all as [(typeof all)[0], (typeof all)[0]];
    await send(store, first);
    clock.advance(MINUTE);
    await send(store, second);
    for (const one of all.slice(2))
      await store.decide({ id: one.id, action: 'cancel', by: 'test', via: 'door' });
    expect(await counted(mailbox.org)).toEqual({ '~org:minute': 1, 'from:sender.example:hour': 2 });
  });

  test('a rate can deny where the others wait, and the other way round; what was accepted waits for it', async () => {
    const { store, clock } = bed();
    const rates = [{ per: 'org', window: 'day', limit: 1, onLimit: 'deny' }];
    const mailbox = await makeMailbox(store, { policy: { limits: { rates, onLimit: 'wait' } } });
    const scheduled = mail(mailbox, { sendAt: at(MINUTE) });
    await store.admit(scheduled);
    expect(await statusOf(mail(mailbox))).toBe('queued');
    expect(await statusOf(mail(mailbox))).toBe('denied');
    clock.advance(MINUTE);
    await claim(store, scheduled);
    expect((await store.view(scheduled.id))?.waitingFor?.until).toBe('2026-03-03T00:00:00.000Z');
  });

  test('a limit that is only told of is counted, and lets everything through', async () => {
    const { store } = bed();
    const rates = [{ per: 'org', window: 'hour', limit: 1 }];
    const modes = { rate_limit_hourly: 'warn', rate_limits: 'warn', rate_limit_daily: 'off' };
    const mailbox = await makeMailbox(store, { policy: { modes, limits: { hourly: 1, daily: 1, rates } } });
    const wanted = [mail(mailbox), mail(mailbox)] as const;
    await store.admit(wanted[0]);
    const { view } = await store.admit(wanted[1]);
    expect(view.status).toBe('queued');
    expect(findingOf(view, 'rate_limits')).toMatchObject({ status: 'warned', evidence: { current: 1 } });
    expect((await claim(store, wanted[1])).answer).toBe('go');
    expect(await counted(mailbox.org)).toEqual({ '~org:hour': 2 });
  });

  test('a domain that warms up sends as many emails a day as its step says, over all of its mailboxes', async () => {
    const { store, clock } = bed();
    const steps = [
      { fromDay: 0, perDay: 1 },
      { fromDay: 2, perDay: 2 },
    ];
    const policy = { warmUp: { startedOn: '2026-03-01', steps }, limits: { onLimit: 'wait' } };
    const mailbox = await makeMailbox(store, { policy });
    const sister = await makeMailbox(store, { policy, org: mailbox.org, address: 'b@sender.example' });
    expect(await statusOf(mail(mailbox))).toBe('queued');
    const untils: unknown[] = [];
    for (const one of [mailbox, sister, mailbox])
      untils.push((await store.admit(mail(one))).view.waitingFor?.until);
    // The third day has room for two.
    const [third, fourth] = ['2026-03-03T00:00:00.000Z', '2026-03-04T00:00:00.000Z'];
    expect(untils).toEqual([third, third, fourth]);
    clock.set('2026-03-09T00:00:00.000Z');
    const { view } = await store.admit(mail(mailbox));
    expect(findingOf(view, 'warmup_limit')).toMatchObject({ evidence: { current: 0, limit: 2 } });
  });

  test('a mailbox with more hard bounces and complaints than its policy bears sends nothing for a day', async () => {
    const { store, clock } = bed();
    const policy = { negativeSignalsPerDay: 1, modes: { suppression_check: 'off', hard_bounced: 'off' } };
    const mailbox = await makeMailbox(store, { policy });
    const report = async (type: 'bounced' | 'complained', more: object = {}): Promise<void> => {
      const one = mail(mailbox);
      await store.admit(one);
      await send(store, one);
      const what = { reportId: one.id, message: one.id, recipient: 'ada@reader.example', ...more };
      await store.applyReports('smtp', [
        { ...what, type },
        { ...what, reportId: `${one.id} again`, type },
      ]);
    };
    await report('bounced', { bounce: 'soft' });
    await report('complained', { notSpam: true });
    await report('bounced', { bounce: 'hard' });
    expect(await statusOf(mail(mailbox))).toBe('queued');
    await report('complained');
    const { view } = await store.admit(mail(mailbox));
    expect(findingOf(view, 'negative_signal_budget')).toMatchObject({
      ...{ effect: 'deny', evidence: { current: 2, limit: 1 } },
    });
    expect(await statusOf(mail(mailbox, { mode: 'test' }))).toBe('queued');
    const other = await makeMailbox(store, { policy, org: mailbox.org, address: 'b@sender.example' });
    expect(await statusOf(mail(other))).toBe('queued');
    clock.advance(24 * HOUR);
    expect(await statusOf(mail(mailbox))).toBe('queued');
  });

  test('many more emails in 60 minutes than the mailbox sent per hour in the last week are told of', async () => {
    const { store, clock, db } = bed();
    const mailbox = await makeMailbox(store);
    const key = (window: string): string => `mailbox:${mailbox.id}:${window}`;
    const sent = (window: string, bucket: string, used: number): object => ({
      ...{ org: mailbox.org, mode: 'live' as const, limit_key: key(window), bucket: new Date(bucket), used },
    });
    clock.set('2026-03-02T10:30:00.000Z');
    const rows = [
      sent('daily', '2026-02-22T00:00:00.000Z', 9_000),
      sent('daily', '2026-02-23T00:00:00.000Z', 840),
      sent('daily', '2026-03-01T00:00:00.000Z', 840),
      sent('hourly', '2026-03-02T09:00:00.000Z', 40),
      sent('hourly', '2026-03-02T10:00:00.000Z', 30),
    ];
    await db
      .insertInto('quotas')
      .values(rows as never)
      .execute();
    const found = async (): Promise<unknown> =>
      findingOf((await store.admit(mail(mailbox))).view, 'volume_spike');
    expect(await found()).toMatchObject({ status: 'passed', evidence: { current: 50, usual: 10 } });
    await found();
    expect(await found()).toMatchObject({ status: 'warned', evidence: { current: 52, usual: 10 } });
  });
}
