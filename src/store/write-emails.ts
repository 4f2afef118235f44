/**
 * @module What changed of messages and their recipients, left for the end of the transaction: a webhook about a
 * hundred emails writes as many statements as a report about one.
 */
import { sql } from 'kysely';
import { recordset, valuesOf } from './recordset.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** Of a message; `values` are the columns that changed. */
export interface MessageChange {
  message: Pick<Rows['messages'], 'org' | 'id'>;
  values: Partial<Rows['messages']>;
}

/** Recipients in one statement: a hundred emails to fifty people each are more than one has time for. */
const MOST_RECIPIENTS = 1_000;

const NAMED = [
  ...([
    'org',
    'mode',
    'message',
    'index',
    'kind',
    'address',
    'address_key',
    'created_at',
    'mailbox',
  ] as const),
];
const CHANGING = [
  ...(['status', 'reason', 'smtp_status', 'soft_bounces', 'bounce', 'retry_at', 'attempt', 'try'] as const),
  ...(['delivered_at', 'counted_at'] as const),
];

/** New ones, and what changed of those that are there. */
export async function writeRecipients(
  { trx, later, flush }: Work,
  changed: readonly Rows['recipients'][],
): Promise<void> {
  for (let from = 0; from < changed.length; from += MOST_RECIPIENTS) {
    if (from > 0) await flush();
    const rows = changed.slice(from, from + MOST_RECIPIENTS);
    const columns = [...NAMED, ...CHANGING];
    later(
      [...new Set(rows.map((one) => `recipients of ${one.message}`))],
      trx
        .insertInto('recipients')
        .columns(columns)
        .expression(valuesOf('recipients', columns, rows))
        .onConflict((conflict) =>
          conflict
            .columns(['message', 'index'])
            .doUpdateSet((eb) =>
              Object.fromEntries(CHANGING.map((name) => [name, eb.ref(`excluded.${name}`)])),
            ),
        ),
    );
  }
}

/** Those of which the same columns changed go together. */
export function writeMessages({ trx, later }: Work, changes: readonly MessageChange[]): void {
  const alike = new Map<string, MessageChange[]>();
  for (const one of changes) {
    const columns = Object.keys(one.values).sort().join();
    alike.set(columns, [...(alike.get(columns) ?? []), one]);
  }
  for (const group of alike.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { org, id } = first.message;
    const update = trx.updateTable('messages');
    if (group.length === 1) {
      later(`message ${id}`, update.set(first.values).where('org', '=', org).where('id', '=', id));
      continue;
    }
    const rows = group.map(({ message, values }) => ({ ...values, org: message.org, id: message.id }));
    later(
      rows.map((row) => `message ${row.id}`),
      update
        .from(recordset('messages', rows).as<'told'>(sql`told`))
        .set(Object.fromEntries(Object.keys(first.values).map((name) => [name, sql.ref(`told.${name}`)])))
        .whereRef('messages.org', '=', 'told.org')
        .whereRef('messages.id', '=', 'told.id'),
    );
  }
}
