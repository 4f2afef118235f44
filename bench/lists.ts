/** @module Pages of a list as it grows: what is shown first, far down, and where only few are wanted. */
import { Client } from 'pg';
import { drive, quantile } from './load.js';
import type { Row } from './measure.js';
import type { Scene } from './scene.js';

const PAGES: Readonly<Record<string, string>> = {
  first: '/v1/messages?limit=50',
  deep: '/v1/messages?limit=50&createdBefore=2021-01-01T00:00:00Z',
  status: '/v1/messages?limit=50&status=bounced',
  tag: '/v1/messages?limit=50&tag=rare',
};

/** Rows are copied straight into the database: a million emails through Temporal would take half a day. */
export async function lists(
  { subjects, databaseUrl }: Scene,
  sizes: readonly number[],
  say: (line: string) => void,
): Promise<Row[]> {
  if (databaseUrl === undefined) return [];
  const db = new Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    const rows: Row[] = [];
    let from = 0;
    for (const size of sizes) {
      say(`lists: ${size} messages`);
      await grow(db, from, size);
      from = size;
      for (const [name, path] of Object.entries(PAGES)) {
        await drive(10, 1, () => subjects.get(path));
        const { latencies } = await drive(100, 1, () => subjects.get(path));
        rows.push({ id: `list.${name}.${size}`, value: quantile(latencies, 0.5), unit: 'ms a page of 50' });
      }
    }
    return rows;
  } finally {
    await db.end();
  }
}

/** One in a thousand has bounced, and one in a thousand has the tag. The oldest is of 2020. */
async function grow(db: Client, from: number, to: number): Promise<void> {
  const { rows } = await db.query<{ column_name: string }>(
    `select column_name from information_schema.columns where table_name = 'messages' order by ordinal_position`,
  );
  const of: Record<string, string> = {
    id: `'list_' || n`,
    dedupe_key: `'list_' || n`,
    created_at: `timestamptz '2020-01-01' + n * interval '100 s'`,
    status: `case when n % 1000 = 0 then 'bounced' else 'delivered' end`,
    ...{ closed_at: 'now()', sweep_at: 'null' },
  };
  const columns = rows.map((row) => row.column_name);
  const values = columns.map((name) => of[name] ?? `one."${name}"`);
  await db.query(
    `insert into messages ("${columns.join('","')}") select ${values.join(', ')}
     from generate_series(${from + 1}, ${to}) n, (select * from messages where mode = 'live' limit 1) one`,
  );
  await db.query(
    `insert into tags select org, mode, id, 'rare', created_at from messages
     where id in (select 'list_' || n from generate_series(${from + 1}, ${to}, 1000) n)`,
  );
  await db.query('analyze messages, tags');
}
