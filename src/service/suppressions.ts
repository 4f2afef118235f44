/**
 * @module The verbs on addresses that must not be written to.
 */
import { Problem } from '../errors.js';
import type { SuppressionRow } from '../store/store.js';
import { visibleMailbox } from './access.js';
import type { Verb } from './deps.js';

export const listSuppressions: Verb<'suppressions.list'> = async ({ store }, { org, mode }, filter) => {
  const { items, cursor } = await store.suppressions({ org, mode, ...filter });
  return { items: items.map(shown), cursor };
};

export const addSuppression: Verb<'suppressions.add'> = async (deps, caller, { mailbox, ...asked }) => {
  const bound = mailbox === undefined ? undefined : (await visibleMailbox(deps, caller, mailbox)).id;
  const { org, mode, principal } = caller;
  const row = { org, mode, ...asked, mailbox: bound, source: 'api', by: principal };
  return shown(await deps.store.addSuppression(row));
};

export const removeSuppression: Verb<'suppressions.remove'> = async (
  { store },
  { org, principal },
  { id },
) => {
  if (await store.removeSuppression(org, id, principal)) return { id, removed: true };
  throw new Problem('not_found', { detail: 'there is no such suppression', field: 'id' });
};

const shown = ({ org: _org, ...row }: SuppressionRow): Omit<SuppressionRow, 'org'> => row;
