/**
 * @module From the text of an API key to the caller behind it.
 */
import { Problem } from '../errors.js';
import type { Caller } from '../store/store.js';
import type { ServiceDeps } from './deps.js';
import { guessLimit } from './guess-limit.js';
import { hashKey, isWellFormedKey } from './keys-format.js';
import { lastUse } from './last-use.js';

/** `from`: the address that the call comes from, where there is one. */
export type Authenticate = (key: string | null, from?: string) => Promise<Caller>;

/**
 * It throws Problem `unauthorized`, or `rate_limited` where an address guesses. A key with a typing error is told from
 * its checksum, without a query.
 */
export function authenticator(deps: ServiceDeps): Authenticate {
  const guesses = guessLimit(deps);
  const used = lastUse(deps);
  return async (key, from) => {
    if (key === null || key === '')
      throw new Problem('unauthorized', { detail: 'send your API key as: Authorization: Bearer mw_live_…' });
    const hash = hashKey(key);
    const isWellFormed = isWellFormedKey(key);
    // What cannot be a key costs no query, and is told so however often it comes.
    if (isWellFormed) guesses.check(from, hash);
    const caller = isWellFormed ? await deps.store.callerOf(hash) : null;
    if (caller !== null) {
      guesses.good(from, hash);
      used(caller.key);
      return caller;
    }
    guesses.failed(from, hash);
    throw new Problem('unauthorized', {
      detail: isWellFormed
        ? 'this API key is not known, was revoked, or has expired'
        : 'this is not an API key of Mailwarden; check that it was copied in full',
    });
  };
}
