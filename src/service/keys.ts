/**
 * @module The verbs on API keys. Without `org:admin` a key makes only lesser ones, for its own principal,
 * and sees and revokes only its own line, so that nobody gains anything by making keys.
 */
import { Problem } from '../errors.js';
import type { Caller, KeyRow } from '../store/store.js';
import { isAdmin, requireLive, visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { hashKey, makeKey } from './keys-format.js';
import type { OutputOf, ParsedOf } from './operations.js';

type Asked = ParsedOf<'keys.create'>;

export const createKey: Verb<'keys.create'> = async (deps, caller, asked) => {
  const mode = asked.mode ?? caller.mode;
  mayMake(caller, asked, mode);
  const mailboxes = await mailboxesFor(deps, caller, asked);
  if (mailboxes !== null && asked.scopes.includes('org:admin'))
    throw new Problem('invalid_request', {
      detail: 'org:admin is over the whole organisation and takes no mailboxes; for some, use policy:admin',
      field: 'mailboxes',
    });
  const apiKey = makeKey(mode);
  const made = await deps.store.createKey({
    org: caller.org,
    hash: hashKey(apiKey),
    name: asked.name,
    principal: principalFor(caller, asked),
    mode,
    scopes: asked.scopes,
    mailboxes,
    madeBy: caller.key,
  });
  if (made === 'principal_unknown')
    throw new Problem('not_found', { detail: 'there is no such principal', field: 'principal' });
  if (made === 'scopes_clash')
    throw new Problem('invalid_request', {
      detail:
        'messages:send must not meet approvals:decide, policy:admin or org:admin on one principal: who sends neither decides nor sets the policy',
      field: 'scopes',
    });
  if (made === 'maker_revoked')
    throw new Problem('unauthorized', { detail: 'your key was revoked meanwhile' });
  return { ...shown(made), apiKey };
};

export const listKeys: Verb<'keys.list'> = async ({ store }, caller) => {
  const all = await store.keys(caller.org);
  return { items: (isAdmin(caller) ? all : lineOf(caller, all)).map(shown) };
};

export const revokeKey: Verb<'keys.revoke'> = async ({ store }, caller, { id }) => {
  const all = await store.keys(caller.org);
  const found = (isAdmin(caller) ? all : lineOf(caller, all)).find((one) => one.id === id);
  if (found?.mode === 'live') requireLive(caller, 'live key');
  const revoked = found && (await store.revokeKey(caller.org, id, caller.principal));
  if (revoked) return shown(revoked);
  throw new Problem('not_found', {
    detail: 'there is no such key, or it was not made with yours',
    field: 'id',
  });
};

function mayMake(caller: Caller, asked: Asked, mode: 'live' | 'test'): void {
  const no = (detail: string, field: string): Problem => new Problem('scope_missing', { detail, field });
  if (caller.mode === 'test' && mode === 'live') throw no('a test key makes only test keys', 'mode');
  if (asked.principal !== undefined && asked.kind !== undefined)
    throw new Problem('invalid_request', {
      detail: 'give principal (an existing one) or kind (a new one), not both',
      field: 'kind',
    });
  const isForOther = (asked.principal ?? caller.principal) !== caller.principal;
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

function principalFor(
  caller: Caller,
  { principal, kind, name }: Asked,
): { id: string } | { kind: KeyRow['kind']; name: string } {
  return kind === undefined ? { id: principal ?? caller.principal } : { kind, name };
}

/** The caller's own key and all that were made with it, and with those. */
function lineOf(caller: Caller, keys: readonly KeyRow[]): KeyRow[] {
  const line = new Set([caller.key]);
  for (let size = 0; size !== line.size;) {
    size = line.size;
    for (const { id, madeBy } of keys) if (madeBy !== null && line.has(madeBy)) line.add(id);
  }
  return keys.filter((one) => line.has(one.id));
}

const shown = ({ org: _org, ...row }: KeyRow): OutputOf<'keys.list'>['items'][number] => row;
