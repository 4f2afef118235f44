/** @module Every activity of a worker, made from its dependencies. */
import { admit } from './admit.js';
import { decisions } from './decide.js';
import { deliver } from './deliver.js';
import type { Dependencies } from './dependencies.js';
import { feedback } from './feedback.js';
import type { CoreActivities } from './interface.js';

export type { Dependencies } from './dependencies.js';

type Activity = (input: never) => Promise<unknown>;

/** Activity type → function; the prefix keeps them apart from a user's own. */
export function createActivities(deps: Dependencies): Record<string, Activity> {
  const core: CoreActivities = { admit: admit(deps), ...decisions(deps), ...feedback(deps) };
  const deliveries = [...deps.providers.values()].map((provider) => [
    `deliver.${provider.name}`,
    deliver(deps, provider),
  ]);
  return Object.fromEntries(
    [...Object.entries(core), ...deliveries].map(([name, activity]) => [
      `mailwarden.${name as string}`,
      activity as Activity,
    ]),
  );
}
