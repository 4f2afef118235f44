/** @module What every backend keeps of uploads: whose they are, for how long, and how many. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Problem } from '../../src/errors.js';
import type { Store, UploadOwner, UploadRow } from '../../src/store/store.js';
import { admission, attachment, makeMailbox, newOrg, sha256, START } from '../support/store.js';
import type { Bed } from './store.js';

const DAY = 24 * 3_600_000;
const MB = 1_000_000;

const text = (): Uint8Array => new TextEncoder().encode(`bytes ${randomUUID()}`);
const put = async (store: Store, owner: UploadOwner, bytes = text()): Promise<UploadRow> =>
  await store.putUpload({
    ...{ ...owner, bytes, sha256: sha256(bytes), contentType: 'text/plain', by: 'prn_agent' },
  });
const refusal = (error: unknown): unknown => (error instanceof Problem ? error.code : error);

export function uploadContract(bed: Bed): void {
  const owner = (): UploadOwner => ({ org: newOrg(), mode: 'live' });
  const sweep = async (): Promise<{ uploads: number }> =>
    await bed().store.deleteExpired({ dedupeWindowMs: 0, limit: 1_000 });

  test('an upload is known to its org in its mode, and to nobody else', async () => {
    const { store } = bed();
    const mine = owner();
    const row = await put(store, mine);
    expect(row).toMatchObject({ contentType: 'text/plain', size: 42 });
    expect(row.expiresAt).toBe(new Date(START.getTime() + 30 * DAY).toISOString());
    expect(await store.upload(mine, row.sha256)).toEqual(row);
    for (const other of [owner(), { ...mine, mode: 'test' as const }]) {
      expect(await store.upload(other, row.sha256)).toBeNull();
      expect(await store.holdUploads(other, [row.sha256])).toEqual([]);
      expect(await store.uploadedBytes({ ...other, id: 'msg_x' }, [row.sha256])).toEqual(new Map());
    }
  });

  test('it goes after 30 days, bytes and all, unless it was uploaded again or an email is to name it', async () => {
    const { store, clock } = bed();
    const mine = owner();
    const [once, again, held] = [text(), text(), text()];
    for (const bytes of [once, again, held]) await put(store, mine, bytes);
    clock.advance(20 * DAY);
    await put(store, mine, again);
    expect(await store.holdUploads(mine, [sha256(held), 'f'.repeat(64)])).toMatchObject([
      { sha256: sha256(held), expiresAt: new Date(START.getTime() + 50 * DAY).toISOString() },
    ]);
    clock.advance(10 * DAY);
    expect(await store.upload(mine, sha256(once))).toBeNull();
    expect((await sweep()).uploads).toBeGreaterThanOrEqual(1);
    expect(await store.blob(sha256(once))).toBeNull();
    for (const bytes of [again, held]) {
      expect(await store.upload(mine, sha256(bytes))).not.toBeNull();
      expect(await store.blob(sha256(bytes))).not.toBeNull();
    }
    clock.advance(20 * DAY);
    await sweep();
    expect(await store.blob(sha256(held))).toBeNull();
  });

  test('bytes that one org lets go stay for the other that uploaded them later', async () => {
    const { store, clock } = bed();
    const [first, second] = [owner(), owner()];
    const bytes = text();
    await put(store, first, bytes);
    clock.advance(15 * DAY);
    await put(store, second, bytes);
    clock.advance(20 * DAY);
    await sweep();
    expect(await store.upload(first, sha256(bytes))).toBeNull();
    expect(await store.uploadedBytes({ ...second, id: 'msg_x' }, [sha256(bytes)])).toHaveProperty('size', 1);
  });

  test('an email may carry what its org uploaded, and what an earlier revision of it carried', async () => {
    const { store, clock } = bed();
    const mailbox = await makeMailbox(store);
    const mine: UploadOwner = { org: mailbox.org, mode: 'live' };
    const carried = attachment(`carried ${randomUUID()}`);
    const sent = admission(mailbox, { attachments: [carried] });
    await store.admit(sent);
    const uploaded = text();
    await put(store, mine, uploaded);
    const digests = [carried.sha256, sha256(uploaded)];
    expect([...(await store.uploadedBytes({ ...mine, id: sent.id }, digests)).keys()].sort()).toEqual(
      [...digests].sort(),
    );
    expect([...(await store.uploadedBytes({ ...mine, id: 'msg_other' }, digests)).keys()]).toEqual([
      sha256(uploaded),
    ]);
    expect(await store.uploadedBytes({ org: newOrg(), mode: 'live', id: sent.id }, digests)).toEqual(
      new Map(),
    );
    clock.advance(40 * DAY);
    await sweep();
    expect([...(await store.uploadedBytes({ ...mine, id: sent.id }, digests)).keys()]).toEqual([
      carried.sha256,
    ]);
  });

  test('an org keeps a bounded number of bytes that no email names, however many upload at once', async () => {
    const { store, db, clock } = bed();
    const mailbox = await makeMailbox(store);
    const mine: UploadOwner = { org: mailbox.org, mode: 'live' };
    const row = { ...mine, content_type: 'text/plain', by: 'x', named_at: null, created_at: clock() };
    const expires_at = new Date(START.getTime() + DAY);
    // Two more small ones have room: each counts 65,536 at least.
    const sizes = [...Array.from({ length: 199 }, () => 5 * MB), 5 * MB - 150_000];
    await db
      .insertInto('uploads')
      .values(sizes.map((size) => ({ ...row, sha256: sha256(randomUUID()), size, expires_at })))
      .execute();
    const bytes = [1, 2, 3, 4, 5].map(text);
    const answers = await Promise.allSettled(bytes.map((one) => put(store, mine, one)));
    const kept = bytes.filter((_, i) => answers[i]?.status === 'fulfilled');
    expect(kept).toHaveLength(2);
    for (const one of answers)
      if (one.status === 'rejected') expect(refusal(one.reason)).toBe('rate_limited');
    for (const one of bytes) expect((await store.blob(sha256(one))) !== null).toBe(kept.includes(one));
    // What test keys keep, and what live ones do, is counted apart.
    expect(await put(store, { ...mine, mode: 'test' })).toHaveProperty('size');
    // The same again is no more than before.
    await put(store, mine, kept[0]);
    expect(await put(store, { ...mine, org: newOrg() })).toHaveProperty('size');
    // What an email names counts no longer; and what is over neither.
    await store.admit(
      admission(mailbox, {
        attachments: [{ ...attachment('x'), sha256: sha256(kept[0]!), bytes: kept[0]! }],
      }),
    );
    const more = text();
    await put(store, mine, more);
    await expect(put(store, mine)).rejects.toThrow(/rate_limited/u);
    clock.advance(2 * DAY);
    await put(store, mine);
  });
}
