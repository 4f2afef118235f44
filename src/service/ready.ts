/**
 * @module Whether this server can take requests: both of the services that it needs answer.
 */
import { within } from './connectivity.js';
import type { ServiceDeps } from './deps.js';
import { withDeadline } from './temporal.js';

export interface Readiness {
  store: 'ok' | 'down';
  temporal: 'ok' | 'down';
}

export async function ready(deps: ServiceDeps): Promise<Readiness> {
  const { connection } = deps.temporal.client;
  const [store, temporal] = await Promise.all([
    answers(within(2_000, deps.store.ping(), () => new Error('no answer in time'))),
    answers(withDeadline(deps, 'ask', () => connection.workflowService.getSystemInfo({}))),
  ]);
  return { store, temporal };
}

const answers = async (call: Promise<unknown>): Promise<'ok' | 'down'> =>
  await call.then(
    () => 'ok',
    () => 'down',
  );
