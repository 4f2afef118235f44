/** @module The verbs on policies: what holds, setting it, and what held before. */
import { deadEnds } from '../core/policy/dead-ends.js';
import { differences } from '../core/policy/differences.js';
import type { Patch } from '../core/policy/patch.js';
import type { Policy } from '../core/policy/schema.js';
import { Problem } from '../errors.js';
import { presets } from '../policy-presets.js';
import type { Caller, PolicyFound, PolicySubject, PolicyVersionRow } from '../store/store.js';
import { maySee, requireLive, visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import type { OutputOf } from './operations.js';
import { policyAfter, requireTightening } from './policy-guard.js';

export const getPolicy: Verb<'policy.get'> = async (deps, caller, { mailbox: name }) => {
  const { mailbox, policy, own, version, digest } = await policyOf(
    deps,
    await subjectFor(deps, caller, name),
  );
  return { mailbox, policy, own, version, digest };
};

/** Against others who change it at the same time. */
const MOST_TRIES = 20;

export const applyPolicy: Verb<'policy.apply'> = async (
  deps,
  caller,
  { mailbox, why, basedOn, dryRun },
  raw,
) => {
  if (!dryRun) requireLive(caller, 'policy');
  const subject = await subjectFor(deps, caller, mailbox);
  if (subject.mailbox === null) requireAdmin(caller);
  const patch = raw['document'] as Patch;
  for (let tries = 1; ; tries++) {
    const before = await policyOf(deps, subject);
    if (basedOn !== undefined && basedOn !== before.digest) throw changedSince();
    const after = policyAfter(before.below, patch, 'document');
    if (dryRun) return shownChange(before, after, { ...before, applied: false });
    const write = { ...subject, patch, basedOn: before.digest, by: caller.principal, why };
    await requireTightening(deps, caller, { ...write, before: before.policy, after });
    const loosens = caller.scopes.includes('policy:admin') ? undefined : [];
    const now = await deps.store.applyPolicy({ ...write, loosens });
    if (now === null) throw mailboxGone();
    if (now !== 'stale') return shownChange(before, after, { ...now, applied: true });
    if (tries === MOST_TRIES) throw changedSince();
  }
};

const shownChange = (
  { mailbox, digest: basedOn, policy }: PolicyFound,
  after: Policy,
  { applied, version, digest }: Pick<PolicyFound, 'version' | 'digest'> & { applied: boolean },
): OutputOf<'policy.apply'> => ({
  ...{ mailbox, applied, version, digest, basedOn },
  changes: differences(policy, after),
  warnings: deadEnds(after),
});

export const listPolicyVersions: Verb<'policy.versions'> = async (
  deps,
  caller,
  { mailbox: name, ...page },
) => {
  const { org, mailboxes } = caller;
  const subject =
    name === undefined ? undefined : { org, mailbox: (await visibleMailbox(deps, caller, name)).id };
  const { items, cursor } = await deps.store.policyVersions({ ...page, org, mailboxes, subject });
  return { items: items.map(shownVersion), cursor };
};

export const getPolicyVersion: Verb<'policy.version'> = async ({ store }, caller, { version: name }) => {
  const isId = name.startsWith('pol_');
  const named = isId ? await store.policyVersion(caller.org, name) : null;
  const row = named !== null && maySeeVersion(caller, named) ? named : null;
  if (isId && row === null) throw versionNotFound();
  const digest = row?.digest ?? name;
  const document = await store.policyDocument(caller.org, digest, caller.mailboxes);
  if (document === null && row === null) throw versionNotFound();
  return {
    digest,
    document: document && { policy: document.policy, autonomy: document.autonomy },
    version: row && shownVersion(row),
  };
};

export const listPresets: Verb<'policy.presets'> = async () => Promise.resolve({ items: presets() });

/** @throws Problem. */
async function subjectFor(
  deps: ServiceDeps,
  caller: Caller,
  name: string | undefined,
): Promise<PolicySubject> {
  const { org } = caller;
  if (name !== undefined) return { org, mailbox: (await visibleMailbox(deps, caller, name)).id };
  if (caller.mailboxes === null) return { org, mailbox: null };
  throw new Problem('scope_missing', {
    detail: 'a key that is bound to mailboxes has nothing to do with the policy of the org; name a mailbox',
    field: 'mailbox',
  });
}

/** @throws Problem: of the org even a stricter policy is a matter of whoever answers for all of it. */
function requireAdmin({ scopes }: Caller): void {
  if (scopes.includes('policy:admin')) return;
  throw new Problem('scope_missing', {
    detail:
      'the policy of the org is set with the scope policy:admin; name a mailbox to make its own stricter',
    field: 'mailbox',
    members: { scope: 'policy:admin' },
  });
}

async function policyOf({ store }: ServiceDeps, subject: PolicySubject): Promise<PolicyFound> {
  const found = await store.policy(subject);
  if (found === null) throw mailboxGone();
  return found;
}

const maySeeVersion = (caller: Caller, { mailbox }: PolicyVersionRow): boolean =>
  mailbox === null ? caller.mailboxes === null : maySee(caller, mailbox);

const mailboxGone = (): Problem =>
  new Problem('mailbox_unknown', { detail: 'there is no such mailbox', field: 'mailbox' });

const versionNotFound = (): Problem =>
  new Problem('not_found', {
    detail: 'no email was judged by such a policy, and none was set, as far as the key may see',
    field: 'version',
  });

const changedSince = (): Problem =>
  new Problem('precondition_failed', {
    detail: 'another policy holds by now; look again at what would change, and repeat it with its digest',
    field: 'basedOn',
  });

const shownVersion = ({
  org: _org,
  ...row
}: PolicyVersionRow): OutputOf<'policy.versions'>['items'][number] => ({
  ...row,
  patch: { ...row.patch },
});
