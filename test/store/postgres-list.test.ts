/**
 * @module What a page of the list costs on PostgreSQL: rows that are looked at, not time. The most frequent value of
 * each filter, the rarest, and a page far down the list each look at some hundred rows, of thousands.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgres } from '../../src/store/index.js';
import { messageListQuery } from '../../src/store/message-list.js';
import type { MessageFilter } from '../../src/store/store.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { makeMailbox, START, storeOver, type TestStore } from '../support/store.js';

const MESSAGES = 30_000;
/** A page is 51 rows; a few statuses or mailboxes are as many pages, and a join looks at each row twice. */
const MOST_ROWS = 400;

let server: TestPostgres;
let bed: TestStore;
let org: string;
let mailboxes: string[];
beforeAll(async () => {
  server = await startPostgres();
  bed = await storeOver(openPostgres(await server.database('plans'), { max: 2, statementTimeoutMs: 60_000 }));
  const first = await makeMailbox(bed.store);
  ({ org } = first);
  const second = await makeMailbox(bed.store, { org, address: 'second@sender.example' });
  mailboxes = [first.id, second.id];
  // One in 3,000 is rare in everything.
  await sql`
    insert into messages (org, id, mailbox, mode, dedupe_key, request_hash, owner_run, principal, category, subject,
      revision, digest, status, version, verdict, contacted, notes, attempt_floor, attempt_last, tried, round,
      due_since, maybe_sent, created_at, updated_at)
    select ${org}, 'msg_' || n, case when n % 3000 = 7 then ${second.id} else ${first.id} end, 'live', n::text, '', '',
      'prn', case when n % 3000 = 7 then 'commercial' else 'transactional' end, '', 1, '',
      case when n % 3000 = 7 then 'held' else 'delivered' end, 1, 'null', '[]', '{}', 1, 0, '[]', 0, at, false, at, at
    from (select n, ${START}::timestamptz + n * interval '1 second' as at
      from generate_series(1, ${MESSAGES}::integer) n) all_of_them`.execute(bed.db);
  await sql`
    insert into recipients (org, mode, message, index, kind, address, address_key, status, soft_bounces, created_at)
    select org, mode, id, 0, 'to', name, name, 'ready', 0, created_at
    from (select *, case when status = 'held' then 'rare@x.example' else 'often@x.example' end as name
      from messages) named`.execute(bed.db);
  await sql`
    insert into tags (org, mode, message, tag, created_at)
    select org, mode, id, case when status = 'held' then 'rare' else 'often' end, created_at
    from messages`.execute(bed.db);
  await sql`vacuum analyze`.execute(bed.db);
}, 120_000);
afterAll(async () => {
  await bed.end();
  await server.stop();
});

interface Node {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The most rows that any step of the plan looked at. */
async function rowsLookedAt(filter: Partial<MessageFilter>): Promise<number> {
  const query = messageListQuery({ org, mode: 'live', mailboxes: null, limit: 50, ...filter });
  const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: Node }] }>`
    explain (analyze, format json) ${query}`.execute(bed.db);
  const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan);
  return Math.max(
    ...nodes.map((one) => (one['Actual Rows'] + (one['Rows Removed by Filter'] ?? 0)) * one['Actual Loops']),
  );
}

const far = Buffer.from(
  JSON.stringify([new Date(START.getTime() + 5_000_000).toISOString(), 'msg_5000']),
).toString('base64url');

test.each<[string, (all: string[]) => Partial<MessageFilter>]>([
  ['no filter', () => ({})],
  ['a frequent status', () => ({ status: ['delivered'] })],
  ['a rare status', () => ({ status: ['held'] })],
  ['several statuses', () => ({ status: ['held', 'delivered', 'sent'] })],
  ['several rare statuses', () => ({ status: ['held', 'failed'] })],
  ['a frequent mailbox', ([first = '']) => ({ mailboxes: [first] })],
  ['a rare mailbox', ([, second = '']) => ({ mailboxes: [second] })],
  ['several mailboxes', (all) => ({ mailboxes: all })],
  ['several rare mailboxes', ([, second = '']) => ({ mailboxes: [second, 'mbx_without_email'] })],
  ['a frequent category', () => ({ category: 'transactional' })],
  ['a rare category', () => ({ category: 'commercial' })],
  ['a category that nobody used', () => ({ category: 'conversational' })],
  ['a frequent tag', () => ({ tag: 'often' })],
  ['a rare tag', () => ({ tag: 'rare' })],
  ['a frequent recipient', () => ({ recipient: 'Often@x.example' })],
  ['a rare recipient', () => ({ recipient: 'rare@x.example' })],
  ['a recipient that nobody wrote to', () => ({ recipient: 'nobody@x.example' })],
  ['a time', () => ({ createdAfter: '2026-03-02T12:00:00.000Z', createdBefore: '2026-03-02T12:30:00.000Z' })],
])('a page by %s looks at few rows, at the top of the list and far down', async (_, filterOf) => {
  const filter = filterOf(mailboxes);
  for (const place of [{}, { cursor: far }])
    expect(await rowsLookedAt({ ...filter, ...place })).toBeLessThan(MOST_ROWS);
});
