/** @module Limits by recipients, in any 60 minutes and 30 days: what counts, and until when. */
import { expect, test } from 'vitest';
import { findingOf } from '../support/finding.js';
import { admission, claim, content, go, HOUR, makeMailbox, MINUTE, send, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

export function recipientLimitContract(bed: Bed): void {
  const mail = (
    mailbox: Parameters<typeof admission>[0],
    to: string[] = ['ada@reader.example'],
    changes: Parameters<typeof admission>[1] = {},
  ): ReturnType<typeof admission> => admission(mailbox, { content: content({ to }), ...changes });

  test('by default the sixth email to one recipient in 60 minutes is denied, until the first one is an hour old', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { recipients: {} } });
    for (let i = 0; i < 5; i++) {
      const one = mail(mailbox);
      await store.admit(one);
      await send(store, one);
      clock.advance(10 * MINUTE);
    }
    const { view } = await store.admit(mail(mailbox));
    expect(view.status).toBe('denied');
    expect(findingOf(view, 'rate_limit_recipient')).toEqual({
      ...{ rule: 'rate_limit_recipient', status: 'failed', effect: 'deny' },
      ...{ evidence: { recipients: [0], current: 5, limit: 5 }, until: at(HOUR) },
    });
    clock.set(at(HOUR - 1));
    expect((await store.admit(mail(mailbox))).view.status).toBe('denied');
    clock.set(at(HOUR));
    expect((await store.admit(mail(mailbox))).view.status).toBe('queued');
  });

  test('it counts over all mailboxes of the org and all tags of an address, by mode', async () => {
    const { store } = bed();
    const policy = { recipients: { perHour: 1 } };
    const first = await makeMailbox(store, { policy });
    const second = await makeMailbox(store, { policy, org: first.org, address: 'b@sender.example' });
    const one = mail(first, ['ada+news@reader.example', 'ada+tips@reader.example']);
    await store.admit(one);
    await send(store, one);
    const statusOf = async (wanted: ReturnType<typeof admission>): Promise<string> =>
      (await store.admit(wanted)).view.status;
    expect(await statusOf(mail(second, ['bob@reader.example', 'Ada@reader.example']))).toBe('denied');
    expect(await statusOf(mail(second, ['bob@reader.example']))).toBe('queued');
    expect(await statusOf(mail(second, ['ada@reader.example'], { mode: 'test' }))).toBe('queued');
    const elsewhere = await makeMailbox(store, { policy });
    expect(await statusOf(mail(elsewhere))).toBe('queued');
  });

  test('an email that is about to go counts at the door, and stands in the way of no other that was let through', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { recipients: { perHour: 1 } } });
    const scheduled = mail(mailbox, undefined, { sendAt: at(MINUTE) });
    await store.admit(scheduled);
    const queued = mail(mailbox);
    expect((await store.admit(queued)).view.status).toBe('queued');
    expect((await store.admit(mail(mailbox))).view.status).toBe('denied');
    bed().clock.advance(MINUTE);
    expect((await claim(store, scheduled)).answer).toBe('go');
    expect(await claim(store, queued)).toMatchObject({ answer: 'no', view: { status: 'scheduled' } });
    expect((await store.view(queued.id))?.waitingFor).toEqual({
      reason: 'rate_limit',
      until: at(HOUR + MINUTE),
    });
    bed().clock.set(at(HOUR + MINUTE));
    expect((await claim(store, queued)).answer).toBe('go');
  });

  test('what is canceled, or proves unsent, counts no more', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { recipients: { perHour: 1 } } });
    const canceled = mail(mailbox);
    await store.admit(canceled);
    await store.decide({ id: canceled.id, action: 'cancel', by: 'test', via: 'door' });
    const refused = mail(mailbox);
    expect((await store.admit(refused)).view.status).toBe('queued');
    const { attempt, try: number } = await go(store, refused);
    await store.recordReceipt({
      ...{ id: refused.id, run: refused.run, attempt, try: number, provider: 'smtp', reports: [] },
      receipt: { recipients: [{ index: 0, outcome: 'not_sent_permanent', reason: 'recipient' }] },
    });
    const sent = mail(mailbox);
    expect((await store.admit(sent)).view.status).toBe('queued');
    await send(store, sent);
    expect((await store.admit(mail(mailbox))).view.status).toBe('denied');
  });

  test('between two emails to one recipient the cooldown passes, however long it is', async () => {
    const { store, clock } = bed();
    const policy = { recipients: { cooldownMinutes: 180, perHour: 100 }, limits: { onLimit: 'wait' } };
    const mailbox = await makeMailbox(store, { policy });
    const first = mail(mailbox);
    await store.admit(first);
    await send(store, first);
    clock.advance(2 * HOUR);
    const second = mail(mailbox, ['bob@reader.example', 'ada@reader.example']);
    const { view } = await store.admit(second);
    expect(view.waitingFor).toEqual({ reason: 'rate_limit', until: at(3 * HOUR) });
    expect(findingOf(view, 'cooldown')?.evidence).toEqual({ recipients: [1], current: 120, limit: 180 });
    clock.set(at(3 * HOUR));
    expect((await claim(store, second)).answer).toBe('go');
  });

  test('a mailbox that writes to as many people as it may goes on with those, until it has written to fewer', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store, { policy: { recipients: { distinct: { fiveMinutes: 2 } } } });
    const statusTo = async (...to: string[]): Promise<string> => {
      const one = mail(mailbox, to);
      const { view } = await store.admit(one);
      if (view.status === 'queued') await send(store, one);
      return view.status;
    };
    expect(await statusTo('ann@reader.example')).toBe('queued');
    clock.advance(MINUTE);
    expect(await statusTo('bob@reader.example')).toBe('queued');
    expect(await statusTo('ann@reader.example', 'bob+x@reader.example')).toBe('queued');
    expect(await statusTo('cyd@reader.example')).toBe('denied');
    expect(await statusTo('ann@reader.example', 'cyd@reader.example')).toBe('denied');
    const other = await makeMailbox(store, { org: mailbox.org, address: 'b@sender.example' });
    expect((await store.admit(mail(other, ['cyd@reader.example']))).view.status).toBe('queued');
    clock.advance(5 * MINUTE);
    expect(await statusTo('cyd@reader.example')).toBe('queued');
  });

  test('an email to more people than a mailbox may write to never goes, and is not kept waiting', async () => {
    const { store } = bed();
    const policy = { recipients: { distinct: { day: 1 } }, limits: { onLimit: 'wait' } };
    const mailbox = await makeMailbox(store, { policy });
    expect((await store.admit(mail(mailbox, ['a@reader.example', 'b@reader.example']))).view.status).toBe(
      'denied',
    );
  });
}
