/** @module The verbs on principals. Without `org:admin` a key sees only the one behind it. */
import { Problem } from '../errors.js';
import type { Caller, PrincipalKind, PrincipalRow } from '../store/store.js';
import { isAdmin, requireLive } from './access.js';
import type { Verb } from './deps.js';
import { changedSince, versionOf } from './if-match.js';
import type { OutputOf } from './operations.js';

export const createPrincipal: Verb<'principals.create'> = async ({ store }, caller, { name, kind }) => {
  mayAdminister(caller);
  mayName(caller, kind);
  return shown(await store.createPrincipal({ org: caller.org, kind, name, by: caller.principal }));
};

export const listPrincipals: Verb<'principals.list'> = async ({ store }, caller, filter) => {
  const { org, principal } = caller;
  const page = await store.principals({ ...filter, org, id: isAdmin(caller) ? undefined : principal });
  return { ...page, items: page.items.map(shown) };
};

export const getPrincipal: Verb<'principals.get'> = async ({ store }, caller, { id }) => {
  const found = isAdmin(caller) || id === caller.principal ? await store.principal(caller.org, id) : null;
  if (found === null) throw principalNotFound();
  return shown(found);
};

export const updatePrincipal: Verb<'principals.update'> = async ({ store }, caller, asked) => {
  const { id, name, ifMatch } = asked;
  const { org, principal: by } = caller;
  mayAdminister(caller);
  const before = await store.principal(org, id);
  if (before === null) throw principalNotFound();
  mayName(caller, before.kind);
  const row = await store.renamePrincipal({ org, id, name, version: versionOf(ifMatch), by });
  if (row === 'stale') throw changedSince('principal');
  if (row === null) throw principalNotFound();
  return shown(row);
};

/** Asked before anything is looked up: who may change none does not learn which there are. @throws Problem. */
function mayAdminister(caller: Caller): void {
  requireLive(caller, 'principal');
  if (!isAdmin(caller))
    throw new Problem('scope_missing', { detail: 'a key that is bound to mailboxes changes no principals' });
}

/** @throws Problem: an agent could otherwise pass itself off as the person who approves what it wrote. */
function mayName(caller: Caller, kind: PrincipalKind): void {
  if (caller.kind !== 'agent' || kind === 'agent') return;
  throw new Problem('scope_missing', {
    detail: 'an agent makes and renames agents only, never a person or a service',
    field: 'kind',
  });
}

const principalNotFound = (): Problem =>
  new Problem('not_found', {
    detail: 'there is no such principal, or the key may not see it',
    field: 'id',
  });

const shown = ({ org: _org, ...row }: PrincipalRow): OutputOf<'principals.get'> => row;
