/** @module Outcomes that nobody knows, and who knows better: the providers that had it before, and whoever opens it. */
import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { claim, go, HOUR, MINUTE, publishAll, START } from '../support/store.js';
import {
  at,
  DEDUPES,
  FAILOVER,
  found,
  look,
  lost,
  queued,
  receipt,
  RETRY_SAME,
  statusesOf,
  take,
  UNKNOWN,
} from './store-unknown.js';
import type { Bed } from './store.js';

export function unknownProofContract(bed: Bed): void {
  const retrying = (): Store => bed().with({ onUnknown: RETRY_SAME });
  const failingOver = (): Store => bed().with({ onUnknown: FAILOVER });

  test('after failover each provider that may have sent it is asked, and what the first one finds settles it', async () => {
    const store = failingOver();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted);
    clock.advance(MINUTE);
    // Nobody is unknown while the next provider has it.
    const second = await go(store, wanted, { provider: 'other' });
    expect(await take(store, wanted)).toEqual([]);
    await receipt(store, wanted, second, [UNKNOWN], 'other');
    clock.advance(MINUTE);
    const [later] = await take(store, wanted, 'other');
    const [first] = await take(store, wanted);
    expect(later).toMatchObject({ ask: 'now', attempt: second.attempt, at: new Date(at(MINUTE)) });
    expect(first).toMatchObject({ ask: 'now', attempt: 1, try: 1, at: START, recipients: [{ index: 0 }] });
    expect((await store.recordLook({ ...later!, found: 'nothing', isComplete: true })).result).toBe(
      'unknown',
    );
    expect((await store.recordLook({ ...first!, found: found('accepted'), isComplete: true })).result).toBe(
      'settled',
    );
    expect(statusesOf(await store.view(wanted.id))).toEqual(['sent']);
    const { attempts } = (await store.message(wanted.org, wanted.id)) ?? {};
    expect(attempts?.map((one) => one.providerMessageId)).toEqual(['p-1', null]);
    clock.advance(HOUR);
    expect(await take(store, wanted)).toEqual([]);
  });

  test('a refusal by the next provider leaves the first to be asked, and its last word settles nothing', async () => {
    const store = failingOver();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted);
    clock.advance(MINUTE);
    const second = await go(store, wanted, { provider: 'other' });
    await receipt(store, wanted, second, [{ outcome: 'not_sent_retry', reason: 'transient' }], 'other');
    for (const minutes of [2, 6, 16]) {
      clock.set(at(minutes * MINUTE));
      expect((await look(store, wanted, 'nothing', true))?.result).toBe('unknown');
    }
    expect(statusesOf(await store.view(wanted.id))).toEqual(['unknown']);
  });

  test('of an email at two providers people are told once at a time, by the try that holds it', async () => {
    const store = failingOver();
    const { clock } = bed();
    const wanted = await queued(store);
    await lost(store, wanted);
    clock.advance(MINUTE);
    await lost(store, wanted, { provider: 'other' });
    const alerts: unknown[] = [];
    for (const hours of [1, 2, 25, 26, 50]) {
      clock.set(at(hours * HOUR));
      for (const provider of ['smtp', 'other'])
        for (const one of await take(store, wanted, provider, false))
          alerts.push([
            provider,
            (await store.recordLook({ ...one, found: 'nothing', isComplete: false })).alert,
          ]);
    }
    expect(alerts.filter((one) => (one as unknown[])[1] !== null)).toEqual([
      ['other', 'overdue'],
      ['other', 'deadline'],
    ]);
    const trace = await store.trace(wanted.org, wanted.id);
    expect(trace.filter((one) => one.type === 'unknown.overdue')).toHaveLength(2);
    // And then nobody looks any more.
    clock.advance(400 * HOUR);
    expect([...(await take(store, wanted)), ...(await take(store, wanted, 'other'))]).toEqual([]);
  });

  test('who opens what nobody knew to be sent proves it: the email is sent, and its workflow is woken', async () => {
    const store = retrying();
    for (const [type, machine] of [
      ['opened', false],
      ['clicked', false],
      ['opened', true],
      ['sent', false],
    ] as const) {
      const wanted = await queued(store);
      await lost(store, wanted, DEDUPES);
      const one = { type, message: wanted.id, ...(machine && { machine }) };
      const [applied] = await store.applyReports('smtp', [{ reportId: `${wanted.id} 1`, ...one }]);
      expect(applied).toMatchObject({ result: 'applied', id: wanted.id });
      expect(await store.view(wanted.id)).toMatchObject({ status: 'sent', stage: 'feedback' });
      // Nothing is repeated for it, and a second one is no news.
      bed().clock.advance(HOUR);
      expect((await claim(store, wanted, DEDUPES)).answer).toBe('no');
      const [again] = await store.applyReports('smtp', [{ reportId: `${wanted.id} 2`, ...one }]);
      expect(again).not.toHaveProperty('id');
      await publishAll(store);
      const scope = { org: wanted.org, mode: 'live' as const, mailboxes: null, after: 0, limit: 50 };
      const told = await store.publishedAfter({ ...scope, types: ['message.sent'] });
      expect(told).toMatchObject([{ message: wanted.id }]);
      await store.applyReports('smtp', [{ reportId: wanted.id, type: 'delivered', message: wanted.id }]);
      expect(statusesOf(await store.view(wanted.id))).toEqual(['delivered']);
    }
  });

  test('an open by one of several whom nobody names settles none of them, and is told of the email', async () => {
    const { store } = bed();
    const wanted = await queued(store, ['a@x.example', 'b@x.example']);
    await lost(store, wanted);
    const open = { reportId: wanted.id, type: 'opened' as const, message: wanted.id };
    await store.applyReports('smtp', [open]);
    expect(statusesOf(await store.view(wanted.id))).toEqual(['unknown', 'unknown']);
    await publishAll(store);
    const scope = { org: wanted.org, mode: 'live' as const, mailboxes: null, after: 0, limit: 50 };
    const told = await store.publishedAfter({ ...scope, types: ['message.opened', 'message.sent'] });
    expect(told).toMatchObject([{ type: 'message.opened', recipient: null }]);
    await store.applyReports('smtp', [{ ...open, reportId: `${wanted.id} b`, recipient: 'b@x.example' }]);
    expect(statusesOf(await store.view(wanted.id))).toEqual(['unknown', 'sent']);
    // That the provider has taken it is about all of them.
    await store.applyReports('smtp', [{ ...open, reportId: `${wanted.id} all`, type: 'sent' }]);
    expect(statusesOf(await store.view(wanted.id))).toEqual(['sent', 'sent']);
  });
}
