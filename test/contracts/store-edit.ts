/** @module Edits and other times: the next revision voids what was approved of the one before. */
import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { admission, attachment, claim, content, go, HOUR, makeMailbox, START } from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

type Edit = Partial<Parameters<Store['revise']>[0]> & { id: string; digest: string };
const edit = (change: Edit): Parameters<Store['revise']>[0] => ({
  ...{ content: content({ subject: 'Edited' }), attachments: [], by: 'prn_person' },
  ...change,
});

export function editContract(bed: Bed): void {
  test('an edit makes the next revision and digest, and voids the approval', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'review_all' });
    const wanted = admission(mailbox);
    const { view: before } = await store.admit(wanted);
    await store.decide({ id: wanted.id, action: 'approve', digest: before.digest, by: 'p', via: 'door' });
    const file = attachment('new');
    const to = ['b@x.example', 'c@x.example'];
    const change = edit({
      id: wanted.id,
      digest: before.digest,
      content: content({ to }),
      attachments: [file],
    });
    const { result, view } = await store.revise(change);
    expect(result).toBe('applied');
    expect(view).toMatchObject({ status: 'held', revision: 2, recipients: [{ index: 0 }, { index: 1 }] });
    expect(view.digest).not.toBe(before.digest);
    expect((await claim(store, wanted, { digest: before.digest })).answer).toBe('no');
    await store.decide({ id: wanted.id, action: 'approve', digest: view.digest, by: 'p', via: 'door' });
    const claimed = await go(store, wanted);
    expect(claimed.recipients.map((one) => one.address)).toEqual(to);
    expect(claimed.revision.messageId).toContain('.2@');
    expect(Buffer.from(claimed.blobs.get(file.sha256) ?? []).toString()).toBe('new');
  });

  test('an edit of another digest, or of what was claimed, changes nothing', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    const { view } = await store.admit(wanted);
    expect((await store.revise(edit({ id: wanted.id, digest: 'other' }))).result).toBe('digest_mismatch');
    await go(store, wanted);
    expect((await store.revise(edit({ id: wanted.id, digest: view.digest }))).result).toBe('too_late');
    expect((await store.message(mailbox.org, wanted.id))?.revision).toBe(1);
  });

  test('an edit never releases what was held, even where policy would now allow it', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'review_all' });
    const wanted = admission(mailbox);
    const { view } = await store.admit(wanted);
    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: 'auto' }, 'test');
    const edited = await store.revise(edit({ id: wanted.id, digest: view.digest }));
    expect(edited.view).toMatchObject({ status: 'held', verdict: { outcome: 'allow' } });
    const { result } = await store.decide({
      ...{ id: wanted.id, action: 'approve', digest: edited.view.digest, by: 'p', via: 'door' },
    });
    expect(result).toBe('applied');
    expect((await claim(store, wanted)).answer).toBe('go');
  });

  test('an edit of queued mail is judged like a new one, its own place in the limit aside', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 }, deny: ['bad.example'] } });
    const wanted = admission(mailbox);
    const { view } = await store.admit(wanted);
    const { view: edited } = await store.revise(edit({ id: wanted.id, digest: view.digest }));
    expect(edited.status).toBe('queued');
    const bad = content({ to: ['x@bad.example'] });
    const { view: denied } = await store.revise(edit({ id: wanted.id, digest: edited.digest, content: bad }));
    expect(denied).toMatchObject({ status: 'denied', stage: 'closed' });
    expect((await store.admit(admission(mailbox))).view.status).toBe('queued');
  });

  test('an edit that has to be held gives the place in the limit to somebody else', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { limits: { hourly: 1 } } });
    const wanted = admission(mailbox);
    const { view } = await store.admit(wanted);
    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: 'review_all' }, 'test');
    expect((await store.revise(edit({ id: wanted.id, digest: view.digest }))).view.status).toBe('held');
    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: 'auto' }, 'test');
    expect((await store.admit(admission(mailbox))).view.status).toBe('queued');
  });

  test('another time moves what waits and leaves what is held held', async () => {
    const { store, clock } = bed();
    const moved = async (id: string, sendAt: string): ReturnType<Store['reschedule']> => {
      const version = (await store.view(id))?.version ?? 0;
      return await store.reschedule({ id, sendAt, version, by: 'p' });
    };
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    const later = await moved(wanted.id, at(HOUR));
    expect(later.view).toMatchObject({
      status: 'scheduled',
      waitingFor: { reason: 'send_at', until: at(HOUR) },
    });
    const now = await moved(wanted.id, at(-1));
    expect(now.view).toMatchObject({ status: 'queued', stage: 'ready' });
    await go(store, wanted);
    expect((await moved(wanted.id, at(HOUR))).result).toBe('too_late');

    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: 'review_all' }, 'test');
    const held = admission(mailbox);
    const { view } = await store.admit(held);
    expect((await moved(held.id, at(HOUR))).view.status).toBe('held');
    const approved = await store.decide({
      ...{ id: held.id, action: 'approve', digest: view.digest, by: 'p', via: 'door' },
    });
    expect(approved.view.waitingFor).toEqual({ reason: 'send_at', until: at(HOUR) });
    clock.advance(HOUR);
    expect((await store.view(held.id))?.stage).toBe('ready');
  });

  test('another time that comes again after other changes moves nothing', async () => {
    const { store } = bed();
    const wanted = admission(await makeMailbox(store));
    const { version } = (await store.admit(wanted)).view;
    const first = { id: wanted.id, sendAt: at(HOUR), version, by: 'p' };
    const { view } = await store.reschedule(first);
    await store.reschedule({ ...first, sendAt: at(2 * HOUR), version: view.version });
    expect(await store.reschedule(first)).toMatchObject({
      ...{ result: 'too_late', view: { waitingFor: { until: at(2 * HOUR) } } },
    });
  });

  test('a time outside the years of the calendar is the nearest one inside', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const years = { '0000-01-01T00:00:00Z': '0001-01-01', '+010000-01-01T00:00:00Z': '9999-12-31' };
    for (const [sendAt, day] of Object.entries(years)) {
      const wanted = admission(mailbox, { sendAt });
      const { version } = (await store.admit(wanted)).view;
      await store.reschedule({ id: wanted.id, sendAt, version, by: 'p' });
      expect((await store.message(mailbox.org, wanted.id))?.sendAt).toContain(day);
    }
  });
}
