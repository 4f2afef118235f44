/**
 * @module The verbs on mailboxes. A key sees those that it is bound to.
 */
import { Problem } from '../errors.js';
import { routeOf } from '../core/delivery/route.js';
import { joinPatches, type Patch } from '../core/policy/patch.js';
import type { Caller, MailboxRow } from '../store/store.js';
import { isAdmin, requireLive, visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { changedSince, versionOf } from './if-match.js';
import { policyAfter, requireStricterStart, requireTightening } from './policy-guard.js';

export const createMailbox: Verb<'mailboxes.create'> = async (
  deps,
  caller,
  { idempotencyKey: _key, ...asked },
  raw,
) => {
  const { org, principal } = caller;
  requireLive(caller, 'mailbox');
  if (!isAdmin(caller))
    throw new Problem('scope_missing', { detail: 'a key that is bound to mailboxes makes no others' });
  requireProviders(deps, asked.route);
  const policy = patchIn(raw);
  if (policy !== undefined) await requireStricter(deps, caller, policy);
  const made = await deps.store.createMailbox({ org, ...asked, policy }, principal);
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
    const { id, version } = await visibleMailbox(deps, caller, mailbox);
    if (seen !== undefined && seen !== version) throw changedSince('mailbox');
    const patch = patchIn(raw);
    const { policy, basedOn } = patch === undefined ? {} : await mergedPolicy(deps, caller, id, patch);
    const change = { ...asked, policy };
    // Merged with what was read, so that must still be there: of two changes at once neither undoes the other.
    const guard = policy === undefined ? seen : version;
    const row = await deps.store.updateMailbox(caller.org, id, change, caller.principal, guard, basedOn);
    if (row === null) throw mailboxGone();
    if (row !== 'stale') return shown(row);
    if (seen !== undefined || tries === MOST_TRIES) throw changedSince('mailbox');
  }
};

/** Against others who change the same mailbox at the same time. */
const MOST_TRIES = 20;

/** What the mailbox would say itself, of what it says now. @throws Problem where it takes a person. */
async function mergedPolicy(
  deps: ServiceDeps,
  caller: Caller,
  mailbox: string,
  change: Patch,
): Promise<{ policy: Patch; basedOn: string }> {
  const subject = { org: caller.org, mailbox };
  const found = await deps.store.policy(subject);
  if (found === null) throw mailboxGone();
  const { own, below, policy: before, digest: basedOn } = found;
  const patch = joinPatches(own, change);
  const after = policyAfter(below, patch, 'policy');
  await requireTightening(deps, caller, { ...subject, before, after, patch, basedOn });
  return { policy: patch, basedOn };
}

async function requireStricter({ store }: ServiceDeps, caller: Caller, patch: Patch): Promise<void> {
  const org = await store.policy({ org: caller.org, mailbox: null });
  if (org !== null) requireStricterStart(caller, org.policy, policyAfter(org.own, patch, 'policy'));
}

const mailboxGone = (): Problem =>
  new Problem('mailbox_unknown', { detail: 'there is no such mailbox', field: 'mailbox' });

/** As written: parsing fills in defaults, and those would stand in the way of what the org says. */
const patchIn = (raw: Readonly<Record<string, unknown>>): Patch | undefined =>
  raw['policy'] as Patch | undefined;

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

const shown = ({ org: _org, ownPolicy: _own, ...row }: MailboxRow): Omit<MailboxRow, 'org' | 'ownPolicy'> =>
  row;
