/**
 * @module People whom an edit took out of an email: its revisions still name them, and hold what was written to them.
 * Only emails that were edited are read, by an index of their own, some at a time.
 */
import { sql, type Kysely } from 'kysely';
import { addressKey, domainOf } from '../core/email/address.js';
import { recipientsOf, type Revision } from '../core/email/revision.js';
import type { Person } from './erasures.js';
import { fromJson, type Json } from './json.js';
import type { Tables } from './tables.js';

interface Row {
  message: string;
  revision: number;
  content: Json;
}

/** Revisions in memory at a time: a content may be large. */
const PAGE = 20;

/** Local parts that JSON and Unicode leave as they are. */
const PLAIN = /^[a-z0-9._-]+$/u;

/** Ids of edited emails of which a revision names somebody. */
export async function editedMessagesTo(
  db: Kysely<Tables>,
  { org, key }: Pick<Person, 'org' | 'key'>,
): Promise<string[]> {
  const domain = `@${domainOf(key)}`;
  const local = key.slice(0, -domain.length);
  const found = new Set<string>();
  let after: Pick<Row, 'message' | 'revision'> = { message: '', revision: 0 };
  for (;;) {
    // As text: PostgreSQL does not read every JSON that a text can make (an escaped NUL).
    const { rows } = await sql<Row>`
      select message, revision, content from revisions
      where org = ${org}
        and message in (select message from revisions where org = ${org} and revision > 1)
        and (message, revision) > (${after.message}, ${after.revision}::integer)
        and position(${domain} in lower(content)) > 0
        and position(${PLAIN.test(local) ? local : ''} in lower(content)) > 0
      order by message, revision limit ${PAGE}
    `.execute(db);
    for (const { message, content } of rows)
      if (recipientsOf(fromJson<Revision>(content)).some((one) => addressKey(one.address) === key))
        found.add(message);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return [...found];
    after = last;
  }
}
