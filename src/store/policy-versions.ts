/** @module What each policy was, and setting it: every change of one leaves a version, in its transaction. */
import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import { loosenedFields } from '../core/policy/loosening.js';
import type { Patch } from '../core/policy/patch.js';
import { policySchema, type Autonomy } from '../core/policy/schema.js';
import { Problem } from '../errors.js';
import { anyOf } from './any-of.js';
import { idWith } from './id.js';
import { cleaned, fromJson, iso, toJson, type Json } from './json.js';
import { newestPage } from './page.js';
import { ORG_POLICY, patched, policyOf } from './policies.js';
import { digestOf, keepDocument, policyDocument } from './policy-documents.js';
import type {
  PolicyFound,
  PolicyStore,
  PolicySubject,
  PolicyVersionRow,
  PolicyWrite,
} from './port/policies.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { inOne, lockName, single, type Work } from './work.js';

export interface PolicyVersionsTable {
  org: string;
  id: string;
  mailbox: string | null;
  number: number;
  patch: Json;
  digest: string;
  by: string;
  why: string | null;
  created_at: Date;
}

type Verbs = Pick<
  PolicyStore,
  'policy' | 'applyPolicy' | 'policyVersion' | 'policyVersions' | 'policyDocument'
>;

export function policyVersions(db: Kysely<Tables>, settings: StoreSettings): Verbs {
  const verb = inOne(db, settings);
  return {
    policy: (subject) => single(findPolicy(db, settings, subject)),
    applyPolicy: verb(async (work, write) => {
      await lockPolicies(work, write.org);
      return await writePolicy(work, write);
    }),
    policyVersion: async (org, id) => {
      const query = db.selectFrom('policy_versions').selectAll().where('org', '=', org).where('id', '=', id);
      const row = await single(query.executeTakeFirst());
      return row === undefined ? null : versionOf(row);
    },
    policyVersions: async ({ org, mailboxes, subject, ...page }) =>
      await newestPage(
        db
          .selectFrom('policy_versions')
          .selectAll()
          .where('org', '=', org)
          .$if(mailboxes !== null, (query) => query.where('mailbox', 'in', anyOf(mailboxes)))
          .$if(subject !== undefined, (query) => of(query, subject?.mailbox ?? null)),
        page,
        versionOf,
      ),
    policyDocument: policyDocument(db),
  };
}

/** Changes of policies of an org go one after the other: what a mailbox may do is said by two rows. */
export const lockPolicies = async (work: Work, org: string): Promise<void> => {
  await lockName(work, `policy ${org}`);
};

const of = <O>(
  query: SelectQueryBuilder<Tables, 'policy_versions', O>,
  mailbox: string | null,
): SelectQueryBuilder<Tables, 'policy_versions', O> =>
  query.where('mailbox', 'is not distinct from', mailbox);

/** Null where there is no such mailbox; an org has one from the start. */
export async function findPolicy(
  db: Kysely<Tables>,
  settings: StoreSettings,
  subject: PolicySubject,
): Promise<PolicyFound | null> {
  const { org, mailbox } = subject;
  const number = sql<number>`coalesce((
    select max(number) from policy_versions where org = ${org} and mailbox is not distinct from ${mailbox}
  ), 0)`.as('number');
  if (mailbox === null) {
    const row = await db
      .selectNoFrom([sql<Json | null>`(select policy from orgs where org = ${org})`.as('policy'), number])
      .executeTakeFirstOrThrow();
    const policy = policyOf(row.policy, EMPTY);
    return {
      ...{ org, mailbox, policy, autonomy: null, version: row.number, below: {} },
      own: row.policy === null ? {} : fromJson(row.policy),
      digest: digestOf(settings, { policy }),
    };
  }
  const row = await db
    .selectFrom('mailboxes')
    .select(['policy', 'autonomy', ORG_POLICY.as('org_policy'), number])
    .where('org', '=', org)
    .where('id', '=', mailbox)
    .executeTakeFirst();
  if (row === undefined) return null;
  const policy = policyOf(row.org_policy, row.policy);
  const autonomy = fromJson<Autonomy>(row.autonomy);
  return {
    ...{ org, mailbox, policy, autonomy, version: row.number },
    own: fromJson(row.policy),
    below: row.org_policy === null ? {} : fromJson(row.org_policy),
    digest: digestOf(settings, { policy, autonomy }),
  };
}

const EMPTY = toJson({});

/** After `lockPolicies`. */
export async function writePolicy(work: Work, write: PolicyWrite): Promise<PolicyFound | 'stale' | null> {
  const { trx, settings } = work;
  const before = await findPolicy(trx, settings, write);
  if (before === null) return null;
  if (before.digest !== write.basedOn || !loosensAsSaid(before, write)) return 'stale';
  if (toJson(before.own) === toJson(write.patch)) return before;
  await setPatch(work, write);
  await leaveVersion(work, write, write, before);
  return await findPolicy(trx, settings, write);
}

/** Of a policy that would be none nobody has said it either. */
function loosensAsSaid({ policy, below }: PolicyFound, { patch, loosens }: PolicyWrite): boolean {
  if (loosens === undefined) return true;
  const after = policySchema.safeParse(patched(toJson(below), toJson(patch)));
  return after.success && toJson(loosenedFields(policy, after.data).sort()) === toJson([...loosens].sort());
}

async function setPatch({ trx, now }: Work, { org, mailbox, patch }: PolicyWrite): Promise<void> {
  const policy = toJson(patch);
  if (mailbox !== null) {
    await trx
      .updateTable('mailboxes')
      .set((eb) => ({ policy, version: eb('version', '+', 1), updated_at: now }))
      .where('org', '=', org)
      .where('id', '=', mailbox)
      .execute();
    return;
  }
  await requireMailboxesFit(trx, org, policy);
  await trx
    .insertInto('orgs')
    .values({ org, status: 'active', policy, version: 1, updated_at: now })
    .onConflict((conflict) =>
      conflict
        .column('org')
        .doUpdateSet((eb) => ({ policy, version: eb('orgs.version', '+', 1), updated_at: now })),
    )
    .execute();
}

/** @throws Problem where a mailbox's own patch and this do not make a policy: none of its email could be judged. */
async function requireMailboxesFit(trx: Work['trx'], org: string, policy: Json): Promise<void> {
  const patches = await trx
    .selectFrom('mailboxes')
    .select((eb) => ['policy', eb.fn.min('id').as('id')])
    .where('org', '=', org)
    .groupBy('policy')
    .execute();
  const misfit = patches.find((one) => !policySchema.safeParse(patched(policy, one.policy)).success);
  if (misfit === undefined) return;
  throw new Problem('invalid_request', {
    detail: `document: what the mailbox ${misfit.id} says itself does not fit this; change that first`,
    field: 'document',
  });
}

/**
 * Writes the version that holds now; `before`: what its subject said until then, which a version may be missing of,
 * where it is older than versions are.
 */
export async function leaveVersion(
  work: Work,
  subject: PolicySubject,
  { by, why }: { by: string; why?: string | undefined },
  before?: PolicyFound,
): Promise<void> {
  const { trx, now, settings, note } = work;
  const { org, mailbox } = subject;
  const after = await findPolicy(trx, settings, subject);
  if (after === null) throw new Error('there is no such mailbox');
  const rest = { org, mailbox, created_at: now };
  const rows: Rows['policy_versions'][] = [];
  if (before?.version === 0 && toJson(before.own) !== EMPTY)
    rows.push({
      ...{ ...rest, id: idWith('pol'), number: 1, patch: toJson(before.own), digest: before.digest },
      ...{ by: 'mailwarden', why: null },
    });
  const number = after.version + rows.length + 1;
  const version = { ...rest, id: idWith('pol'), number, patch: toJson(after.own), digest: after.digest };
  rows.push({ ...version, by: cleaned(by), why: why === undefined ? null : cleaned(why) });
  await trx.insertInto('policy_versions').values(rows).execute();
  keepDocument(work, subject, after);
  note({ org, type: 'policy.set', by, data: { mailbox, version: version.id, number, digest: after.digest } });
}

const versionOf = ({ created_at, patch, ...row }: Rows['policy_versions']): PolicyVersionRow => ({
  ...row,
  patch: fromJson<Patch>(patch),
  createdAt: iso(created_at),
});
