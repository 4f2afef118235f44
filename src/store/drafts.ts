/** @module Drafts: mutable until they are frozen, and frozen until their email is there or is refused for good. */
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { changedDraft, type DraftContent, type DraftStatus } from '../core/email/draft.js';
import type { Mode } from '../core/email/id.js';
import { anyOf } from './any-of.js';
import { idWith } from './id.js';
import { dateOrNull, fromJson, iso, isoOrNull, toJson, type Json } from './json.js';
import { newestPage } from './page.js';
import type { DraftPlace, DraftRow, DraftStore, DraftSummary } from './port/drafts.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { inOne, single, type Work } from './work.js';

export interface DraftsTable {
  org: string;
  id: string;
  mailbox: string;
  mode: Mode;
  status: DraftStatus;
  head: Json;
  rest: Json;
  version: number;
  submitted_version: number | null;
  send_at: Date | null;
  message: string | null;
  created_by: string;
  created_at: Date;
  updated_at: Date;
}

type Row = Rows['drafts'];
type Head = Pick<DraftContent, 'to' | 'cc' | 'bcc' | 'subject'>;

export function drafts(db: Kysely<Tables>, settings: StoreSettings): DraftStore {
  const verb = inOne(db, settings);
  return {
    createDraft: verb(createDraft),
    updateDraft: verb(updateDraft),
    deleteDraft: verb(deleteDraft),
    freezeDraft: verb(freezeDraft),
    reopenDraft: verb(reopenDraft),
    draftSent: verb(draftSent),

    draft: async (place) => {
      const row = await single(at(db.selectFrom('drafts').selectAll(), place).executeTakeFirst());
      return row === undefined ? null : draftOf(row);
    },

    drafts: async ({ org, mode, mailboxes, status, limit, cursor }) => {
      return await newestPage(
        db
          .selectFrom('drafts')
          .select(['id', 'mailbox', 'mode', 'status', 'head', 'version', 'message'])
          .select(['created_by', 'created_at', 'updated_at'])
          .where('org', '=', org)
          .where('mode', '=', mode)
          .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)))
          .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'open')),
        { limit, cursor },
        summaryOf,
      );
    },
  };
}

type Asked<Verb extends keyof DraftStore> = Parameters<DraftStore[Verb]>[0];

async function createDraft(
  { trx, now, note }: Work,
  { org, mode, mailbox, content, by, mostOpen, mostBytes }: Asked<'createDraft'>,
): ReturnType<DraftStore['createDraft']> {
  const parts = partsOf(content);
  if (sizeOf(parts) > mostBytes) return 'too_large';
  // One after the other, so that the bound holds; whoever only refers to the mailbox does not wait.
  await trx
    .selectFrom('mailboxes')
    .select('id')
    .where('org', '=', org)
    .where('id', '=', mailbox)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const unsent = await trx
    .selectFrom('drafts')
    .select('id')
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('mailbox', '=', mailbox)
    .where('status', '<>', 'submitted')
    .limit(mostOpen)
    .execute();
  if (unsent.length >= mostOpen) return 'full';
  const row: Row = {
    ...{ org, id: idWith('drf'), mailbox, mode, status: 'open', ...parts, version: 1 },
    ...{ submitted_version: null, send_at: null, message: null },
    ...{ created_by: by, created_at: now, updated_at: now },
  };
  await trx.insertInto('drafts').values(row).execute();
  note({ org, type: 'draft.created', by, data: { draft: row.id, mailbox } });
  return draftOf(row);
}

async function updateDraft(
  work: Work,
  { change, version, mostBytes, by, ...place }: Asked<'updateDraft'>,
): ReturnType<DraftStore['updateDraft']> {
  const row = await locked(work, place);
  if (row === null) return null;
  const before = draftOf(row);
  if (row.status !== 'open') return { result: 'closed', draft: before };
  const parts = partsOf(changedDraft(before.content, change));
  if (parts.head === row.head && parts.rest === row.rest) return { result: 'updated', draft: before };
  if (version !== undefined && version !== row.version) return { result: 'stale', draft: before };
  if (sizeOf(parts) > mostBytes) return { result: 'too_large', draft: before };
  work.note({ org: row.org, type: 'draft.updated', by, data: { draft: row.id, version: row.version + 1 } });
  return { result: 'updated', draft: await written(work, row, parts) };
}

async function deleteDraft(
  work: Work,
  { by, ...place }: Asked<'deleteDraft'>,
): ReturnType<DraftStore['deleteDraft']> {
  const row = await locked(work, place);
  if (row === null) return null;
  if (row.status !== 'open') return { result: 'closed', draft: draftOf(row) };
  await work.trx.deleteFrom('drafts').where('org', '=', row.org).where('id', '=', row.id).execute();
  work.note({ org: row.org, type: 'draft.deleted', by, data: { draft: row.id, mailbox: row.mailbox } });
  return { result: 'deleted', draft: draftOf(row) };
}

async function freezeDraft(
  work: Work,
  { version, sendAt, ...place }: Asked<'freezeDraft'>,
): ReturnType<DraftStore['freezeDraft']> {
  const row = await locked(work, place);
  if (row === null) return null;
  if (row.status === 'open') {
    if (row.version !== version) return { result: 'stale', draft: draftOf(row) };
    const frozen = { status: 'submitting', submitted_version: version } as const;
    const send_at = dateOrNull(sendAt ?? undefined);
    return { result: 'frozen', draft: await written(work, row, { ...frozen, send_at }) };
  }
  const draft = draftOf(row);
  if (row.submitted_version !== version) return { result: 'stale', draft };
  return { result: draft.submission?.sendAt === sendAt ? 'joined' : 'differs', draft };
}

async function reopenDraft(work: Work, { version, by, ...place }: Asked<'reopenDraft'>): Promise<void> {
  const row = await locked(work, place);
  if (row?.status !== 'submitting' || row.submitted_version !== version) return;
  await written(work, row, { status: 'open', submitted_version: null, send_at: null });
  work.note({ org: row.org, type: 'draft.reopened', by, data: { draft: row.id, submitted: version } });
}

async function draftSent(work: Work, { message, by, ...place }: Asked<'draftSent'>): Promise<void> {
  const row = await locked(work, place);
  if (row === null || row.message !== null) return;
  await written(work, row, { status: 'submitted', message });
  work.note({ org: row.org, type: 'draft.submitted', by, data: { draft: row.id, message } });
}

/** Every write raises the version. */
async function written({ trx, now }: Work, row: Row, change: Partial<Row>): Promise<DraftRow> {
  const after = await trx
    .updateTable('drafts')
    .set({ ...change, version: row.version + 1, updated_at: now })
    .where('org', '=', row.org)
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return draftOf(after);
}

async function locked({ trx }: Work, place: DraftPlace): Promise<Row | null> {
  const found = at(trx.selectFrom('drafts').selectAll(), place).forUpdate();
  return (await found.executeTakeFirst()) ?? null;
}

const at = <Found>(
  query: SelectQueryBuilder<Tables, 'drafts', Found>,
  { org, mode, mailboxes, id }: DraftPlace,
): SelectQueryBuilder<Tables, 'drafts', Found> =>
  query
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('id', '=', id)
    .$if(mailboxes !== null, (narrowed) => narrowed.where('mailbox', 'in', anyOf(mailboxes)));

function partsOf({ to, cc, bcc, subject, ...rest }: DraftContent): Pick<Row, 'head' | 'rest'> {
  return { head: toJson({ to, cc, bcc, subject }), rest: toJson(rest) };
}

const sizeOf = ({ head, rest }: Pick<Row, 'head' | 'rest'>): number =>
  Buffer.byteLength(head) + Buffer.byteLength(rest);

type Listed = Omit<Row, 'org' | 'rest' | 'submitted_version' | 'send_at'>;

const common = (row: Listed): Omit<DraftRow, 'content' | 'submission'> => ({
  ...{ id: row.id, mailbox: row.mailbox, mode: row.mode, status: row.status, version: row.version },
  ...{ createdBy: row.created_by, createdAt: iso(row.created_at), updatedAt: iso(row.updated_at) },
  messageId: row.message,
});

const summaryOf = (row: Listed): DraftSummary => ({ ...common(row), ...fromJson<Head>(row.head) });

const draftOf = (row: Row): DraftRow => ({
  ...common(row),
  content: { ...fromJson<Head>(row.head), ...fromJson<DraftContent>(row.rest) },
  submission:
    row.submitted_version === null
      ? null
      : { version: row.submitted_version, sendAt: isoOrNull(row.send_at) },
});
