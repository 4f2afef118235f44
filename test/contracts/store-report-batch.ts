/** @module Reports of one webhook, together in one transaction: the same rows as each of them alone would leave. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { admission, content, makeMailbox, newOrg, send, START, type TestStore } from '../support/store.js';
import type { Bed } from './store.js';

/** Each tenth email has two people in it, the last of whom other emails go to as well. */
const SHARED = 'shared@reader.example';

interface World {
  org: string;
  ids: string[];
}

/** The same emails in an org of their own, all sent. */
async function world({ store }: TestStore, count: number): Promise<World> {
  const mailbox = await makeMailbox(store, {
    org: newOrg(),
    policy: { limits: { hourly: 500, daily: 500 } },
  });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const to = [`reader-${i}@reader.example`, ...(i % 10 === 0 ? [SHARED] : [])];
    const wanted = admission(mailbox, { content: content({ to }) });
    await store.admit(wanted);
    await send(store, wanted, `given-${wanted.id}`);
    ids.push(wanted.id);
  }
  return { org: mailbox.org, ids };
}

/** What a provider may say of a hundred emails in one webhook. */
function webhook({ org, ids }: World): ProviderReport[] {
  const at = START.toISOString();
  const told = ids.flatMap((id, i): ProviderReport[] => {
    const report = (changes: Partial<ProviderReport>, n = 0): ProviderReport => ({
      ...{ reportId: `${org}-${i}-${n}`, type: 'delivered', message: `given-${id}`, at },
      ...changes,
    });
    const of = [
      () => [report({})],
      () => [report({ type: 'bounced', bounce: 'hard', smtpStatus: '5.1.1', reason: 'no such user' })],
      () => [report({ type: 'bounced', bounce: 'soft' })],
      () => [report({ type: 'complained' })],
      () => [report({ type: 'bounced', bounce: 'block', smtpStatus: '5.7.1' })],
      // Twice the same, two of one email, and one that nobody knows.
      () => [report({}), report({})],
      () => [report({}), report({ type: 'opened', message: id }, 1)],
      () => [report({ type: 'bounced', bounce: 'soft' }), report({ type: 'delivered' }, 1)],
      () => [report({ message: `${org} knows nothing of ${i}` })],
      () => [report({ type: 'deferred' }), report({ type: 'unsubscribed' }, 1)],
    ];
    return of[i % of.length]?.() ?? [];
  });
  const shared = ids.flatMap((id, i): ProviderReport[] =>
    i % 10 === 0
      ? [{ reportId: `${org}-${i}-s`, type: 'bounced', bounce: 'hard', message: id, recipient: SHARED }]
      : [],
  );
  return [...told, ...shared];
}

/** Everything that reports change, without names that two worlds cannot have in common. */
async function rowsOf({ db }: TestStore, { org, ids }: World): Promise<unknown> {
  const read = async (query: ReturnType<typeof sql>): Promise<string[]> => {
    const { rows } = await query.execute(db);
    const text = (row: unknown): string =>
      JSON.stringify(row)
        .replaceAll(org, 'ORG')
        .replaceAll(/msg_[0-9a-f]+/gu, (id) => `email ${ids.indexOf(id)}`)
        .replaceAll(/(?:mbx|inv|sup)_[\w-]+/gu, 'ID');
    return rows.map(text).sort();
  };
  return {
    messages: await read(sql`
      select id, status, wait_reason, wait_until, case when closed_at is null then due_since end as due_since,
        maybe_sent, closed_at, sweep_at, updated_at
      from messages where org = ${org}`),
    recipients: await read(sql`select * from recipients where org = ${org}`),
    reports: await read(sql`
      select provider, report_id, message, named, recipient, address, type, bounce, reason, smtp_status, machine,
        not_spam, at, received_at
      from reports where starts_with(report_id, ${org})`),
    suppressions: await read(sql`
      select mode, scope, address, address_key, reason, source, message, created_at, expires_at, removed_at
      from suppressions where org = ${org}`),
    softBounces: await read(sql`select mode, address_key, finals from soft_bounces where org = ${org}`),
    investigations: await read(sql`
      select kind, status, message, recipient, smtp_status, reports, mailbox from investigations where org = ${org}`),
    // In order for each message; of two messages either may be first.
    audit: await read(sql`
      select message, string_agg(type || (body::json -> 'data')::text, ',' order by seq) as told
      from audit where org = ${org} and by = 'smtp' and type like 'message.%' group by message`),
    consequences: await read(sql`
      select message, type, by, body::json -> 'data' as data from audit
      where org = ${org} and (type like 'suppression.%' or type like 'investigation.%')`),
    told: await read(sql`
      select message, type, mode, mailbox, recipient, reason, smtp_status, created_at from outbox where org = ${org}`),
  };
}

export function reportBatchContract(bed: Bed): void {
  test('a webhook about a hundred emails leaves the rows that its reports would leave one by one', async () => {
    const { store } = bed();
    const [together, apart] = [await world(bed(), 100), await world(bed(), 100)];
    const results = await store.applyReports('smtp', webhook(together));
    const single = [];
    for (const report of webhook(apart)) single.push(...(await store.applyReports('smtp', [report])));
    expect(results.map((one) => one.result)).toEqual(single.map((one) => one.result));
    expect(new Set(results.map((one) => one.result))).toEqual(new Set(['applied', 'duplicate', 'unmatched']));
    expect(await rowsOf(bed(), together)).toEqual(await rowsOf(bed(), apart));
    const again = await store.applyReports('smtp', webhook(together));
    expect(new Set(again.map((one) => one.result))).toEqual(new Set(['duplicate']));
  });

  test('of many emails each has its own columns written, whichever of them changed', async () => {
    const { store, db } = bed();
    const { org, ids } = await world(bed(), 20);
    const half = ids.slice(0, 10);
    const report = (message: string, type: ProviderReport['type']): ProviderReport => ({
      ...{ reportId: `${message}-${type}`, type, message },
    });
    await store.applyReports('smtp', [
      ...half.map((id) => report(id, 'delivered')),
      ...ids.slice(10).map((id) => report(id, 'deferred')),
    ]);
    const rows = await db
      .selectFrom('messages')
      .select(['id', 'status', 'subject', 'category', 'closed_at'])
      .where('org', '=', org)
      .execute();
    expect(rows).toHaveLength(20);
    for (const { id, subject, category, status, closed_at } of rows) {
      const isDelivered = half.includes(id);
      expect({ subject, category }).toEqual({ subject: 'Hello', category: 'transactional' });
      expect(status).toBe(isDelivered ? 'delivered' : 'deferred');
      expect(closed_at === null).toBe(!isDelivered);
    }
  });
}
