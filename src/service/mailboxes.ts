/**
 * @module The verbs on mailboxes. A key sees those that it is bound to.
 */
import { Problem } from '../errors.js';
import { routeOf } from '../core/delivery/route.js';
import type { Policy, PolicyInput } from '../core/policy/schema.js';
import type { MailboxRow } from '../store/store.js';
import { isAdmin, requireLive, visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { changedSince, versionOf } from './if-match.js';

export const createMailbox: Verb<'mailboxes.create'> = async (
  deps,
  caller,
  { idempotencyKey: _key, ...asked },
) => {
  const { org, principal } = caller;
  requireLive(caller, 'mailbox');
  if (!isAdmin(caller))
    throw new Problem('scope_missing', { detail: 'a key that is bound to mailboxes makes no others' });
  requireProviders(deps, asked.route);
  const made = await deps.store.createMailbox({ org, ...asked }, principal);
  if (made !== 'exists') return shown(made);
  throw new Problem('conflict', { detail: 'there is a mailbox with this address already', field: 'address' });
};

export const listMailboxes: Verb<'mailboxes.list'> = async ({ store }, { org, mailboxes: ids }, filter) => {
  const page = await store.mailboxes({ ...filter, org, ids });
  return { ...page, items: page.items.map(shown) };
};

export const getMailbox: Verb<'mailboxes.get'> = async (deps, caller, { mailbox }) =>
  shown(await visibleMailbox(deps, caller, mailbox));

export const updateMailbox: Verb<'mailboxes.update'> = async (deps, caller, input, raw) => {
  const { mailbox, ifMatch, ...asked } = input;
  requireLive(caller, 'mailbox');
  requireProviders(deps, asked.route);
  const seen = versionOf(ifMatch);
  for (let tries = 1; ; tries++) {
    const { id, version, policy: before } = await visibleMailbox(deps, caller, mailbox);
    if (seen !== undefined && seen !== version) throw changedSince('mailbox');
    // As written: parsing fills in defaults, and those would reset what the caller did not mention.
    const policy = 'policy' in raw ? merged(before, raw['policy'] as PolicyChange) : undefined;
    const change = { ...asked, policy };
    // Merged with what was read, so that must still be there: of two changes at once neither undoes the other.
    const guard = policy === undefined ? seen : version;
    const row = await deps.store.updateMailbox(caller.org, id, change, caller.principal, guard);
    if (row === null)
      throw new Problem('mailbox_unknown', { detail: 'there is no such mailbox', field: 'mailbox' });
    if (row !== 'stale') return shown(row);
    if (seen !== undefined || tries === MOST_TRIES) throw changedSince('mailbox');
  }
};

/** Against others who change the same mailbox at the same time. */
const MOST_TRIES = 20;

type PolicyChange = Partial<PolicyInput> | { allow: null };

/** What is not mentioned stays as it is: a change of a limit must not lift an allow-list. */
function merged(before: Policy, change: PolicyChange): PolicyInput {
  const limits = { ...before.limits, ...('limits' in change ? change.limits : {}) };
  const { allow, ...rest } = { ...before, ...change, limits };
  return allow === null || allow === undefined ? rest : { ...rest, allow };
}

/** Test keys end there by themselves; no route leads to it. */
const SANDBOX = 'sandbox';

/** @throws Problem where a route names a provider that this server doesn't have: its mail would never go. */
function requireProviders({ hookReaders }: ServiceDeps, route: MailboxRow['route'] | undefined): void {
  if (!route) return;
  const known = Object.keys(hookReaders).filter((name) => name !== SANDBOX);
  const index = routeOf(route).providers.findIndex(({ provider }) => !known.includes(provider));
  if (index < 0) return;
  const there = known.length === 0 ? 'this server has none' : `there are: ${known.join(', ')}`;
  throw new Problem('invalid_request', {
    detail: `the route names a provider that is not configured; ${there}`,
    field: `${'providers' in route ? 'route.providers' : 'route'}[${index}].provider`,
  });
}

const shown = ({ org: _org, ...row }: MailboxRow): Omit<MailboxRow, 'org'> => row;
