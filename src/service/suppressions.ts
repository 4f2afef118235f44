/**
 * @module The verbs on addresses that must not be written to.
 */
import { Problem } from '../errors.js';
import type { SuppressionRow } from '../store/store.js';
import { visibleMailbox } from './access.js';
import type { Verb } from './deps.js';

export const listSuppressions: Verb<'suppressions.list'> = async (
  { store },
  { org, mode, mailboxes },
  filter,
) => {
  const { items, cursor } = await store.suppressions({ org, mode, mailboxes, ...filter });
  return { items: items.map(shown), cursor };
};

export const addSuppression: Verb<'suppressions.add'> = async (deps, caller, { mailbox, ...asked }) => {
  if (caller.mailboxes !== null && asked.scope !== 'mailbox')
    throw new Problem('scope_missing', {
      detail: 'your key is bound to mailboxes: give scope mailbox, and one of them as mailbox',
      field: 'scope',
    });
  const bound = mailbox === undefined ? undefined : (await visibleMailbox(deps, caller, mailbox)).id;
  const { org, mode, principal } = caller;
  const row = { org, mode, ...asked, mailbox: bound, source: 'api', by: principal };
  return shown(await deps.store.addSuppression(row));
};

export const removeSuppression: Verb<'suppressions.remove'> = async (
  { store },
  { org, mode, mailboxes, principal },
  { id },
) => {
  if (await store.removeSuppression({ org, mode, mailboxes, id, by: principal }))
    return { id, removed: true };
  throw new Problem('not_found', {
    detail: 'there is no such suppression, or the key may not see it',
    field: 'id',
  });
};

const shown = ({ org: _org, ...row }: SuppressionRow): Omit<SuppressionRow, 'org'> => row;
