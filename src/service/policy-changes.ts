/** @module The verbs on what somebody asks to loosen. A key sees that of its mailboxes; a person decides. */
import { differences } from '../core/policy/differences.js';
import { Problem } from '../errors.js';
import type { PolicyChangeRow } from '../store/store.js';
import { requireLive, requirePerson } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import type { OutputOf } from './operations.js';
import { policyAfter, policyChangeUrl } from './policy-guard.js';

export const listPolicyChanges: Verb<'policyChanges.list'> = async (deps, { org, mailboxes }, filter) => {
  const { items, cursor } = await deps.store.policyChanges({ org, mailboxes, ...filter });
  return { items: items.map((row) => shown(deps, row)), cursor };
};

export const getPolicyChange: Verb<'policyChanges.get'> = async (deps, { org, mailboxes }, { id }) => {
  const row = await deps.store.policyChange(org, mailboxes, id);
  if (row === null) throw notFound();
  const before = row.status === 'pending' ? await deps.store.policy(row) : null;
  const stands = before?.digest === row.basedOn ? before : null;
  return {
    ...shown(deps, row),
    changes: stands && differences(stands.policy, policyAfter(stands.below, row.patch, 'document')),
  };
};

export const decidePolicyChange: Verb<'policyChanges.decide'> = async (deps, caller, asked) => {
  requirePerson(caller);
  requireLive(caller, 'policy');
  const { org, mailboxes, principal: by, key } = caller;
  const row = await deps.store.decidePolicyChange({ ...asked, org, mailboxes, by, key });
  switch (row) {
    case null:
      throw notFound();
    case 'own':
      throw new Problem('own_decision', {
        detail: 'you asked for this, or your key was made by whoever did; another person has to decide',
      });
    case 'decided':
      throw new Problem('already_decided', { detail: 'this was decided before; read what became of it' });
    default:
      if (row.status !== 'stale') return shown(deps, row);
      throw new Problem('conflict', {
        detail:
          'the policy has changed since this was asked for, so nothing was done; it has to be asked for again',
        members: { id: row.id },
      });
  }
};

const notFound = (): Problem =>
  new Problem('not_found', { detail: 'there is no such change, or the key may not see it', field: 'id' });

const shown = (
  { publicUrl }: ServiceDeps,
  { org: _org, fields: loosens, patch, ...row }: PolicyChangeRow,
): OutputOf<'policyChanges.decide'> => ({
  ...row,
  loosens,
  document: { ...patch },
  url: policyChangeUrl(publicUrl, row.id),
});
