/** @module The verbs on what a person has to look into. A key sees those of its mailboxes. */
import { Problem } from '../errors.js';
import type { Caller, InvestigationChanged, InvestigationRow, OneInvestigation } from '../store/store.js';
import { requirePerson } from './access.js';
import type { Verb } from './deps.js';
import { changedSince, versionOf } from './if-match.js';

export const listInvestigations: Verb<'investigations.list'> = async (
  { store },
  { org, mode, mailboxes },
  filter,
) => {
  const { items, cursor } = await store.investigations({ org, mode, mailboxes, ...filter });
  return { items: items.map(shown), cursor };
};

export const getInvestigation: Verb<'investigations.get'> = async ({ store }, caller, { id }) => {
  const row = await store.investigation(oneOf(caller, id));
  if (row === null) throw notFound();
  return { ...shown(row), trace: await store.trace(caller.org, row.message) };
};

export const assignInvestigation: Verb<'investigations.assign'> = async (
  { store },
  caller,
  { id, to = caller.principal, ifMatch },
) => {
  const change = { ...oneOf(caller, id), to, by: caller.principal, version: versionOf(ifMatch) };
  const row = await store.assignInvestigation(change);
  if (row === 'nobody')
    throw new Problem('not_found', {
      detail: 'there is no such principal in your organisation',
      field: 'to',
    });
  return changed(row);
};

export const resolveInvestigation: Verb<'investigations.resolve'> = async (
  { store },
  caller,
  { id, finding, ifMatch },
) => {
  requirePerson(caller);
  const change = { ...oneOf(caller, id), finding, by: caller.principal, version: versionOf(ifMatch) };
  return changed(await store.resolveInvestigation(change));
};

const oneOf = ({ org, mode, mailboxes }: Caller, id: string): OneInvestigation => ({
  ...{ org, mode, mailboxes, id },
});

function changed(row: InvestigationChanged): Omit<InvestigationRow, 'org'> {
  if (row === null) throw notFound();
  if (row === 'stale') throw changedSince('investigation');
  if (row === 'resolved')
    throw new Problem('conflict', { detail: 'the investigation was resolved already; read what was found' });
  return shown(row);
}

const notFound = (): Problem =>
  new Problem('not_found', {
    detail: 'there is no such investigation, or the key may not see it',
    field: 'id',
  });

const shown = ({ org: _org, ...row }: InvestigationRow): Omit<InvestigationRow, 'org'> => row;
