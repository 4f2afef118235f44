/**
 * @module Whether this server can take requests: both of the services that it needs answer.
 */
import type { ServiceDeps } from './deps.js';
import { withDeadline } from './temporal.js';

export interface Readiness {
  store: 'ok' | 'down';
  temporal: 'ok' | 'down';
}

export async function ready(deps: ServiceDeps): Promise<Readiness> {
  const { connection } = deps.temporal.client;
  const [store, temporal] = await Promise.all([
    answers(within(2_000, deps.store.ping())),
    answers(within(2_500, withDeadline(deps, 'ask', () => connection.workflowService.getSystemInfo({})))),
  ]);
  return { store, temporal };
}

const answers = async (call: Promise<unknown>): Promise<'ok' | 'down'> =>
  await call.then(
    () => 'ok',
    () => 'down',
  );

/** A call that hangs is a service that is down. */
async function within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), milliseconds);
  });
  return await Promise.race([call, late]).finally(() => clearTimeout(timer));
}
