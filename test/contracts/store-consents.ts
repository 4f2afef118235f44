/** @module The ledger of consents: what counts of it when an email is judged, and that nobody changes it. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Category } from '../../src/core/email/request.js';
import type { MailboxRow, NewConsent, Recorder, Store } from '../../src/store/store.js';
import { admission, content, makeMailbox, newOrg } from '../support/store.js';
import type { Bed } from './store.js';

const ADDRESS = 'ada@reader.example';
const given = (change: Partial<NewConsent> = {}): NewConsent => ({
  ...{ address: ADDRESS, kind: 'granted', basis: 'explicit_opt_in', jurisdiction: 'GDPR', source: 'form' },
  ...{ expiresAt: null, at: '2026-02-01T10:00:00.000Z', ...change },
});
const revoked = (at: string): NewConsent =>
  given({ kind: 'revoked', basis: null, jurisdiction: null, source: 'phone', at });

/** Whether a commercial email to them is allowed. */
export async function mayAdvertise(
  store: Store,
  mailbox: MailboxRow,
  to: string = ADDRESS,
  category: Category = 'commercial',
): Promise<boolean> {
  const { view } = await store.admit(admission(mailbox, { content: content({ to: [to] }), category }));
  return view.status !== 'denied';
}

export const asking = { policy: { consent: { requiredFor: ['commercial'] } } };

export function consentContract(bed: Bed): void {
  const ledger = async (
    ...entries: NewConsent[]
  ): Promise<{ mailbox: MailboxRow; who: Recorder; mayWrite: (to?: string) => Promise<boolean> }> => {
    const { store } = bed();
    const mailbox = await makeMailbox(store, asking);
    const who = { org: mailbox.org, mode: 'live' as const, by: 'prn_keeper' };
    for (const entry of entries) await store.recordConsents(who, [entry]);
    return { mailbox, who, mayWrite: (to) => mayAdvertise(store, mailbox, to) };
  };

  test('commercial email goes to whoever has agreed, however they are spelt, and to nobody else', async () => {
    const { mailbox, mayWrite } = await ledger(given());
    expect(await mayWrite()).toBe(true);
    expect(await mayWrite('ADA@reader.example')).toBe(true);
    expect(await mayWrite('bob@reader.example')).toBe(false);
    expect(await mayAdvertise(bed().store, mailbox, 'bob@reader.example', 'transactional')).toBe(true);
  });

  test('neither a consent of another org nor one of test email counts', async () => {
    const { who, mayWrite } = await ledger();
    await bed().store.recordConsents({ ...who, org: newOrg() }, [given()]);
    await bed().store.recordConsents({ ...who, mode: 'test' }, [given()]);
    expect(await mayWrite()).toBe(false);
  });

  test('the latest entry holds, whenever it was recorded; of two at one instant, that which takes it back', async () => {
    const later = '2026-02-20T10:00:00.000Z';
    expect(await (await ledger(given(), revoked(later))).mayWrite()).toBe(false);
    expect(await (await ledger(revoked(later), given())).mayWrite()).toBe(false);
    expect(await (await ledger(revoked('2026-02-01T10:00:00.000Z'), given())).mayWrite()).toBe(false);
    expect(await (await ledger(given(), revoked('2026-01-01T10:00:00.000Z'))).mayWrite()).toBe(true);
  });

  test('after an objection only a consent counts that they gave themselves', async () => {
    const objected = revoked('2026-01-01T10:00:00.000Z');
    expect(await (await ledger(objected, given({ basis: 'legitimate_interest' }))).mayWrite()).toBe(false);
    expect(await (await ledger(given({ basis: 'legitimate_interest' }))).mayWrite()).toBe(true);
  });

  test('a consent ends at its instant', async () => {
    const { mayWrite } = await ledger(given({ expiresAt: '2026-03-02T10:00:01.000Z' }));
    expect(await mayWrite()).toBe(true);
    bed().clock.advance(1_000);
    expect(await mayWrite()).toBe(false);
  });

  test('the same entry twice is one row, in one call or in two', async () => {
    const { store } = bed();
    const { who } = await ledger();
    const first = await store.recordConsents(who, [given(), given(), given({ source: 'call' })]);
    expect([first.added, first.rows.length]).toEqual([2, 3]);
    const again = await store.recordConsents(who, [given({ source: 'call' }), given()]);
    expect(again).toEqual({ added: 0, rows: [first.rows[2], first.rows[0]] });
    const page = await store.consents({ ...who, limit: 10, address: ADDRESS });
    expect(page.items).toHaveLength(2);
  });

  test('nothing in it is changed or deleted', async () => {
    const { db } = bed();
    const { who } = await ledger(given());
    for (const statement of [
      sql`update consents set basis = 'contractual' where org = ${who.org}`,
      sql`update consents set address_key = 'hmac:1', address = 'hmac:1', at = now() where org = ${who.org}`,
      sql`delete from consents where org = ${who.org}`,
    ])
      await expect(statement.execute(db)).rejects.toThrow(/append-only/u);
  });
}
