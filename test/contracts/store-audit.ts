/** @module The audit: append-only, ordered, each row with the digest of its bytes, and without addresses. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { admission, content, makeMailbox, send, sha256 } from '../support/store.js';
import type { Bed } from './store.js';

export function auditContract(bed: Bed): void {
  test('nothing can be changed, deleted or emptied', async () => {
    const { db, store } = bed();
    await makeMailbox(store);
    for (const statement of ['update audit set type = type', 'delete from audit', 'truncate audit'])
      await expect(sql.raw(statement).execute(db), statement).rejects.toThrow(/append-only/u);
  });

  test('each row carries the digest of its canonical bytes', async () => {
    const { db, store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox);
    await store.admit(wanted);
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('org', '=', mailbox.org)
      .orderBy('seq')
      .execute();
    expect(rows.map((row) => row.type)).toEqual([
      'mailbox.created',
      'policy.set',
      'message.admitted',
      'message.queued',
    ]);
    for (const row of rows) {
      expect(row.digest).toBe(sha256(row.body));
      expect(JSON.parse(row.body)).toMatchObject({ org: mailbox.org, type: row.type, by: row.by });
    }
  });

  test('a trace tells the whole way, in order, and no address or text', async () => {
    const { store } = bed();
    const mailbox = await makeMailbox(store);
    const wanted = admission(mailbox, {
      content: content({ subject: 'Secret plan' }),
      reason: 'Secret reason',
    });
    await store.admit(wanted);
    await send(store, wanted);
    const bounce = { type: 'bounced', bounce: 'hard', message: wanted.id } as const;
    await store.applyReports('smtp', [{ reportId: wanted.id, ...bounce, recipient: 'ada@reader.example' }]);
    const trace = await store.trace(mailbox.org, wanted.id);
    expect(trace.map((one) => one.type)).toEqual([
      ...['message.admitted', 'message.queued', 'delivery.claimed', 'message.sent', 'message.bounced'],
      'suppression.created',
    ]);
    expect(trace.map((one) => one.seq)).toEqual([...trace.map((one) => one.seq)].sort((a, b) => a - b));
    expect(JSON.stringify(trace)).not.toMatch(/@|Secret/u);
    expect(await store.trace('org-stranger', wanted.id)).toEqual([]);
  });
}
