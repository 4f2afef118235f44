/** @module Webhook endpoints: where a tenant wants to be told of events. */
import { sql, type Expression, type Kysely, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { Mode } from '../core/email/id.js';
import { idWith } from './id.js';
import { cleaned, fromJson, iso, isoOrNull, toJson, type Json } from './json.js';
import { newestPage } from './page.js';
import type {
  NewWebhook,
  OneWebhook,
  WebhookChange,
  WebhookOwner,
  WebhookReason,
  WebhookRow,
  WebhookStatus,
  WebhookStore,
} from './port/webhooks.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { lockName, single, transact, type Work } from './work.js';

export interface WebhooksTable {
  org: string;
  id: string;
  mode: Mode;
  url: string;
  description: string | null;
  types: Json;
  mailboxes: Json | null;
  status: WebhookStatus;
  reason: WebhookReason | null;
  secret: string;
  previous_secret: string | null;
  previous_until: Date | null;
  version: number;
  failing_since: Date | null;
  created_by: string;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

type Verbs = Pick<
  WebhookStore,
  'createWebhook' | 'webhook' | 'webhooks' | 'updateWebhook' | 'rotateWebhook' | 'deleteWebhook'
>;

export function webhooks(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  return {
    createWebhook: (wanted, most) => transact(db, settings, (work) => createWebhook(work, wanted, most)),

    webhook: async (one) => {
      const row = await single(findWebhook(db, one).executeTakeFirst());
      return row === undefined ? null : webhookOf(row, settings.clock());
    },

    webhooks: async ({ limit, cursor, ...owner }) => {
      return await newestPage(owned(db, owner), { limit, cursor }, (row) => webhookOf(row, settings.clock()));
    },

    updateWebhook: (wanted) => transact(db, settings, (work) => updateWebhook(work, wanted)),

    rotateWebhook: ({ secret, previousUntil, by, ...one }) =>
      changed(db, settings, one, ({ now, note }, before) => {
        note({ org: one.org, type: 'webhook.rotated', by, data: { webhook: one.id } });
        return {
          ...{ secret, previous_secret: before.secret, previous_until: new Date(previousUntil) },
          ...{ version: before.version + 1, updated_at: now },
        };
      }),

    deleteWebhook: async ({ by, ...one }) => {
      const row = await changed(db, settings, one, ({ now, note }) => {
        note({ org: one.org, type: 'webhook.deleted', by, data: { webhook: one.id } });
        return { deleted_at: now };
      });
      return row !== null;
    },
  };
}

const owned = (db: Kysely<Tables>, { org, mode, mailboxes }: WebhookOwner) =>
  db
    .selectFrom('webhooks')
    .selectAll()
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('deleted_at', 'is', null)
    .$if(mailboxes !== null, (query) => query.where(isWithin(mailboxes ?? [])));

/** One that is for every mailbox is for others, too. */
const isWithin = (mailboxes: readonly string[]): Expression<SqlBool> =>
  sql<boolean>`webhooks.mailboxes::jsonb <@ ${toJson(mailboxes)}::jsonb`;

/** An endpoint that is there for this owner. */
export const findWebhook = (
  db: Kysely<Tables>,
  { id, ...owner }: OneWebhook,
): SelectQueryBuilder<Tables, 'webhooks', Rows['webhooks']> => owned(db, owner).where('id', '=', id);

async function createWebhook(
  { trx, now, note }: Work,
  wanted: NewWebhook,
  most: number,
): Promise<WebhookRow | 'too_many'> {
  const { org, mode, url, description, types, mailboxes, secret, by } = wanted;
  // One at a time in each org, so that two do not both find the last place.
  await lockName({ trx }, `webhooks of ${org}`);
  const others = await owned(trx, { org, mode, mailboxes: null })
    .clearSelect()
    .select('id')
    .limit(most)
    .execute();
  if (others.length === most) return 'too_many';
  const row: Rows['webhooks'] = {
    ...{ org, id: idWith('whk'), mode, url, secret, status: 'active', reason: null, version: 1 },
    description: description === null ? null : cleaned(description),
    types: toJson(types),
    mailboxes: mailboxes === null ? null : toJson(mailboxes),
    ...{ previous_secret: null, previous_until: null, failing_since: null, deleted_at: null },
    ...{ created_by: by, created_at: now, updated_at: now },
  };
  await trx.insertInto('webhooks').values(row).execute();
  note({ org, type: 'webhook.created', by, data: { webhook: row.id, mode } });
  return webhookOf(row, now);
}

async function updateWebhook(
  { trx, now, note }: Work,
  { change, version, by, ...one }: Parameters<WebhookStore['updateWebhook']>[0],
): Promise<WebhookRow | 'stale' | null> {
  const before = await findWebhook(trx, one).forUpdate().executeTakeFirst();
  if (before === undefined) return null;
  if (version !== undefined && version !== before.version) return 'stale';
  const row = { ...before, ...columnsOf(change), version: before.version + 1, updated_at: now };
  // Whoever takes it up again believes that it works: its failures are counted anew.
  if (change.status === 'active') Object.assign(row, { failing_since: null, reason: null });
  await trx.updateTable('webhooks').set(row).where('id', '=', one.id).execute();
  const fields = Object.keys(change).filter((key) => change[key as keyof WebhookChange] !== undefined);
  if (row.mailboxes !== null && row.mailboxes !== before.mailboxes) await deleteStrays(trx, one.id);
  note({ org: one.org, type: 'webhook.updated', by, data: { webhook: one.id, fields } });
  return webhookOf(row, now);
}

/** What can be deleted while somebody waits; whatever is left is hidden by `IS_FOR_IT`, and deleted by its age. */
const MOST_STRAYS = 5_000;

/** Who is at one right now may hold its row and wait for the endpoint, so it is passed over. */
async function deleteStrays(trx: Work['trx'], webhook: string): Promise<void> {
  await trx
    .deleteFrom('webhook_deliveries')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('webhook_deliveries')
        .select('webhook_deliveries.id')
        .where('webhook_deliveries.webhook', '=', webhook)
        .where(sql<boolean>`not ${IS_FOR_IT}`)
        .orderBy('webhook_deliveries.created_at', 'desc')
        .limit(MOST_STRAYS)
        .forUpdate()
        .skipLocked(),
    )
    .execute();
}

/** Whether its endpoint is for the mailbox of a delivery's event now, whatever it was for when it was published. */
export const IS_FOR_IT = sql<boolean>`exists (
  select 1 from webhooks w where w.id = webhook_deliveries.webhook and (
    w.mailboxes is null or webhook_deliveries.type = 'webhook.ping' or exists (
      select 1 from events e
      where e.id = webhook_deliveries.event and w.mailboxes::jsonb @> to_jsonb(e.mailbox)
    )
  )
)`;

/** Locks an endpoint and writes what `change` makes of it; null where there is none. */
async function changed(
  db: Kysely<Tables>,
  settings: StoreSettings,
  one: OneWebhook,
  change: (work: Work, before: Rows['webhooks']) => Partial<Rows['webhooks']>,
): Promise<WebhookRow | null> {
  return await transact(db, settings, async (work) => {
    const before = await findWebhook(work.trx, one).forUpdate().executeTakeFirst();
    if (before === undefined) return null;
    const columns = change(work, before);
    await work.trx.updateTable('webhooks').set(columns).where('id', '=', one.id).execute();
    return webhookOf({ ...before, ...columns }, work.now);
  });
}

const columnsOf = ({ url, description, types, mailboxes, status }: WebhookChange) => ({
  ...(url !== undefined && { url }),
  ...(description !== undefined && { description: description === null ? null : cleaned(description) }),
  ...(types !== undefined && { types: toJson(types) }),
  ...(mailboxes !== undefined && { mailboxes: mailboxes === null ? null : toJson(mailboxes) }),
  ...(status !== undefined && { status }),
});

const webhookOf = (row: Rows['webhooks'], now: Date): WebhookRow => ({
  ...{ id: row.id, org: row.org, mode: row.mode, url: row.url, description: row.description },
  types: fromJson(row.types),
  mailboxes: row.mailboxes === null ? null : fromJson(row.mailboxes),
  ...{ status: row.status, reason: row.reason, version: row.version, createdBy: row.created_by },
  previousSecretUntil:
    row.previous_until !== null && row.previous_until > now ? isoOrNull(row.previous_until) : null,
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
});
