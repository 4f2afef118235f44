/**
 * @module Turns what the store knows into what the workflow follows: adds the next delivery step, as this
 * worker's providers and the routes of its config, or of the mailbox, make it now.
 */
import { priorityOf } from '../src/core/delivery/priority.js';
import { chooseRoute, nextProvider, type Route, type RouteEntry } from '../src/core/delivery/route.js';
import type { FailoverTrigger } from '../src/core/delivery/triggers.js';
import type { NextDelivery, View } from '../src/core/email/view.js';
import { SANDBOX } from '../src/providers/provider.js';
import type { StoredView } from '../src/store/store.js';
import type { Dependencies } from './dependencies.js';

type Planner = Pick<Dependencies, 'providers' | 'config'>;
type Delivery = StoredView['delivery'];

/** How patient to be with a provider, and whether its deliveries have a queue of their own. */
type Patience = Pick<NextDelivery, 'timeouts' | 'retry' | 'ownQueue'>;

/** With one that has no settings of its own (the sandbox). */
const DEFAULTS: Patience = {
  timeouts: { scheduleToStart: 60_000, startToClose: 120_000, heartbeat: 15_000, scheduleToClose: 900_000 },
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000, maximumAttempts: 3 },
};

/** A queue with a rate limit is there to be waited in. */
const IN_OWN_QUEUE = 30 * 60_000;

export function patienceWith({ config }: Pick<Planner, 'config'>, provider: string): Patience {
  const settings = config.providers.find((one) => one.name === provider);
  if (settings === undefined) return DEFAULTS;
  const { timeouts, retry, rateLimit } = settings;
  const scheduleToStart =
    timeouts.scheduleToStart ?? (rateLimit ? IN_OWN_QUEUE : DEFAULTS.timeouts.scheduleToStart);
  if (!rateLimit) return { retry, timeouts: { ...timeouts, scheduleToStart } };
  const scheduleToClose = timeouts.scheduleToClose + scheduleToStart;
  return { retry, timeouts: { ...timeouts, scheduleToStart, scheduleToClose }, ownQueue: true };
}

/** The route of a message as it stands now: those of its providers that this worker has, and its triggers. */
export function routeFor(
  deps: Planner,
  delivery: Delivery,
): { route: RouteEntry[]; triggers: readonly FailoverTrigger[] } {
  const { providers, failoverTriggers } = chosen(deps, delivery);
  const route = providers.flatMap((entry) => {
    const provider = deps.providers.get(entry.provider);
    return provider ? [{ ...entry, envelope: provider.capabilities.envelope }] : [];
  });
  return { route, triggers: failoverTriggers ?? deps.config.delivery.failoverTriggers };
}

function chosen({ config }: Planner, delivery: Delivery): Route {
  if (delivery.mode === 'test') return { providers: [{ provider: SANDBOX, weight: 1, failover: false }] };
  const everyone = config.providers.map(({ name, weight, failover }) => ({
    ...{ provider: name, weight, failover },
  }));
  return chooseRoute(delivery, config.delivery.routes, { providers: everyone });
}

/** The view for the workflow. `next` is absent where no provider is left to try. */
export function plan(deps: Planner, { delivery, ...view }: StoredView): View {
  if (view.stage !== 'ready' && view.stage !== 'waiting') return view;
  const provider = nextFor(deps, view.id, delivery);
  if (provider === undefined) return view;
  return {
    ...view,
    next: {
      ...{ provider, attempt: delivery.attempt, ...patienceWith(deps, provider) },
      priority: priorityOf(delivery.category, delivery.mailbox.id),
    },
  };
}

function nextFor(deps: Planner, id: string, delivery: Delivery): string | undefined {
  const { only, tried, closed, subset } = delivery;
  if (only !== undefined) return deps.providers.has(only) ? only : undefined;
  return nextProvider(routeFor(deps, delivery).route, id, [...tried, ...closed], subset)?.provider;
}
