/** @module Messages as people read them: one in full, lists, and the trace. */
import type { Receipt } from '../core/delivery/receipt.js';
import type { Kysely, Transaction } from 'kysely';
import { readEmail, type Email } from './email.js';
import { fromJson, iso, isoOrNull } from './json.js';
import { listMessages } from './message-list.js';
import { pageOf } from './page.js';
import type { StoreSettings } from './settings.js';
import type {
  AttemptDetail,
  DecisionDetail,
  MessageDetail,
  MessageSummary,
  RecipientDetail,
  ReportDetail,
  Store,
} from './store.js';
import type { Rows, Tables } from './tables.js';
import { storedWait, viewOf } from './view.js';
import { single, snapshot } from './work.js';

type Verbs = Pick<Store, 'view' | 'admitted' | 'message' | 'messages'>;

export function messages(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    view: async (id) => {
      const email = await single(readEmail(db, id));
      return email === null ? null : viewOf(email, settings, settings.clock());
    },

    admitted: async ({ id, run }) => {
      const email = await single(readEmail(db, id));
      if (email?.message.owner_run !== run) return null;
      const view = viewOf(email, settings, settings.clock());
      return { owner: true, requestHash: email.message.request_hash, view };
    },

    message: (org, id) =>
      snapshot(db, async (trx) => {
        const email = await readEmail(trx, id);
        return email?.message.org === org ? await detailOf(trx, email, settings) : null;
      }),

    messages: async (filter) => pageOf(await listMessages(db, filter), filter.limit, summaryOf),
  };
}

function summaryOf(row: Rows['messages']): MessageSummary {
  const { id, mailbox, mode, status, category, subject, revision, digest } = row;
  return {
    ...{ id, mailbox, mode, status, category, subject, revision, digest, waitingFor: storedWait(row) },
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  };
}

type Notes = Pick<MessageDetail, 'context' | 'tags' | 'metadata'> & { reason?: string };

async function detailOf(
  trx: Transaction<Tables>,
  email: Email,
  settings: StoreSettings,
): Promise<MessageDetail> {
  const { message, recipients, attempts } = email;
  const { org, id } = message;
  const { content } = await trx
    .selectFrom('revisions')
    .select('content')
    .where('org', '=', org)
    .where('message', '=', id)
    .where('revision', '=', message.revision)
    .executeTakeFirstOrThrow();
  const reports = await trx
    .selectFrom('reports')
    .selectAll()
    .where('org', '=', org)
    .where('message', '=', id)
    .orderBy('received_at')
    .orderBy('report_id')
    .execute();
  const decisions = await trx
    .selectFrom('decisions')
    .selectAll()
    .where('org', '=', org)
    .where('message', '=', id)
    .orderBy('number')
    .execute();
  const { reason = null, context = null, tags, metadata } = fromJson<Notes>(message.notes);
  return {
    ...summaryOf(message),
    version: message.version,
    waitingFor: viewOf(email, settings, settings.clock()).waitingFor ?? null,
    ...{ dedupeKey: message.dedupe_key, requestHash: message.request_hash, principal: message.principal },
    verdict: fromJson(message.verdict),
    content: fromJson(content),
    sendAt: isoOrNull(message.send_at),
    expiresAt: isoOrNull(message.expires_at),
    ...{ reason, context, tags, metadata },
    recipients: recipients.map(recipientDetail),
    attempts: attempts.map(attemptDetail),
    reports: reports.map(reportDetail),
    engagement: engagementOf(reports),
    decisions: decisions.map(decisionDetail),
  };
}

const recipientDetail = (row: Rows['recipients']): RecipientDetail => ({
  ...{ index: row.index, kind: row.kind, address: row.address, status: row.status },
  ...{ reason: row.reason, smtpStatus: row.smtp_status, softBounces: row.soft_bounces, bounce: row.bounce },
  ...{ attempt: row.attempt, try: row.try },
});

const attemptDetail = (row: Rows['attempts']): AttemptDetail => ({
  ...{ attempt: row.attempt, try: row.try, provider: row.provider, recipients: fromJson(row.recipients) },
  ...{ at: iso(row.at), leaseUntil: iso(row.lease_until), finishedAt: isoOrNull(row.finished_at) },
  ...{ outcome: row.outcome, providerMessageId: row.provider_message_id },
  seenMessageId: row.receipt === null ? null : (fromJson<Receipt>(row.receipt).seenMessageId ?? null),
  duplicatePossible: row.duplicates !== null,
});

const reportDetail = (row: Rows['reports']): ReportDetail => ({
  ...{ provider: row.provider, reportId: row.report_id, type: row.type, recipient: row.recipient },
  ...{ reason: row.reason, smtpStatus: row.smtp_status, machine: row.machine, notSpam: row.not_spam },
  at: iso(row.at),
});

function engagementOf(reports: readonly Rows['reports'][]): MessageDetail['engagement'] {
  const count = (type: 'opened' | 'clicked', machine: boolean): number =>
    reports.filter((one) => one.type === type && one.machine === machine).length;
  return {
    ...{ opens: count('opened', false), clicks: count('clicked', false) },
    ...{ machineOpens: count('opened', true), machineClicks: count('clicked', true) },
  };
}

const decisionDetail = (row: Rows['decisions']): DecisionDetail => ({
  ...{ revision: row.revision, action: row.action, by: row.by, via: row.via, digest: row.digest },
  ...{ comment: row.comment, at: iso(row.at) },
});
