/** @module Mailboxes: who an agent writes as, and under which policy. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Patch } from '../core/policy/patch.js';
import { anyOf } from './any-of.js';
import { fromJson, iso, toJson, type Json } from './json.js';
import type { StoreSettings } from './settings.js';
import { newestPage } from './page.js';
import { bringForward } from './paused-mail.js';
import { ORG_POLICY, policyOf } from './policies.js';
import { findPolicy, leaveVersion, lockPolicies } from './policy-versions.js';
import type { MailboxChange, MailboxRow, MailboxStore, NewMailbox } from './port/mailboxes.js';
import type { PolicyFound, PolicySubject } from './store.js';
import type { Rows, Tables } from './tables.js';
import { single, transact, type Work } from './work.js';

export interface MailboxesTable {
  org: string;
  id: string;
  address: string;
  display_name: string | null;
  status: 'active' | 'paused';
  autonomy: Json;
  policy: Json;
  route: Json | null;
  direct_start: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export function mailboxes(db: Kysely<Tables>, settings: StoreSettings): MailboxStore {
  return {
    createMailbox: (mailbox, by) =>
      transact(db, settings, async (work) => {
        const { trx, now, note } = work;
        const hasPolicy = Object.keys(mailbox.policy ?? {}).length > 0;
        if (hasPolicy) await lockPolicies(work, mailbox.org);
        const row = rowOf(mailbox, now);
        const made = await trx
          .insertInto('mailboxes')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .returning(ORG_POLICY.as('org_policy'))
          .executeTakeFirst();
        if (made === undefined) return 'exists';
        note({ org: row.org, type: 'mailbox.created', by, data: { mailbox: row.id } });
        if (hasPolicy) await leaveVersion(work, { org: row.org, mailbox: row.id }, { by });
        return mailboxOf({ ...row, ...made });
      }),

    updateMailbox: (org, id, change, by, version, basedOn) =>
      transact(db, settings, async (work) => {
        const { trx, now, note } = work;
        const before = await policyBefore(work, { org, mailbox: id }, change);
        if (basedOn !== undefined && before !== null && before.digest !== basedOn) return 'stale';
        const pauses = change.status === 'paused' && (await isActive(trx, org, id));
        const row = await trx
          .updateTable('mailboxes')
          .set((eb) => ({ ...columnsOf(change), version: eb('version', '+', 1), updated_at: now }))
          .where('org', '=', org)
          .where('id', '=', id)
          .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
          .returningAll()
          .returning(ORG_POLICY.as('org_policy'))
          .executeTakeFirst();
        if (row === undefined) return (await findMailbox(trx, org, id)) === null ? null : 'stale';
        const fields = Object.keys(change).filter((key) => change[key as keyof MailboxChange] !== undefined);
        note({ org, type: 'mailbox.updated', by, data: { mailbox: id, fields } });
        if (before !== null && toJson(before.own) !== row.policy)
          await leaveVersion(work, { org, mailbox: id }, { by }, before);
        // A mailbox has no mode: what stops it is about live email.
        if (pauses)
          note({ org, type: 'mailbox.paused', by, data: { mailbox: id }, mode: 'live', mailbox: id });
        if (change.status === 'active') await bringForward(work, { org, mailbox: id });
        return mailboxOf(row);
      }),

    mailbox: (org, idOrAddress) => single(findMailbox(db, org, idOrAddress)),

    mailboxes: async ({ org, ids, limit, cursor }) => {
      return await newestPage(
        db
          .selectFrom('mailboxes')
          .selectAll()
          .select(ORG_POLICY.as('org_policy'))
          .where('org', '=', org)
          .$if(ids !== null, (query) => query.where('id', 'in', anyOf(ids))),
        { limit, cursor },
        mailboxOf,
      );
    },
  };
}

/** Null where the change is of none. */
async function policyBefore(
  work: Work,
  subject: PolicySubject,
  { policy }: MailboxChange,
): Promise<PolicyFound | null> {
  if (policy === undefined) return null;
  await lockPolicies(work, subject.org);
  return await findPolicy(work.trx, work.settings, subject);
}

/** Locks it, so that of two that pause it one is told of. */
async function isActive(trx: Kysely<Tables>, org: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('mailboxes')
    .select('status')
    .where('org', '=', org)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.status === 'active';
}

export async function findMailbox(
  db: Kysely<Tables>,
  org: string,
  idOrAddress: string,
): Promise<MailboxRow | null> {
  const row = await db
    .selectFrom('mailboxes')
    .selectAll()
    .select(ORG_POLICY.as('org_policy'))
    .where('org', '=', org)
    .where((eb) =>
      eb.or([
        eb('id', '=', idOrAddress),
        eb(eb.fn<string>('lower', ['address']), '=', idOrAddress.toLowerCase()),
      ]),
    )
    .executeTakeFirst();
  return row === undefined ? null : mailboxOf(row);
}

function rowOf(mailbox: NewMailbox, now: Date): Rows['mailboxes'] {
  return {
    org: mailbox.org,
    id: `mbx_${randomUUID().replaceAll('-', '')}`,
    address: mailbox.address,
    display_name: mailbox.displayName ?? null,
    status: 'active',
    autonomy: toJson(mailbox.autonomy ?? 'review_all'),
    policy: toJson(mailbox.policy ?? {}),
    route: mailbox.route ? toJson(mailbox.route) : null,
    direct_start: mailbox.directStart ?? false,
    version: 1,
    created_at: now,
    updated_at: now,
  };
}

/** What is not named stays; null is a value. */
function columnsOf(change: MailboxChange): Partial<Rows['mailboxes']> {
  const { displayName, status, autonomy, policy, route, directStart } = change;
  return {
    ...(displayName !== undefined && { display_name: displayName }),
    ...(status !== undefined && { status }),
    ...(autonomy !== undefined && { autonomy: toJson(autonomy) }),
    ...(policy !== undefined && { policy: toJson(policy) }),
    ...(route !== undefined && { route: route === null ? null : toJson(route) }),
    ...(directStart !== undefined && { direct_start: directStart }),
  };
}

/** With the policy of its org, on which its own is a patch. */
export type MailboxFound = Rows['mailboxes'] & { org_policy: Json | null };

export function mailboxOf(row: MailboxFound): MailboxRow {
  return {
    id: row.id,
    org: row.org,
    address: row.address,
    displayName: row.display_name,
    status: row.status,
    autonomy: fromJson(row.autonomy),
    policy: policyOf(row.org_policy, row.policy),
    ownPolicy: fromJson<Patch>(row.policy),
    route: row.route === null ? null : fromJson(row.route),
    directStart: row.direct_start,
    version: row.version,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  };
}
