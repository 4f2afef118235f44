/** @module People who are forgotten: what goes, what stays, and what holds on without a name. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { MailboxRow, Owner } from '../../src/store/store.js';
import { admission, content, makeMailbox, send } from '../support/store.js';
import { asking, mayAdvertise } from './store-consents.js';
import type { Bed } from './store.js';

const ADA = 'Ada+news@reader.example';
const SECRET = 'the secret of Ada';

export function erasureContract(bed: Bed): void {
  const step = (mailbox: MailboxRow, limit = 10, address = ADA) => ({
    ...{ org: mailbox.org, address, by: 'prn_keeper', limit },
  });
  /** A closed email whose every text names her. */
  async function mailed(mailbox: MailboxRow, over: { to?: string[]; isOpen?: boolean } = {}): Promise<Owner> {
    const { store } = bed();
    const { to = [ADA], isOpen = false } = over;
    const wanted = admission(mailbox, {
      content: content({ to, subject: SECRET, text: SECRET, html: `<p>${SECRET}</p>` }),
      ...{ reason: SECRET, context: { prompt: SECRET }, tags: ['ada'], metadata: { who: SECRET } },
      dedupeKey: `followup-${ADA}-${Math.random()}`,
    });
    await store.admit(wanted);
    await send(store, wanted);
    if (isOpen) return wanted;
    const report = { reportId: wanted.id, type: 'delivered' as const, message: wanted.id, recipient: to[0] };
    await store.applyReports('smtp', [{ ...report, at: '2026-03-02T10:00:00.000Z', reason: `250 ${ADA}` }]);
    await store.close(wanted.id);
    return wanted;
  }
  /** Every row of the org, as text. */
  async function rows(org: string): Promise<string> {
    const { db } = bed();
    const { rows: tables } = await sql<{ name: string }>`
      select table_name as name from information_schema.columns
      where column_name = 'org' and table_schema = 'public'
    `.execute(db);
    const found = await Promise.all(
      tables.map(({ name }) =>
        sql<{
          row: string;
        }>`select to_jsonb(one)::text as row from ${sql.table(name)} one where org = ${org}`.execute(db),
      ),
    );
    return found.flatMap((one) => one.rows.map(({ row }) => row)).join('\n');
  }

  test('nothing that names them or was written to them is left in any row of the org', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { id } = await mailed(mailbox, { to: [ADA, 'bob@reader.example'] });
    const draft = { org: mailbox.org, mode: 'live' as const, mailbox: mailbox.id, by: 'prn_a' };
    const bounds = { mostOpen: 100, mostBytes: 100_000 };
    await store.createDraft({ ...draft, ...bounds, content: { to: [{ address: ADA }], text: SECRET } });
    const others = { to: [{ address: 'eve@reader.example' }], text: 'kept' };
    await store.createDraft({ ...draft, ...bounds, content: others });
    await store.addSuppression({
      ...step(mailbox),
      mode: 'live',
      scope: 'org',
      reason: 'manual',
      source: 'api',
    });
    await store.recordConsents({ org: mailbox.org, mode: 'live', by: 'prn_a' }, [
      {
        ...{ address: ADA, kind: 'granted', basis: 'explicit_opt_in', jurisdiction: 'GDPR', expiresAt: null },
        ...{ source: `talk with ${ADA}`, evidence: SECRET },
      },
    ]);
    const digest = (await store.message(mailbox.org, id))?.digest;
    expect(await store.eraseSome(step(mailbox))).toMatchObject({ finished: true, messages: 1, drafts: 1 });
    const left = await rows(mailbox.org);
    expect(left).not.toContain(SECRET);
    expect(left.toLowerCase()).not.toContain('ada+news');
    expect(left).not.toContain('ada@reader.example');
    expect(left).toContain('kept');
    // Of the email stays that it was, to how many, and what became of it.
    const detail = await store.message(mailbox.org, id);
    expect(detail).toMatchObject({ digest, subject: '(erased)', tags: [], metadata: {}, reason: null });
    expect(detail?.recipients.map((one) => one.address)).toEqual([
      ...[expect.stringMatching(/^hmac:[0-9a-f]{64}$/u), 'bob@reader.example'],
    ]);
    expect(detail?.recipients[0]?.status).toBe('delivered');
  });

  test('whoever must not be written to stays so, and what they objected to counts', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, asking);
    const who = { org: mailbox.org, mode: 'live' as const, by: 'prn_a' };
    const given = { jurisdiction: 'GDPR' as const, source: 'form', expiresAt: null };
    const granted = { ...given, address: ADA, kind: 'granted' as const };
    await store.recordConsents(who, [
      { ...granted, basis: 'explicit_opt_in', at: '2026-01-01T10:00:00.000Z' },
      { ...granted, kind: 'revoked', basis: null, jurisdiction: null, at: '2026-02-01T10:00:00.000Z' },
    ]);
    await store.addSuppression({
      ...step(mailbox),
      mode: 'live',
      scope: 'org',
      reason: 'unsubscribe',
      source: 'api',
    });
    await store.eraseSome(step(mailbox));
    expect(await mayAdvertise(store, mailbox, ADA, 'conversational')).toBe(false);
    expect(await mayAdvertise(store, mailbox, ADA, 'transactional')).toBe(true);
    const known = await store.suppressionsOn({ ...who, mailboxes: null, address: 'ADA@reader.example' });
    expect(known).toMatchObject([{ reason: 'unsubscribe', address: expect.stringMatching(/^hmac:/u) }]);
    expect(
      (await store.suppressions({ ...who, mailboxes: null, address: ADA, limit: 5 })).items,
    ).toHaveLength(1);
    const checked = await store.knownOfAddress({ ...who, mailbox: null, mailboxes: null, address: ADA });
    expect(checked.suppressions).toEqual([{ scope: 'org', reason: 'unsubscribe' }]);
    await store.removeSuppression({ ...who, mailboxes: null, id: known[0]?.id ?? '' });
    expect(await mayAdvertise(store, mailbox, ADA, 'conversational')).toBe(true);
    await store.recordConsents(who, [{ ...granted, basis: 'legitimate_interest' }]);
    expect(await mayAdvertise(store, mailbox, ADA)).toBe(false);
    bed().clock.advance(1);
    await store.recordConsents(who, [{ ...granted, basis: 'explicit_opt_in' }]);
    expect(await mayAdvertise(store, mailbox, ADA)).toBe(true);
  });

  test('what they had agreed to before counts no more, as nothing proves it', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, asking);
    await store.recordConsents({ org: mailbox.org, mode: 'live', by: 'prn_a' }, [
      {
        ...{ address: ADA, kind: 'granted', basis: 'explicit_opt_in', jurisdiction: 'GDPR', source: 'form' },
        expiresAt: null,
      },
    ]);
    expect(await mayAdvertise(store, mailbox, ADA)).toBe(true);
    const [id = ''] = await store.openMessagesTo(step(mailbox));
    await store.decide({ id, action: 'cancel', by: 'prn_a', via: 'door' });
    expect(await store.eraseSome(step(mailbox))).toMatchObject({ finished: true });
    expect(await mayAdvertise(store, mailbox, ADA)).toBe(false);
  });

  test('it goes in steps that anybody may go on with, and what is under way stays until it has ended', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    for (let i = 0; i < 3; i++) await mailed(mailbox);
    const open = await mailed(mailbox, { isOpen: true });
    const first = await store.eraseSome(step(mailbox, 2));
    expect(first).toMatchObject({ finished: false, messages: 2 });
    expect(await store.eraseSome(step(mailbox, 2))).toEqual({ ...first, messages: 3 });
    expect(await store.openMessagesTo(step(mailbox))).toEqual([open.id]);
    expect(await store.eraseSome(step(mailbox, 2))).toEqual({ ...first, messages: 3 });
    expect((await store.message(mailbox.org, open.id))?.subject).toBe(SECRET);
    await store.close(open.id);
    expect(await store.eraseSome(step(mailbox, 2))).toEqual({ ...first, messages: 4, finished: true });
    // Again, there is nothing to do.
    expect(await store.eraseSome(step(mailbox, 2))).toMatchObject({ finished: true, messages: 0 });
  });

  test('the same person of another org is not touched, and an old suppression makes way for a new one', async () => {
    const { store } = bed();
    const [mailbox, other] = [await makeMailbox(store), await makeMailbox(store)];
    await mailed(mailbox);
    const { id } = await mailed(other);
    const stop = { mode: 'live' as const, scope: 'org' as const, reason: 'manual', source: 'api' };
    await store.addSuppression({ ...step(mailbox), ...stop, expiresAt: '2026-03-03T10:00:00.000Z' });
    await store.eraseSome(step(mailbox));
    await store.addSuppression({ ...step(mailbox), ...stop });
    expect(await store.eraseSome(step(mailbox))).toMatchObject({ finished: true });
    const who = { org: mailbox.org, mode: 'live' as const, mailboxes: null, address: ADA };
    expect(await store.suppressionsOn(who)).toMatchObject([{ expiresAt: null }]);
    expect((await store.message(other.org, id))?.subject).toBe(SECRET);
  });

  test('whom an edit took out of an email is forgotten in its earlier revisions, too', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, { autonomy: 'review_all' });
    const wanted = admission(mailbox, { content: content({ to: [ADA], text: `${SECRET}\u0000` }) });
    const { view } = await store.admit(wanted);
    const other = content({ to: ['bob@reader.example'] });
    const edit = { id: wanted.id, digest: view.digest, content: other, attachments: [], by: 'prn_a' };
    await store.revise(edit);
    expect(await store.openMessagesTo(step(mailbox))).toEqual([wanted.id]);
    expect(await store.eraseSome(step(mailbox))).toMatchObject({ finished: false, messages: 0 });
    await store.decide({ id: wanted.id, action: 'cancel', by: 'prn_a', via: 'door' });
    await store.close(wanted.id);
    expect(await store.eraseSome(step(mailbox))).toMatchObject({ finished: true, messages: 1 });
    const left = await rows(mailbox.org);
    expect(left).not.toContain(SECRET);
    expect(left.toLowerCase()).not.toContain('ada+news');
    expect(left).toContain('bob@reader.example');
    expect(await store.eraseSome(step(mailbox))).toMatchObject({ finished: true, messages: 0 });
  });

  test('a complaint that comes after the erasure suppresses them, and brings back neither address nor words', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { id } = await mailed(mailbox);
    await store.eraseSome(step(mailbox));
    const complaint = { reportId: `late ${id}`, type: 'complained' as const, message: id, recipient: ADA };
    for (const result of ['applied', 'duplicate'])
      expect(
        await store.applyReports('smtp', [{ ...complaint, reason: `complaint of ${ADA}` }], mailbox.org),
      ).toMatchObject([{ result }]);
    const who = { org: mailbox.org, mode: 'live' as const, mailboxes: null, address: ADA };
    expect(await store.suppressionsOn(who)).toMatchObject([{ reason: 'complaint' }]);
    expect((await rows(mailbox.org)).toLowerCase()).not.toContain('ada+news');
  });

  test('no report of an unknown email and no reason of a suppression names them any longer', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const { org } = mailbox;
    const bounce = { type: 'bounced' as const, reason: `550 ${ADA}`, recipient: ADA };
    await store.applyReports('smtp', [{ ...bounce, reportId: `lost ${org}`, message: `no ${org}` }], org);
    const row = { ...step(mailbox), mode: 'live' as const, source: 'api' };
    await store.addSuppression({ ...row, scope: 'org', reason: `${ADA} asked by phone` });
    await store.addSuppression({ ...row, scope: 'mailbox', mailbox: mailbox.id, reason: 'complaint' });
    await store.eraseSome(step(mailbox));
    expect((await rows(org)).toLowerCase()).not.toContain('ada+news');
    const known = await store.suppressionsOn({ org, mode: 'live', mailboxes: null, address: ADA });
    expect(known.map((one) => one.reason).sort()).toEqual(['complaint', 'manual']);
  });

  test('an erased email is not judged again, and the older ones are', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const older = await mailed(mailbox, { to: ['bob@reader.example'] });
    clock.advance(1);
    await mailed(mailbox);
    await store.eraseSome(step(mailbox));
    const past = { org: mailbox.org, mode: 'live' as const, mailboxes: null, since: undefined };
    const replayed = await store.replay({
      ...past,
      after: undefined,
      limit: 1,
      candidate: (policy) => policy,
    });
    expect(replayed.map((one) => one.id)).toEqual([older.id]);
  });
}
