/**
 * @module The verbs on API keys. Without `org:admin` a key makes only lesser ones, for its own principal,
 * and sees, rotates and revokes only its own line, so that nobody gains anything by making keys.
 */
import { Problem } from '../errors.js';
import type { Caller, KeyRow, KeyScope, MakerProblem } from '../store/store.js';
import { isAdmin, requireLive, visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { hashKey, makeKey } from './keys-format.js';
import type { OutputOf, ParsedOf } from './operations.js';

type Asked = Pick<ParsedOf<'keys.create'>, 'scopes' | 'principal' | 'kind' | 'mailboxes'>;

export const createKey: Verb<'keys.create'> = async (deps, caller, asked) => {
  const mode = asked.mode ?? caller.mode;
  mayMake(caller, asked, mode);
  const mailboxes = await mailboxesFor(deps, caller, asked);
  if (mailboxes !== null && asked.scopes.includes('org:admin'))
    throw new Problem('invalid_request', {
      detail: 'org:admin is over the whole organisation and takes no mailboxes; for some, use policy:admin',
      field: 'mailboxes',
    });
  if (asked.expiresAt !== undefined && new Date(asked.expiresAt) <= deps.clock())
    throw new Problem('invalid_request', { detail: 'expiresAt is not in the future', field: 'expiresAt' });
  const apiKey = makeKey(mode);
  const { name, principal = caller.principal, kind, scopes, categories, expiresAt } = asked;
  const made = await deps.store.createKey({
    ...{
      org: caller.org,
      hash: hashKey(apiKey),
      name,
      mode,
      scopes,
      mailboxes,
      categories,
      madeBy: caller.key,
      expiresAt,
    },
    principal: kind === undefined ? { id: principal } : { kind, name },
  });
  if (made === 'principal_unknown')
    throw new Problem('not_found', { detail: 'there is no such principal', field: 'principal' });
  if (made === 'more_categories')
    throw new Problem('scope_missing', {
      detail: 'your own key is for fewer categories, so the new one can have no others',
      field: 'categories',
    });
  if (made === 'scopes_clash')
    throw new Problem('invalid_request', {
      detail:
        'messages:send must not meet approvals:decide, policy:admin or org:admin on one principal: who sends neither decides nor sets the policy',
      field: 'scopes',
    });
  if (typeof made === 'string') throw ofMaker(made === 'admin_exists' ? 'maker_gone' : made, 'expiresAt');
  return { ...shownKey(made), apiKey };
};

export const rotateKey: Verb<'keys.rotate'> = async (deps, caller, { id, overlap }) => {
  const { org, key, principal } = caller;
  const old = await visibleKey(deps, caller, id);
  // Whoever rotates a key learns the new one, so it is as if they made it.
  if (old.mode === 'live') requireLive(caller, 'live key');
  mayMake(caller, { scopes: old.scopes, principal: old.principal }, old.mode);
  const apiKey = makeKey(old.mode);
  const rotated = await deps.store.rotateKey({
    ...{ org, id, hash: hashKey(apiKey), overlapMs: overlap * 1_000, by: { key, principal } },
  });
  if (rotated === 'unknown') throw keyNotFound();
  if (rotated === 'over')
    throw new Problem('conflict', { detail: 'this key was revoked or has expired; make a new one' });
  if (rotated === 'rotated')
    throw new Problem('conflict', {
      detail: 'this key was rotated already; rotate the one that replaced it, or revoke that one first',
    });
  if (typeof rotated === 'string') throw ofMaker(rotated, 'id');
  const { made, previous } = rotated;
  return { ...shownKey(made), apiKey, previous: { id: previous.id, expiresAt: previous.expiresAt } };
};

export const listKeys: Verb<'keys.list'> = async ({ store }, caller, { includeRevoked, ...filter }) => {
  const page = await store.keys({ ...scopeOf(caller), ...filter, liveOnly: !includeRevoked });
  return { ...page, items: page.items.map(shownKey) };
};

export const getKey: Verb<'keys.get'> = async (deps, caller, { id }) =>
  shownKey(await visibleKey(deps, caller, id));

export const revokeKey: Verb<'keys.revoke'> = async (deps, caller, { id, keepSuccessor }) => {
  const found = await visibleKey(deps, caller, id);
  if (found.mode === 'live') requireLive(caller, 'live key');
  const revoked = await deps.store.revokeKey(caller.org, id, caller.principal, { keepSuccessor });
  if (revoked === null) throw keyNotFound();
  return shownKey(revoked);
};

export const whoami: Verb<'keys.whoami'> = async (deps, caller) => {
  const { org, key, principal, kind, mode, scopes, mailboxes } = caller;
  const row = await deps.store.key({ org, line: null, id: key });
  if (row === null) throw new Problem('unauthorized', { detail: 'this API key is not known' });
  return {
    ...{ key, name: row.name, principal, kind, mode, scopes, expiresAt: row.expiresAt },
    mailboxes: mailboxes === null ? null : await addressesOf(deps, org, mailboxes),
  };
};

async function addressesOf(
  { store }: ServiceDeps,
  org: string,
  ids: string[],
): Promise<{ id: string; address: string }[]> {
  const { items } = await store.mailboxes({ org, ids, limit: ids.length });
  return items.map(({ id, address }) => ({ id, address }));
}

/** A key that is bound to nothing may list all of the org; any other its own line. */
const scopeOf = (caller: Caller): KeyScope => ({
  org: caller.org,
  line: isAdmin(caller) ? null : caller.key,
});

async function visibleKey({ store }: ServiceDeps, caller: Caller, id: string): Promise<KeyRow> {
  const found = await store.key({ ...scopeOf(caller), id });
  if (found === null) throw keyNotFound();
  return found;
}

export const keyNotFound = (): Problem =>
  new Problem('not_found', { detail: 'there is no such key, or it was not made with yours', field: 'id' });

function ofMaker(problem: MakerProblem, field: string): Problem {
  if (problem === 'maker_gone')
    return new Problem('unauthorized', { detail: 'your key was revoked or has expired meanwhile' });
  const detail = 'your own key ends before that, and no key outlives the one that made it';
  return new Problem('scope_missing', { detail, field });
}

/** @throws Problem where the new key would be more than the caller's, or somebody's whom it may not make. */
function mayMake(caller: Caller, asked: Asked, mode: 'live' | 'test'): void {
  const no = (detail: string, field: string): Problem => new Problem('scope_missing', { detail, field });
  if (caller.mode === 'test' && mode === 'live') throw no('a test key makes only test keys', 'mode');
  if (asked.principal !== undefined && asked.kind !== undefined)
    throw new Problem('invalid_request', {
      detail: 'give principal (an existing one) or kind (a new one), not both',
      field: 'kind',
    });
  const isForOther = (asked.principal ?? caller.principal) !== caller.principal;
  // Its scopes would stand in the way of live ones: nobody both sends and decides.
  if (caller.mode === 'test' && isForOther)
    throw no('a test key makes keys for its own principal only', 'principal');
  // Otherwise it could make the person who approves what it wrote.
  if (caller.kind === 'agent' && (isForOther || (asked.kind ?? 'agent') !== 'agent'))
    throw no('an agent makes keys for agents only, never for a person or a service', 'kind');
  if (isAdmin(caller)) return;
  const more = asked.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (more.length > 0) throw no(`your key lacks ${more.join(', ')}, so the new one can't have it`, 'scopes');
  if (asked.kind !== undefined || isForOther)
    throw no(
      'without org:admin a key is made for your own principal: leave principal and kind out',
      'principal',
    );
}

/** Ids; null is every mailbox of the org, which only a key that has them all can give. */
async function mailboxesFor(deps: ServiceDeps, caller: Caller, asked: Asked): Promise<string[] | null> {
  if (asked.mailboxes === undefined) return isAdmin(caller) ? null : caller.mailboxes;
  const scope = isAdmin(caller) ? { ...caller, mailboxes: null } : caller;
  return await Promise.all(asked.mailboxes.map(async (name) => (await visibleMailbox(deps, scope, name)).id));
}

export const shownKey = ({ org: _org, ...row }: KeyRow): OutputOf<'keys.get'> => row;
