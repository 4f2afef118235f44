/**
 * @module What somebody asks to loosen, and what a person said of it. It is applied only to the policy that it was asked
 * of: of any other nobody has said what it loosens.
 */
import type { Kysely } from 'kysely';
import type { PolicyChangeStatus } from '../core/policy/change-status.js';
import { anyOf } from './any-of.js';
import { idWith } from './id.js';
import { cleaned, fromJson, iso, isoOrNull, toJson, type Json } from './json.js';
import { descends } from './own-decision.js';
import { newestPage } from './page.js';
import { findPolicy, lockPolicies, writePolicy } from './policy-versions.js';
import type { PolicyChangeRow, PolicyDecision, PolicyProposal, PolicyStore } from './port/policies.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { inOne, single, type Work } from './work.js';

export interface PolicyChangesTable {
  org: string;
  id: string;
  mailbox: string;
  patch: Json;
  based_on: string;
  fields: Json;
  why: string | null;
  by: string;
  key: string | null;
  status: PolicyChangeStatus;
  decided_by: string | null;
  comment: string | null;
  decided_at: Date | null;
  created_at: Date;
}

type Verbs = Pick<PolicyStore, 'proposePolicy' | 'policyChange' | 'policyChanges' | 'decidePolicyChange'>;

export function policyChanges(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  const verb = inOne(db, settings);
  return {
    proposePolicy: verb(propose),
    policyChange: async (org, mailboxes, id) => {
      const row = await single(find(db, { org, mailboxes, id }).executeTakeFirst());
      return row === undefined ? null : changeOf(row);
    },
    policyChanges: async ({ org, mailboxes, status, ...page }) =>
      await newestPage(
        seen(db, { org, mailboxes }).$if(status !== undefined, (query) =>
          query.where('status', '=', status ?? 'pending'),
        ),
        page,
        changeOf,
      ),
    decidePolicyChange: verb(decide),
  };
}

type Scope = Pick<PolicyDecision, 'org' | 'mailboxes'>;

const seen = (db: Kysely<Tables>, { org, mailboxes }: Scope) =>
  db
    .selectFrom('policy_changes')
    .selectAll()
    .where('org', '=', org)
    .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)));

const find = (db: Kysely<Tables>, { id, ...scope }: Scope & { id: string }) =>
  seen(db, scope).where('id', '=', id);

/** More than a person reads is no question any more. */
const MOST_PENDING = 20;

async function propose(
  work: Work,
  { org, mailbox, patch, basedOn, fields, why, by, key }: PolicyProposal,
): Promise<PolicyChangeRow | 'stale' | 'full' | null> {
  const { trx, settings, now, note } = work;
  await lockPolicies(work, org);
  const before = await findPolicy(trx, settings, { org, mailbox });
  if (before === null) return null;
  if (before.digest !== basedOn) return 'stale';
  const row: Rows['policy_changes'] = {
    ...{ org, id: idWith('pch'), mailbox, patch: toJson(patch), based_on: basedOn, fields: toJson(fields) },
    ...{ why: why === undefined ? null : cleaned(why), by, key, status: 'pending' },
    ...{ decided_by: null, comment: null, decided_at: null, created_at: now },
  };
  const pending = await trx
    .selectFrom('policy_changes')
    .selectAll()
    .where('org', '=', org)
    .where('mailbox', '=', mailbox)
    .where('status', '=', 'pending')
    .orderBy('created_at')
    .execute();
  const same = pending.find(
    (one) => one.by === by && one.patch === row.patch && one.based_on === basedOn && one.why === row.why,
  );
  if (same !== undefined) return changeOf(same);
  if (pending.length >= MOST_PENDING) return 'full';
  await trx.insertInto('policy_changes').values(row).execute();
  note({ org, type: 'policy.change_asked', by, data: { mailbox, change: row.id, fields } });
  return changeOf(row);
}

const STATUS_OF = { approve: 'approved', reject: 'rejected' } as const;

async function decide(
  work: Work,
  { action, by, key, comment, ...one }: PolicyDecision,
): Promise<PolicyChangeRow | 'own' | 'decided' | null> {
  const { trx, now, note } = work;
  const { org, id } = one;
  await lockPolicies(work, org);
  const row = await find(trx, one).executeTakeFirst();
  if (row === undefined) return null;
  const principals = [row.by];
  if (by === row.by || (await descends(trx, org, key, { key: row.key, principals }))) return 'own';
  if (row.status !== 'pending')
    return row.status === STATUS_OF[action] && row.decided_by === by ? changeOf(row) : 'decided';
  const status = action === 'reject' ? 'rejected' : await approve(work, row, by);
  const decided: Rows['policy_changes'] = {
    ...{ ...row, status, decided_by: by, decided_at: now },
    comment: comment === undefined ? null : cleaned(comment),
  };
  await trx
    .updateTable('policy_changes')
    .set({ status, decided_by: by, decided_at: now, comment: decided.comment })
    .where('org', '=', org)
    .where('id', '=', id)
    .execute();
  note({ org, type: `policy.change_${status}`, by, data: { mailbox: row.mailbox, change: id } });
  return changeOf(decided);
}

async function approve(
  work: Work,
  { org, mailbox, patch, based_on: basedOn, fields, why }: Rows['policy_changes'],
  by: string,
): Promise<'approved' | 'stale'> {
  const loosens = fromJson<string[]>(fields);
  const write = { org, mailbox, patch: fromJson<PolicyChangeRow['patch']>(patch), basedOn, loosens, by };
  const written = await writePolicy(work, { ...write, ...(why !== null && { why }) });
  return written === 'stale' || written === null ? 'stale' : 'approved';
}

const changeOf = (row: Rows['policy_changes']): PolicyChangeRow => ({
  ...{ id: row.id, org: row.org, mailbox: row.mailbox, why: row.why, by: row.by, status: row.status },
  patch: fromJson<PolicyChangeRow['patch']>(row.patch),
  fields: fromJson<string[]>(row.fields),
  basedOn: row.based_on,
  ...{ decidedBy: row.decided_by, comment: row.comment, decidedAt: isoOrNull(row.decided_at) },
  createdAt: iso(row.created_at),
});
