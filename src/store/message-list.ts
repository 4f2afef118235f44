/**
 * @module The list of messages, newest first, as one statement whose page costs the same however many messages there
 * are: every filter has an index in the order of the list, and where several values of one filter are asked for, each
 * gives a page of its own and the pages are merged.
 */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { afterCursor } from './page.js';
import { dateOf } from './json.js';
import type { MessageFilter } from './store.js';
import type { Rows, Tables } from './tables.js';
import { single } from './work.js';

/** More values than this are looked for in one go: so many small pages would cost more. */
const MOST_BRANCHES = 20;

/** One more than the page where there is a next one. */
export async function listMessages(db: Kysely<Tables>, filter: MessageFilter): Promise<Rows['messages'][]> {
  if (filter.mailboxes?.length === 0) return [];
  return (await single(messageListQuery(filter).execute(db))).rows;
}

/** The statement; `mailboxes` is not the empty list. */
export function messageListQuery(filter: MessageFilter): RawBuilder<Rows['messages']> {
  const pages = branchesOf(filter).map(statementOf);
  const [only] = pages;
  if (pages.length === 1 && only !== undefined) return only;
  return sql<Rows['messages']>`
    select * from (${sql.join(pages.map(inBrackets), sql` union all `)}) as pages
    order by created_at desc, id desc limit ${filter.limit + 1}`;
}

const inBrackets = (one: RawBuilder<unknown>): RawBuilder<unknown> => sql`(${one})`;

/** The filters whose pages together hold the page. Where recipient or tag lead, their rows are few enough as it is. */
function branchesOf(filter: MessageFilter): MessageFilter[] {
  const { status, mailboxes, recipient, tag } = filter;
  if (recipient !== undefined || tag !== undefined) return [filter];
  if (status !== undefined && status.length > 1 && status.length <= MOST_BRANCHES)
    return [...new Set(status)].map((one) => ({ ...filter, status: [one] }));
  if (status === undefined && mailboxes !== null && mailboxes.length > 1 && mailboxes.length <= MOST_BRANCHES)
    return [...new Set(mailboxes)].map((one) => ({ ...filter, mailboxes: [one] }));
  return [filter];
}

/** Where the order of the list is read from: the rows of the filter that says most. */
const LEADS = {
  messages: { from: sql`messages`, at: sql`messages.created_at`, id: sql`messages.id` },
  recipients: {
    from: sql`recipients join messages on messages.id = recipients.message`,
    at: sql`recipients.created_at`,
    id: sql`recipients.message`,
  },
  tags: {
    from: sql`tags join messages on messages.id = tags.message`,
    at: sql`tags.created_at`,
    id: sql`tags.message`,
  },
} as const;

function statementOf(filter: MessageFilter): RawBuilder<Rows['messages']> {
  const { recipient, tag, limit } = filter;
  const name = recipient !== undefined ? 'recipients' : tag !== undefined ? 'tags' : 'messages';
  const lead = LEADS[name];
  return sql<Rows['messages']>`
    select messages.* from ${lead.from}
    where ${sql.join(conditionsOf(filter, name), sql` and `)}
    order by ${lead.at} desc, ${lead.id} desc limit ${limit + 1}`;
}

function conditionsOf(filter: MessageFilter, name: keyof typeof LEADS): RawBuilder<unknown>[] {
  const { org, mode, mailboxes, status, category, tag, recipient, createdAfter, createdBefore } = filter;
  const { at, id } = LEADS[name];
  const after = afterCursor(filter.cursor);
  const table = sql.table(name);
  const conditions = [
    sql`${table}.org = ${org} and ${table}.mode = ${mode}`,
    name !== 'messages' && sql`messages.org = ${org} and messages.mode = ${mode}`,
    mailboxes !== null && sql`messages.mailbox ${oneOf(mailboxes)}`,
    status !== undefined && sql`messages.status ${oneOf(status)}`,
    category !== undefined && sql`messages.category = ${category}`,
    recipient !== undefined && sql`lower(recipients.address) = lower(${recipient}::text)`,
    name === 'tags' && sql`tags.tag = ${tag}`,
    name === 'recipients' &&
      tag !== undefined &&
      sql`exists (
      select from tags where tags.message = messages.id and tags.tag = ${tag})`,
    createdAfter !== undefined && sql`${at} >= ${dateOf(createdAfter)}`,
    createdBefore !== undefined && sql`${at} < ${dateOf(createdBefore)}`,
    after !== null && sql`(${at}, ${id}) < (${after.at}, ${after.id})`,
  ];
  return conditions.filter((one) => one !== false);
}

/** A single value as an equality, by which an index is read in its order. */
const oneOf = (values: readonly string[]): RawBuilder<unknown> =>
  values.length === 1 ? sql`= ${values[0]}` : sql`= any(${[...values]})`;
