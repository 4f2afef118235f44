/**
 * @module When a key was last used, to the minute. Nobody's answer waits for it: it is written beside, and what fails
 * is only logged.
 */
import type { ServiceDeps } from './deps.js';
import { Recent } from './recent.js';

export type LastUse = (key: string) => void;

const EVERY_MS = 60_000;
/** Beyond so many keys a minute some are written twice, which the store makes nothing of. */
const MOST = 10_000;

export function lastUse({ store, clock, log }: Pick<ServiceDeps, 'store' | 'clock' | 'log'>): LastUse {
  const written = new Recent<number>(MOST);
  return (key) => {
    const now = clock().getTime();
    const before = written.get(key);
    if (before !== undefined && now - before < EVERY_MS) return;
    written.set(key, now);
    store.keyUsed(key).catch((error: unknown) => {
      log.warn({ key, err: error }, 'the last use of a key was not written');
    });
  };
}
