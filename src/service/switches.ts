/**
 * @module The verbs that stop email and let it go on, for an org and for a key; a mailbox is stopped by
 * `mailboxes.update`. Stopping is quick and forgiving: nothing is lost by it. No agent lets anything go on.
 */
import { Problem } from '../errors.js';
import type { Caller, KeyRow, OrgRow, Switch } from '../store/store.js';
import { isAdmin, requireLive } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import { keyNotFound, shownKey } from './keys.js';
import type { OutputOf } from './operations.js';

export const getOrg: Verb<'org.get'> = async ({ store }, { org }) => shownOrg(await store.org(org));

export const pauseOrg: Verb<'org.pause'> = async ({ store }, caller, { reason }) => {
  requireSwitch(caller);
  requireLive(caller, 'organisation');
  return shownOrg(await store.switchOrg(by(caller, 'paused', reason)));
};

export const resumeOrg: Verb<'org.resume'> = async ({ store }, caller) => {
  requireSwitch(caller);
  requireLive(caller, 'organisation');
  return shownOrg(await store.switchOrg(by(caller, 'active')));
};

/** Whoever may revoke a key may pause it, which is less. */
export const pauseKey: Verb<'keys.pause'> = async (deps, caller, { id, reason }) =>
  await switched(deps, caller, id, {
    line: mayResume(caller) ? null : caller.key,
    ...by(caller, 'paused', reason),
  });

export const resumeKey: Verb<'keys.resume'> = async (deps, caller, { id }) => {
  requireSwitch(caller);
  return await switched(deps, caller, id, { line: null, ...by(caller, 'active') });
};

async function switched(
  { store }: ServiceDeps,
  caller: Caller,
  id: string,
  { line, ...change }: Switch & { line: string | null },
): Promise<OutputOf<'keys.get'>> {
  const found = await store.key({ org: caller.org, line, id });
  if (found === null) throw keyNotFound();
  if (found.mode === 'live') requireLive(caller, 'live key');
  const row: KeyRow | null = await store.switchKey({ ...change, id });
  if (row === null) throw keyNotFound();
  return shownKey(row);
}

/** An admin, or a person who decides on emails; over the whole org, which no key is that is bound to mailboxes. */
const mayResume = (caller: Caller): boolean =>
  caller.kind !== 'agent' &&
  (isAdmin(caller) ||
    (caller.kind === 'person' && caller.mailboxes === null && caller.scopes.includes('approvals:decide')));

function requireSwitch(caller: Caller): void {
  if (mayResume(caller)) return;
  if (caller.mailboxes !== null)
    throw new Problem('scope_missing', {
      detail: 'your key is bound to mailboxes, and this is over the whole organisation; use one that is not',
    });
  throw new Problem('person_required', {
    detail: 'this takes a person who decides on emails, or an admin; an agent lets nothing go on',
  });
}

const by = ({ org, principal }: Caller, to: Switch['to'], why?: string): Switch => ({
  ...{ org, to, why, by: principal },
});

const shownOrg = ({ why, ...row }: OrgRow): OutputOf<'org.get'> => ({ ...row, reason: why });
