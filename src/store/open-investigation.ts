/** @module Investigations as reports open them: in the transaction of the report, each once. */
import { sql } from 'kysely';
import type { Mode } from '../core/email/id.js';
import { idWith } from './id.js';
import type { InvestigationKind, InvestigationStatus } from './port/investigations.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

export interface InvestigationsTable {
  org: string;
  id: string;
  mode: Mode;
  kind: InvestigationKind;
  status: InvestigationStatus;
  mailbox: string;
  provider: string;
  message: string;
  recipient: number;
  smtp_status: string | null;
  reports: number;
  last_report_at: Date;
  assignee: string | null;
  finding: string | null;
  resolved_by: string | null;
  resolved_at: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export type NewInvestigation = Pick<
  Rows['investigations'],
  'org' | 'mode' | 'kind' | 'mailbox' | 'provider' | 'message' | 'recipient' | 'smtp_status'
>;

/** In key order, so that two webhooks about the same mailboxes never wait for each other. */
export async function openInvestigations(work: Work, all: readonly NewInvestigation[]): Promise<void> {
  const keyOf = ({ kind, ...one }: NewInvestigation): string =>
    kind === 'block'
      ? `${one.org} ${one.mode} ${one.mailbox} ${one.provider}`
      : `${one.message} ${one.recipient}`;
  const sorted = [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const one of sorted) await openOne(work, one);
}

async function openOne({ trx, now, note }: Work, wanted: NewInvestigation): Promise<void> {
  const row: Rows['investigations'] = {
    ...wanted,
    ...{ id: idWith('inv'), status: 'open', reports: 1, last_report_at: now, version: 1 },
    ...{ assignee: null, finding: null, resolved_by: null, resolved_at: null },
    ...{ created_at: now, updated_at: now },
  };
  const kept = await trx
    .insertInto('investigations')
    .values(row)
    .onConflict((conflict) =>
      row.kind === 'complaint'
        ? conflict
            .columns(['message', 'recipient'])
            .where(sql<boolean>`kind = 'complaint'`)
            .doNothing()
        : conflict
            .columns(['org', 'mode', 'mailbox', 'provider'])
            .where(sql<boolean>`kind = 'block' and status <> 'resolved'`)
            .doUpdateSet((eb) => ({ reports: eb('investigations.reports', '+', 1), last_report_at: now })),
    )
    .returning('id')
    .executeTakeFirst();
  if (kept?.id !== row.id) return;
  const { org, mode, mailbox, message, kind, recipient, smtp_status: smtpStatus } = row;
  note({
    ...{ org, mode, mailbox, message, type: 'investigation.opened', by: row.provider },
    data: { investigation: row.id, kind, recipients: [recipient] },
    about: [{ index: recipient, reason: kind, smtpStatus }],
  });
}
