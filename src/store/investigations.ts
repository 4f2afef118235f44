/** @module Investigations as people take them up and close them: open, then assigned, then resolved. */
import type { Kysely } from 'kysely';
import { anyOf } from './any-of.js';
import { cleaned, iso, isoOrNull } from './json.js';
import { newestPage } from './page.js';
import type {
  InvestigationChanged,
  InvestigationRow,
  InvestigationScope,
  InvestigationStore,
  OneInvestigation,
} from './port/investigations.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

export function investigations(db: Kysely<Tables>, settings: StoreSettings): InvestigationStore {
  return {
    investigations: async ({ status = [], kind, limit, cursor, ...scope }) =>
      await newestPage(
        seenBy(db, scope)
          .$if(status.length > 0, (query) => query.where('investigations.status', 'in', [...status]))
          .$if(kind !== undefined, (query) => query.where('investigations.kind', '=', kind ?? 'complaint')),
        { limit, cursor },
        investigationOf,
        'investigations',
      ),

    investigation: (one) => single(find(db, one)),

    assignInvestigation: ({ to, by, version, ...one }) =>
      transact(db, settings, async (work) => {
        const { trx, note } = work;
        const before = await locked(work, one);
        if (before === null) return null;
        if (version !== undefined && version !== before.version) return 'stale';
        if (before.status === 'resolved') return 'resolved';
        const principal = await trx
          .selectFrom('principals')
          .select('id')
          .where('org', '=', one.org)
          .where('id', '=', to)
          .executeTakeFirst();
        if (principal === undefined) return 'nobody';
        if (before.assignee === to) return await find(trx, one);
        note({
          ...{ org: one.org, message: before.message, type: 'investigation.assigned', by },
          data: { investigation: one.id, to },
        });
        return await changed(work, one, before, { status: 'assigned', assignee: to });
      }),

    resolveInvestigation: ({ finding, by, version, ...one }) =>
      transact(db, settings, async (work) => {
        const { now, note } = work;
        const before = await locked(work, one);
        if (before === null) return null;
        const words = cleaned(finding);
        if (before.status === 'resolved')
          return before.resolved_by === by && before.finding === words
            ? await find(work.trx, one)
            : 'resolved';
        if (version !== undefined && version !== before.version) return 'stale';
        const { org, mode, mailbox, message, kind, recipient } = before;
        note({
          ...{ org, mode, mailbox, message, type: 'investigation.resolved', by },
          data: { investigation: one.id, kind, reports: before.reports },
          about: [{ index: recipient, reason: kind }],
        });
        const resolved = { status: 'resolved', finding: words, resolved_by: by, resolved_at: now } as const;
        return await changed(work, one, before, resolved);
      }),
  };
}

/** With the address of the recipient, for as long as it is kept. */
const seenBy = (db: Kysely<Tables>, { org, mode, mailboxes }: InvestigationScope) =>
  db
    .selectFrom('investigations')
    .leftJoin('recipients', (join) =>
      join
        .onRef('recipients.message', '=', 'investigations.message')
        .onRef('recipients.index', '=', 'investigations.recipient'),
    )
    .selectAll('investigations')
    .select('recipients.address')
    .where('investigations.org', '=', org)
    .where('investigations.mode', '=', mode)
    .$if(mailboxes !== null, (query) => query.where('investigations.mailbox', 'in', anyOf(mailboxes)));

async function find(
  db: Kysely<Tables>,
  { id, ...scope }: OneInvestigation,
): Promise<InvestigationRow | null> {
  const row = await seenBy(db, scope).where('investigations.id', '=', id).executeTakeFirst();
  return row === undefined ? null : investigationOf(row);
}

async function locked(
  { trx }: Work,
  { org, mode, mailboxes, id }: OneInvestigation,
): Promise<Rows['investigations'] | null> {
  const row = await trx
    .selectFrom('investigations')
    .selectAll()
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('id', '=', id)
    .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)))
    .forUpdate()
    .executeTakeFirst();
  return row ?? null;
}

async function changed(
  { trx, now }: Work,
  one: OneInvestigation,
  { org, id, version }: Rows['investigations'],
  columns: Partial<Rows['investigations']>,
): Promise<InvestigationChanged> {
  const row = trx.updateTable('investigations').set({ ...columns, version: version + 1, updated_at: now });
  await row.where('org', '=', org).where('id', '=', id).execute();
  return await find(trx, one);
}

const investigationOf = (row: Rows['investigations'] & { address: string | null }): InvestigationRow => ({
  ...{ id: row.id, org: row.org, mode: row.mode, kind: row.kind, status: row.status },
  ...{ mailbox: row.mailbox, provider: row.provider, message: row.message },
  ...{ recipient: row.address, recipientIndex: row.recipient, smtpStatus: row.smtp_status },
  ...{ reports: row.reports, lastReportAt: iso(row.last_report_at) },
  ...{ assignee: row.assignee, finding: row.finding },
  ...{ resolvedBy: row.resolved_by, resolvedAt: isoOrNull(row.resolved_at), version: row.version },
  ...{ createdAt: iso(row.created_at), updatedAt: iso(row.updated_at) },
});
