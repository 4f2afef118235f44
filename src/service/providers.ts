/**
 * @module The verbs on providers. Each org sees how they are with its own sending domains; to drain one, which is
 * everybody's, is for the org that runs the server.
 */
import { Problem } from '../errors.js';
import type { BreakerRow, Caller, Drain } from '../store/store.js';
import { isAdmin, requireLive } from './access.js';
import type { ProviderInfo, ServiceDeps, Verb } from './deps.js';
import type { ShownProvider } from './schemas/provider.js';

export const listProviders: Verb<'providers.list'> = async (deps, caller) => ({
  items: await shown(deps, caller, deps.providers),
});

export const getProvider: Verb<'providers.get'> = async (deps, caller, { name }) =>
  await shownOne(deps, caller, name);

export const drainProvider: Verb<'providers.drain'> = async (deps, caller, { name, reason }) => {
  requireOperator(deps, caller);
  const provider = knownProvider(deps, name).name;
  const drain = await deps.store.drain({ provider, reason, org: caller.org, by: caller.principal });
  deps.log.warn({ provider, at: drain.at }, 'a provider is drained');
  return await shownOne(deps, caller, name);
};

export const resumeProvider: Verb<'providers.resume'> = async (deps, caller, { name }) => {
  requireOperator(deps, caller);
  const provider = knownProvider(deps, name).name;
  await deps.store.resume({ provider, org: caller.org, by: caller.principal });
  return await shownOne(deps, caller, name);
};

/** @throws Problem `scope_missing`: it would stop the mail of all orgs. */
export function requireOperator({ serverOrg }: ServiceDeps, caller: Caller): void {
  requireLive(caller, 'provider');
  if (caller.org === serverOrg && isAdmin(caller)) return;
  throw new Problem('scope_missing', {
    detail: 'a provider carries the mail of every organisation here: ask whoever runs this server',
    members: { scope: 'org:admin' },
  });
}

/** @throws Problem `not_found`. */
export function knownProvider({ providers }: ServiceDeps, name: string): ProviderInfo {
  const found = providers.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = providers.map((one) => one.name).join(', ');
  throw new Problem('not_found', {
    detail: `there is no such provider; ${names === '' ? 'this server has none' : `there are: ${names}`}`,
    field: 'name',
  });
}

async function shownOne(deps: ServiceDeps, caller: Caller, name: string): Promise<ShownProvider> {
  const info = knownProvider(deps, name);
  const [one] = await shown(deps, caller, [info]);
  return one as ShownProvider;
}

async function shown(
  { store, serverOrg }: ServiceDeps,
  { org, mode, mailboxes }: Caller,
  infos: readonly ProviderInfo[],
): Promise<ShownProvider[]> {
  const drains = await store.drains();
  // A test key's mail reaches no provider.
  const rows = mode === 'test' ? [] : await store.breakers({ org, mailboxes });
  return infos.map((info) => {
    const drain = drains.find((one) => one.provider === info.name);
    const own = rows.filter((one) => one.provider === info.name);
    return {
      ...info,
      state: drain ? 'drained' : worstOf(own),
      ...(drain && { drained: shownDrain(drain, org === serverOrg) }),
      domains: own.map(({ provider: _provider, ...row }) => row),
    };
  });
}

const worstOf = (rows: readonly BreakerRow[]): BreakerRow['state'] =>
  (['open', 'half_open'] as const).find((state) => rows.some((one) => one.state === state)) ?? 'closed';

/** Who it was is for the org that it was. */
const shownDrain = ({ at, reason, by }: Drain, isOwn: boolean): NonNullable<ShownProvider['drained']> => ({
  at,
  ...(reason !== null && { reason }),
  ...(isOwn && { by }),
});
