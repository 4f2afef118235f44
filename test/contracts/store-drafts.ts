/** @module Drafts in the store: who sees them, what may be changed when, and their one way into an email. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { DraftContent } from '../../src/core/email/draft.js';
import type { DraftPlace, DraftRow, MailboxRow, NewDraft, Store } from '../../src/store/store.js';
import { makeMailbox } from '../support/store.js';
import type { Bed } from './store.js';

const BOUNDS = { mostOpen: 1_000, mostBytes: 10_000 };
const CONTENT: DraftContent = { to: [{ address: 'ada@reader.example' }], subject: 'Hello', text: 'Hi' };

async function drafted(store: Store, mailbox: MailboxRow, over: Partial<NewDraft> = {}): Promise<DraftRow> {
  const made = await store.createDraft({
    ...{ org: mailbox.org, mode: 'live', mailbox: mailbox.id, content: CONTENT, by: 'prn_a' },
    ...BOUNDS,
    ...over,
  });
  if (typeof made === 'string') throw new Error(made);
  return made;
}

const at = ({ org }: MailboxRow, { id }: { id: string }): DraftPlace => ({
  ...{ org, mode: 'live', mailboxes: null, id },
});
const edit = { change: {}, mostBytes: BOUNDS.mostBytes, by: 'prn_b' };

export function draftContract(bed: Bed): void {
  test('a draft is read back as it was written, with nothing that was not', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const made = await drafted(store, mailbox);
    expect(made).toMatchObject({ status: 'open', version: 1, createdBy: 'prn_a', messageId: null });
    expect(made.id).toMatch(/^drf_[0-9a-z]+$/u);
    expect(made.content).toEqual(CONTENT);
    expect(await store.draft(at(mailbox, made))).toEqual(made);
    expect((await drafted(store, mailbox, { content: {} })).content).toEqual({});
  });

  test('a draft of another org, mode or mailbox is not there, for any verb', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const made = await drafted(store, mailbox);
    const mine = at(mailbox, made);
    const places: DraftPlace[] = [
      { ...mine, org: 'org-stranger' },
      { ...mine, mode: 'test' },
      { ...mine, mailboxes: ['mbx_other'] },
      { ...mine, mailboxes: [] },
      { ...mine, id: 'drf_none' },
    ];
    for (const place of places) {
      expect(await store.draft(place)).toBeNull();
      expect(await store.updateDraft({ ...place, ...edit, change: { subject: 'x' } })).toBeNull();
      expect(await store.deleteDraft({ ...place, by: 'x' })).toBeNull();
      expect(await store.freezeDraft({ ...place, version: 1, sendAt: null })).toBeNull();
      await store.draftSent({ ...place, message: 'msg_x', by: 'x' });
      const { id: _id, ...filter } = place;
      if (place.id === made.id)
        expect((await store.drafts({ ...filter, limit: 10 })).items.map((one) => one.id)).toEqual([]);
    }
    expect(await store.draft({ ...mine, mailboxes: [mailbox.id] })).toEqual(made);
  });

  test('lists are newest first, in pages that neither repeat nor skip, and carry no text', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      if (i % 2 === 0) clock.advance(1);
      ids.push((await drafted(store, mailbox)).id);
    }
    const filter = { org: mailbox.org, mode: 'live' as const, mailboxes: null, limit: 2 };
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Store['drafts']>> = await store.drafts({
        ...filter,
        ...(cursor !== null && { cursor }),
      });
      expect(JSON.stringify(page.items)).not.toContain('"text"');
      seen.push(...page.items.map((one) => one.id));
      cursor = page.cursor;
    } while (cursor !== null && seen.length < 20);
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(seen[0]).toBe(ids[4]);
    expect((await store.drafts({ ...filter, status: 'submitted' })).items).toEqual([]);
    expect((await store.drafts({ ...filter, status: 'open', limit: 50 })).items[0]).toMatchObject({
      ...{ to: CONTENT.to, subject: 'Hello' },
    });
  });

  test('a change replaces what it names, takes away what is null, and leaves the rest', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const place = at(mailbox, await drafted(store, mailbox));
    const change = { subject: 'Other', text: null, html: '<p>Hi</p>' };
    const updated = await store.updateDraft({ ...place, ...edit, change, version: 1 });
    expect(updated).toMatchObject({ result: 'updated', draft: { version: 2 } });
    expect(updated?.draft.content).toEqual({ to: CONTENT.to, subject: 'Other', html: '<p>Hi</p>' });
    expect(await store.draft(place)).toEqual(updated?.draft);
  });

  test('of two changes of one version one is stale; the same change again is answered as before', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const place = at(mailbox, await drafted(store, mailbox));
    const change = (subject: string): ReturnType<Store['updateDraft']> =>
      store.updateDraft({ ...place, ...edit, change: { subject }, version: 1 });
    const both = await Promise.all([change('one'), change('two')]);
    expect(both.map((one) => one?.result).sort()).toEqual(['stale', 'updated']);
    const won = both[0]?.result === 'updated' ? 'one' : 'two';
    expect(await change(won)).toMatchObject({ result: 'updated', draft: { version: 2 } });
  });

  test('a draft grows to its bound and not over it, by whatever steps', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const text = 'ü'.repeat(4_500);
    const place = at(mailbox, await drafted(store, mailbox, { content: { text } }));
    expect(await store.updateDraft({ ...place, ...edit, change: { html: text } })).toMatchObject({
      ...{ result: 'too_large', draft: { version: 1 } },
    });
    const whole = { org: mailbox.org, mode: 'live' as const, mailbox: mailbox.id, by: 'prn_a' };
    expect(await store.createDraft({ ...whole, ...BOUNDS, content: { text, html: text } })).toBe('too_large');
  });

  test('a mailbox has no more open drafts than its bound, even where many are made at once', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = {
      org: mailbox.org,
      mailbox: mailbox.id,
      content: CONTENT,
      by: 'prn_a',
      mostBytes: 10_000,
    };
    const make = (mode: 'live' | 'test' = 'live'): ReturnType<Store['createDraft']> =>
      store.createDraft({ ...wanted, mode, mostOpen: 3 });
    const made = await Promise.all(Array.from({ length: 8 }, () => make()));
    const ids = made.flatMap((one) => (typeof one === 'string' ? [] : [one]));
    expect(ids).toHaveLength(3);
    expect(await make('test')).toMatchObject({ mode: 'test' });
    await store.freezeDraft({ ...at(mailbox, ids[0]!), version: 1, sendAt: null });
    expect(await make()).toBe('full');
    await store.draftSent({ ...at(mailbox, ids[0]!), message: `msg_${randomUUID()}`, by: 'x' });
    expect(await make()).toMatchObject({ status: 'open' });
    await store.deleteDraft({ ...at(mailbox, ids[1]!), by: 'x' });
    expect(await make()).toMatchObject({ status: 'open' });
  });

  test('of many that submit one version one freezes it, and the others join', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const place = at(mailbox, await drafted(store, mailbox));
    const sendAt = '2026-05-01T09:00:00.000Z';
    const freeze = (over: object = {}): ReturnType<Store['freezeDraft']> =>
      store.freezeDraft({ ...place, version: 1, sendAt, ...over });
    expect(await freeze({ version: 2 })).toMatchObject({ result: 'stale', draft: { status: 'open' } });
    const all = await Promise.all(Array.from({ length: 6 }, () => freeze()));
    expect(all.filter((one) => one?.result === 'frozen')).toHaveLength(1);
    expect(all.filter((one) => one?.result === 'joined')).toHaveLength(5);
    expect(all[0]?.draft).toMatchObject({ status: 'submitting', submission: { version: 1, sendAt } });
    expect((await freeze({ sendAt: null }))?.result).toBe('differs');
    expect((await freeze({ version: 2 }))?.result).toBe('stale');
  });

  test('a frozen draft is neither changed nor deleted; refused, it opens under another version', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const place = at(mailbox, await drafted(store, mailbox));
    await store.freezeDraft({ ...place, version: 1, sendAt: null });
    const change = { ...place, ...edit, change: { subject: 'x' } };
    expect((await store.updateDraft(change))?.result).toBe('closed');
    expect((await store.deleteDraft({ ...place, by: 'x' }))?.result).toBe('closed');
    await store.reopenDraft({ ...place, version: 7, by: 'x' });
    expect((await store.draft(place))?.status).toBe('submitting');
    await store.reopenDraft({ ...place, version: 1, by: 'x' });
    expect(await store.draft(place)).toMatchObject({ status: 'open', version: 3, submission: null });
    expect((await store.freezeDraft({ ...place, version: 1, sendAt: null }))?.result).toBe('stale');
    expect((await store.updateDraft(change))?.draft.version).toBe(4);
  });

  test('a draft whose email is there stays submitted, as the first email', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const place = at(mailbox, await drafted(store, mailbox));
    await store.freezeDraft({ ...place, version: 1, sendAt: null });
    for (const message of ['msg_first', 'msg_second']) await store.draftSent({ ...place, message, by: 'x' });
    await store.reopenDraft({ ...place, version: 1, by: 'x' });
    const submitted = { status: 'submitted', messageId: 'msg_first', submission: { version: 1 } };
    expect(await store.draft(place)).toMatchObject(submitted);
    expect((await store.deleteDraft({ ...place, by: 'x' }))?.result).toBe('closed');
    expect((await store.freezeDraft({ ...place, version: 1, sendAt: null }))?.result).toBe('joined');
  });

  test('what happened to a draft is in the audit, and nothing of its content', async () => {
    const { db, store } = bed();
    const mailbox = await makeMailbox(store);
    const place = at(mailbox, await drafted(store, mailbox));
    await store.updateDraft({ ...place, ...edit, change: { subject: 'Secret' } });
    await store.freezeDraft({ ...place, version: 2, sendAt: null });
    await store.draftSent({ ...place, message: 'msg_1', by: 'prn_c' });
    await store.deleteDraft({ ...at(mailbox, await drafted(store, mailbox)), by: 'x' });
    const rows = await db
      .selectFrom('audit')
      .select(['type', 'body'])
      .where('org', '=', mailbox.org)
      .orderBy('seq')
      .execute();
    const told = rows.filter((one) => one.type.startsWith('draft.'));
    expect(told.map((one) => one.type)).toEqual([
      ...['draft.created', 'draft.updated', 'draft.submitted', 'draft.created', 'draft.deleted'],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/reader\.example|Secret|Hello/u);
  });
}
