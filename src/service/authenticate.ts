/**
 * @module From the text of an API key to the caller behind it.
 */
import { Problem } from '../errors.js';
import type { Caller } from '../store/store.js';
import type { ServiceDeps } from './deps.js';
import { hashKey, isWellFormedKey } from './keys-format.js';

/** @throws Problem `unauthorized`. A key with a typing error is told from its checksum, without a query. */
export async function authenticate({ store }: ServiceDeps, key: string | null): Promise<Caller> {
  if (key === null || key === '')
    throw new Problem('unauthorized', { detail: 'send your API key as: Authorization: Bearer mw_live_…' });
  const caller = isWellFormedKey(key) ? await store.callerOf(hashKey(key)) : null;
  if (caller) return caller;
  throw new Problem('unauthorized', {
    detail: isWellFormedKey(key)
      ? 'this API key is not known, or it was revoked'
      : 'this is not an API key of Mailwarden; check that it was copied in full',
  });
}
