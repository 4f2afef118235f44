/**
 * @module The verbs on contact leases: a principal takes, keeps and gives back its own, and sees no other's contacts;
 * an admin of the org sees and ends them all.
 */
import { Problem } from '../errors.js';
import type { Caller, ContactLeaseRow } from '../store/store.js';
import type { Verb } from './deps.js';
import type { OutputOf } from './operations.js';

export const acquireLease: Verb<'leases.acquire'> = async ({ store, clock }, caller, asked) => {
  const answer = await store.acquireLease({ ...holderIn(caller), ...asked });
  if (answer.result === 'yours') return shown(answer.lease);
  if (answer.result === 'full')
    throw new Problem('conflict', { detail: 'you hold 100 contacts already; give some back first' });
  const { holder, until } = answer.lease;
  throw new Problem('lease_conflict', {
    detail: `${holder} is in contact with them until ${until}; leave the contact to them, or ask again then`,
    field: 'address',
    retryAfter: Math.max(1, Math.ceil((new Date(until).getTime() - clock().getTime()) / 1_000)),
    members: { holder, until },
  });
};

export const renewLease: Verb<'leases.renew'> = async ({ store }, caller, asked) => {
  const renewed = await store.renewLease({ ...holderIn(caller), ...asked });
  if (renewed === null) throw leaseNotFound();
  return shown(renewed);
};

export const releaseLease: Verb<'leases.release'> = async ({ store }, caller, { id }) => {
  if (await store.releaseLease({ ...seenBy(caller), id, by: caller.principal }))
    return { id, released: true };
  throw leaseNotFound();
};

export const listLeases: Verb<'leases.list'> = async ({ store }, caller, filter) => {
  const page = await store.leases({ ...filter, ...seenBy(caller) });
  return { ...page, items: page.items.map(shown) };
};

const holderIn = ({
  org,
  mode,
  principal: holder,
}: Caller): Pick<Caller, 'org' | 'mode'> & { holder: string } => ({
  ...{ org, mode, holder },
});

/** Whoever answers for the org ends what an agent left behind. */
const seenBy = (caller: Caller): Pick<Caller, 'org' | 'mode'> & { holder: string | null } => ({
  ...holderIn(caller),
  ...(caller.scopes.includes('org:admin') && caller.mailboxes === null && { holder: null }),
});

const leaseNotFound = (): Problem =>
  new Problem('not_found', {
    detail: 'there is no such lease of yours, or it is over; acquire it anew',
    field: 'id',
  });

const shown = (row: ContactLeaseRow): OutputOf<'leases.acquire'> => row;
