/**
 * @module What judging costs: evaluations of the whole policy on facts in memory, and the transaction that admits an
 * email as the tables that it looks into grow.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { recipientsOf } from '../src/core/email/revision.js';
import { evaluate } from '../src/core/policy/evaluate.js';
import { createStore, openPostgres } from '../src/store/index.js';
import { aPolicy, aRevision, NOW, theFacts } from '../test/support/arbitraries.js';
import { admission, makeMailbox, testSettings } from '../test/support/store.js';
import { drive, quantile } from './load.js';
import type { Row } from './measure.js';
import type { Scene } from './scene.js';

const LISTED = 200;

/** On one core: a message to two people, lists of 200 entries, every rule at its default mode. */
export function evaluations(count: number): Row[] {
  const entries = (name: string): string[] =>
    Array.from({ length: LISTED }, (_, i) => `${name}-${i}.example`);
  const policy = aPolicy({
    allow: [...entries('ally'), 'client.example'],
    deny: entries('rival'),
    vip: entries('vip'),
  });
  const revision = aRevision({ cc: [{ address: 'bob@client.example' }] });
  const facts = theFacts({ contacted: recipientsOf(revision).map((one) => one.index) });
  const run = (times: number): string => {
    let outcome = '';
    for (let i = 0; i < times; i++) ({ outcome } = evaluate(policy, revision, facts, NOW));
    return outcome;
  };
  run(count / 10);
  const began = performance.now();
  const outcome = run(count);
  const seconds = (performance.now() - began) / 1_000;
  if (outcome !== 'allow') throw new Error(`the email of the bench is ${outcome}`);
  return [{ id: 'policy.evaluate', value: count / seconds, unit: 'per second and core' }];
}

/** The transaction alone, in this process, one at a time. */
export async function admissions(
  { databaseUrl }: Scene,
  { suppressions, messages }: { suppressions: readonly number[]; messages: number },
  say: (line: string) => void,
): Promise<Row[]> {
  if (databaseUrl === undefined) return [];
  const db = new Client({ connectionString: databaseUrl });
  await db.connect();
  const store = createStore(
    openPostgres(databaseUrl),
    testSettings(() => new Date()),
  );
  try {
    const mailbox = await makeMailbox(store, {
      policy: { limits: { hourly: 1_000_000, daily: 1_000_000, monthly: 1_000_000 } },
    });
    const admit = (): Promise<unknown> => store.admit(admission(mailbox));
    const measured = async (name: string): Promise<Row[]> => {
      await drive(50, 1, admit);
      const { latencies } = await drive(300, 1, admit);
      return [0.5, 0.99].map((q) => ({
        ...{ id: `admit.${name}.p${q * 100}`, value: quantile(latencies, q), unit: 'ms a transaction' },
      }));
    };
    const rows: Row[] = [];
    let from = 0;
    for (const size of suppressions) {
      say(`admissions: ${size} suppressions`);
      await suppress(db, mailbox.org, from, size);
      from = size;
      rows.push(...(await measured(`suppressions.${size}`)));
    }
    say(`admissions: ${messages} messages before`);
    await receive(db, mailbox, messages);
    rows.push(...(await measured(`messages.${messages}`)));
    return rows;
  } finally {
    await store.end();
    await db.end();
  }
}

async function suppress(db: Client, org: string, from: number, to: number): Promise<void> {
  await db.query(
    `insert into suppressions (org, id, mode, address, address_key, scope, reason, source, created_at)
     select $1, 'sup_' || n, 'live', n || '@listed.example', n || '@listed.example', 'org', 'manual', 'bench', now()
     from generate_series($2::int, $3::int) n`,
    [org, from + 1, to],
  );
  await db.query('analyze suppressions');
}

/** Copies of one that was admitted, to a thousand people, of a month that is over. */
async function receive(
  db: Client,
  { org, id: mailbox }: { org: string; id: string },
  count: number,
): Promise<void> {
  const tables = { messages: 'id', recipients: 'message' } as const;
  const run = randomUUID().slice(0, 8);
  const of: Record<string, string> = {
    ...{ id: `'${run}_' || n`, message: `'${run}_' || n`, dedupe_key: `'${run}_' || n` },
    ...{
      created_at: `now() - interval '60 days' - n * interval '1 s'`,
      closed_at: 'now()',
      sweep_at: 'null',
    },
    ...{ status: `'delivered'`, delivered_at: `now() - interval '60 days'` },
    ...{ address: `(n % 1000) || '@before.example'`, address_key: `(n % 1000) || '@before.example'` },
  };
  for (const [table, key] of Object.entries(tables)) {
    const { rows } = await db.query<{ column_name: string }>(
      'select column_name from information_schema.columns where table_name = $1 order by ordinal_position',
      [table],
    );
    const columns = rows.map((row) => row.column_name);
    const values = columns.map((name) => of[name] ?? `one."${name}"`);
    await db.query(
      `insert into ${table} ("${columns.join('","')}") select ${values.join(', ')}
       from generate_series(1, ${count}) n,
         (select * from ${table} where ${key} = (select max(id) from messages where org = $1 and mailbox = $2) limit 1) one`,
      [org, mailbox],
    );
  }
  await db.query('analyze messages, recipients');
}
