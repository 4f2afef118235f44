/**
 * @module Turns what the store knows into what the workflow follows: adds the next delivery step, as this
 * worker's providers and the mailbox's route make it now.
 */
import { nextProvider, type RouteEntry } from '../src/core/delivery/route.js';
import type { NextDelivery, View } from '../src/core/email/view.js';
import { SANDBOX } from '../src/providers/provider.js';
import type { StoredView } from '../src/store/store.js';
import type { Dependencies } from './dependencies.js';

type Planner = Pick<Dependencies, 'providers' | 'config'>;

/** How patient to be with a provider. */
type Patience = Pick<NextDelivery, 'timeouts' | 'retry'>;

/** With one that has no settings of its own (the sandbox). */
const DEFAULTS: Patience = {
  timeouts: { scheduleToStart: 60_000, startToClose: 120_000, heartbeat: 15_000, scheduleToClose: 900_000 },
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000, maximumAttempts: 3 },
};

export function patienceWith({ config }: Pick<Planner, 'config'>, provider: string): Patience {
  const { timeouts, retry } = config.providers.find((one) => one.name === provider) ?? DEFAULTS;
  return { timeouts, retry };
}

/** The route as it stands now: the mailbox's own, else every provider of this server. */
export function routeFor(deps: Planner, { mode, route }: StoredView['delivery']): RouteEntry[] {
  const entries =
    mode === 'test'
      ? [{ provider: SANDBOX, weight: 1, failover: false }]
      : (route ??
        deps.config.providers.map(({ name, weight, failover }) => ({ provider: name, weight, failover })));
  return entries.flatMap((entry) => {
    const provider = deps.providers.get(entry.provider);
    return provider ? [{ ...entry, envelope: provider.capabilities.envelope }] : [];
  });
}

/** The view for the workflow. `next` is absent where no provider is left to try. */
export function plan(deps: Planner, { delivery, ...view }: StoredView): View {
  if (view.stage !== 'ready' && view.stage !== 'waiting') return view;
  const entry = nextProvider(routeFor(deps, delivery), view.id, delivery.tried, delivery.subset);
  if (!entry) return view;
  return {
    ...view,
    next: {
      provider: entry.provider,
      attempt: delivery.attempt,
      ...patienceWith(deps, entry.provider),
    },
  };
}
