/** @module Admission: once per id and key, judged by the facts of the moment. */
import { expect, test } from 'vitest';
import { recipientsOf, digestOf } from '../../src/core/email/revision.js';
import {
  admission,
  attachment,
  content,
  HOUR,
  makeMailbox,
  MINUTE,
  send,
  sha256,
  START,
} from '../support/store.js';
import type { Bed } from './store.js';

const at = (ms: number): string => new Date(START.getTime() + ms).toISOString();

export function admissionContract(bed: Bed): void {
  test('an allowed email is queued, with its digest, verdict and recipients by index only', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox, { content: content({ to: ['a@x.example'], bcc: ['b@y.example'] }) });
    const { owner, view, requestHash } = await store.admit(wanted);
    expect(owner).toBe(true);
    expect(requestHash).toBe(wanted.requestHash);
    expect(view).toMatchObject({ status: 'queued', stage: 'ready', revision: 1, version: 1 });
    expect(view.recipients).toEqual([
      { index: 0, status: 'ready' },
      { index: 1, status: 'ready' },
    ]);
    const { delivery, ...forTemporal } = view;
    expect(delivery).toEqual({
      ...{ mode: 'live', attempt: 1, tried: [], subset: false, closed: [], route: null },
      ...{ category: 'transactional', domains: ['x.example', 'y.example'] },
      mailbox: { id: mailbox.id, address: mailbox.address },
    });
    expect(JSON.stringify(forTemporal)).not.toMatch(/@|Hello/u);
    const detail = await store.message(mailbox.org, wanted.id);
    expect(digestOf(detail?.content as never, sha256)).toBe(view.digest);
    expect(detail?.content.from).toEqual({ address: 'agent@sender.example', name: 'Agent' });
  });

  test('the same run admitted again reads what is stored and writes nothing', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    const first = await store.admit(wanted);
    const again = await store.admit({ ...wanted, content: content({ subject: 'Other' }) });
    expect(again).toEqual(first);
    expect(await store.trace(mailbox.org, wanted.id)).toHaveLength(2);
  });

  test('another run of the same id does not own the email and gets its view and hash', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    const first = await store.admit(wanted);
    const other = await store.admit({ ...wanted, run: 'run-other', requestHash: 'other' });
    expect(other).toEqual({ ...first, owner: false });
  });

  test('another id with the same dedupe key is the first email, and leaves no trace of its own', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    const other = admission(mailbox, { dedupeKey: wanted.dedupeKey });
    const answer = await store.admit(other);
    expect(answer).toMatchObject({ owner: false, view: { id: wanted.id }, requestHash: wanted.requestHash });
    expect(await store.view(other.id)).toBeNull();
    expect(await store.trace(mailbox.org, other.id)).toEqual([]);
  });

  test('the same dedupe key in test mode is another email', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    const { owner } = await store.admit(admission(mailbox, { dedupeKey: wanted.dedupeKey, mode: 'test' }));
    expect(owner).toBe(true);
  });

  test('the run that admitted it can ask for its answer again, and no other', async () => {
    const { store } = bed();
    const wanted = admission(await makeMailbox(store));
    const first = await store.admit(wanted);
    expect(await store.admitted(wanted)).toEqual(first);
    expect(await store.admitted({ id: wanted.id, run: 'another' })).toBeNull();
    expect(await store.admitted({ id: 'msg_none', run: wanted.run })).toBeNull();
  });

  test('an unknown mailbox is a problem, not a defect', async () => {
    const mailbox = await makeMailbox(bed().store);
    await expect(bed().store.admit(admission(mailbox, { mailbox: 'mbx_none' }))).rejects.toMatchObject({
      code: 'mailbox_unknown',
    });
  });

  test('a mailbox of another org is not found', async () => {
    const mailbox = await makeMailbox(bed().store);
    const stranger = admission(mailbox, { org: 'org-stranger' });
    await expect(bed().store.admit(stranger)).rejects.toMatchObject({ code: 'mailbox_unknown' });
  });

  test('review holds the email until the deadline, and never past its expiry', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'review_all', policy: { approvalMinutes: 60 } });
    const { view } = await store.admit(admission(mailbox));
    expect(view).toMatchObject({ status: 'held', stage: 'held' });
    expect(view.waitingFor).toEqual({ reason: 'approval', until: at(HOUR) });
    const short = await store.admit(admission(mailbox, { expiresAt: at(10 * MINUTE) }));
    expect(short.view.waitingFor?.until).toBe(at(10 * MINUTE));
  });

  test('a denied email is closed at once', async () => {
    const { db, store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'read_only' });
    const { view } = await store.admit(admission(mailbox));
    expect(view).toMatchObject({ status: 'denied', stage: 'closed', verdict: { outcome: 'deny' } });
    // What sweeps open mail must not find it either.
    const row = await db
      .selectFrom('messages')
      .select('closed_at')
      .where('id', '=', view.id)
      .executeTakeFirst();
    expect(row?.closed_at).toEqual(START);
  });

  test('sendAt and undo schedule the email for the later of both', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { undoSeconds: 60 } });
    const undo = await store.admit(admission(mailbox));
    expect(undo.view).toMatchObject({ status: 'scheduled', stage: 'waiting' });
    expect(undo.view.waitingFor).toEqual({ reason: 'undo', until: at(MINUTE) });
    const later = await store.admit(admission(mailbox, { sendAt: at(HOUR) }));
    expect(later.view.waitingFor).toEqual({ reason: 'send_at', until: at(HOUR) });
    const sooner = await store.admit(admission(mailbox, { sendAt: at(30_000) }));
    expect(sooner.view.waitingFor?.reason).toBe('undo');
  });

  test('an email whose time is over when it comes is expired', async () => {
    const mailbox = await makeMailbox(bed().store);
    const { view } = await bed().store.admit(admission(mailbox, { expiresAt: at(-1) }));
    expect(view).toMatchObject({ status: 'expired', stage: 'closed' });
  });

  test('a suppressed recipient denies the email, in another spelling too, and only in scope', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const base = { org: mailbox.org, mode: 'live' as const, reason: 'manual', source: 'person', by: 'test' };
    await store.addSuppression({ ...base, scope: 'org', address: 'Ada@Reader.example' });
    await store.addSuppression({ ...base, scope: 'domain', address: 'blocked.example' });
    await store.addSuppression({ ...base, scope: 'mailbox', address: 'eve@x.example', mailbox: 'mbx_other' });
    const statusFor = async (to: string): Promise<string> =>
      (await store.admit(admission(mailbox, { content: content({ to: [to] }) }))).view.status;
    expect(await statusFor('ada+news@reader.example')).toBe('denied');
    expect(await statusFor('anybody@blocked.example')).toBe('denied');
    expect(await statusFor('anybody@sub.blocked.example')).toBe('queued');
    expect(await statusFor('eve@x.example')).toBe('queued');
    const sandbox = await store.admit(admission(mailbox, { mode: 'test' }));
    expect(sandbox.view.status).toBe('queued');
  });

  test('a suppression that ran out or was removed stops nothing', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const base = { org: mailbox.org, mode: 'live' as const, scope: 'org' as const, by: 'test' };
    const made = { ...base, address: 'ada@reader.example', reason: 'manual', source: 'person' };
    const row = await store.addSuppression({ ...made, expiresAt: at(MINUTE) });
    expect((await store.admit(admission(mailbox))).view.status).toBe('denied');
    clock.advance(MINUTE);
    expect((await store.admit(admission(mailbox))).view.status).toBe('queued');
    const again = await store.addSuppression({ ...made, reason: 'again' });
    expect(again.id).not.toBe(row.id);
    expect(again.reason).toBe('again');
    const removal = { org: mailbox.org, mode: 'live' as const, mailboxes: null, id: again.id, by: 'test' };
    expect(await store.removeSuppression(removal)).toBe(true);
    expect(await store.removeSuppression(removal)).toBe(false);
    expect((await store.admit(admission(mailbox))).view.status).toBe('queued');
  });

  test('where policy drops suppressed recipients, the digest is over those who are left', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { policy: { onSuppressed: 'drop' } });
    const base = { org: mailbox.org, mode: 'live' as const, reason: 'manual', source: 'person', by: 'test' };
    await store.addSuppression({ ...base, scope: 'org', address: 'a@x.example' });
    const both = admission(mailbox, { content: content({ to: ['a@x.example', 'b@x.example'] }) });
    const { view } = await store.admit(both);
    expect(view).toMatchObject({ status: 'queued', recipients: [{ index: 0 }] });
    const detail = await store.message(mailbox.org, both.id);
    expect(detail?.recipients.map((one) => one.address)).toEqual(['b@x.example']);
    expect(recipientsOf(detail?.content as never)).toHaveLength(1);
    const alone = await store.admit(admission(mailbox, { content: content({ to: ['a@x.example'] }) }));
    expect(alone.view.status).toBe('denied');
  });

  test('first contact is over once another email was reported delivered, live and test apart', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'auto' });
    const first = admission(mailbox);
    await store.admit(first);
    await send(store, first);
    await store.updateMailbox(mailbox.org, mailbox.id, { autonomy: 'first_contact' }, 'test');
    expect((await store.admit(admission(mailbox))).view.status).toBe('held');
    await store.applyReports('smtp', [{ reportId: `d-${first.id}`, type: 'delivered', message: first.id }]);
    expect((await store.admit(admission(mailbox))).view.status).toBe('queued');
    expect((await store.admit(admission(mailbox, { mode: 'test' }))).view.status).toBe('held');
  });

  test('text that a database would choke on is kept as it was written', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const text = "quote ' backslash \\ emoji 🙂 $1";
    const odd = `nul \0 ${text}`;
    const wanted = admission(mailbox, {
      ...{ content: content({ text, subject: "O'Hara $1 \\" }), reason: odd, context: { odd } },
    });
    await store.admit(wanted);
    const detail = await store.message(mailbox.org, wanted.id);
    expect(detail?.content.text).toBe(text);
    expect(detail?.subject).toBe("O'Hara $1 \\");
    expect(detail?.reason).toBe(odd);
    expect(detail?.context).toEqual({ odd });
  });

  test('attachments are stored by their digest, once', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const file = attachment('the same bytes');
    await store.admit(admission(mailbox, { attachments: [file, { ...file, filename: 'b.txt' }] }));
    await store.admit(admission(mailbox, { attachments: [file] }));
    expect(Buffer.from((await store.blob(file.sha256)) ?? []).toString()).toBe('the same bytes');
    expect(await store.blob(sha256('nothing'))).toBeNull();
  });
}
