/** @module The first key of an org, with which all others are made. Nobody made it, so only who has the database can. */
import type { KeyRow, Scope, Store } from '../store/store.js';
import { hashKey, makeKey } from './keys-format.js';

/** All that neither sends nor decides: whoever administers does neither. */
const SCOPES: Scope[] = [
  'org:admin',
  'policy:admin',
  'suppressions:write',
  'consents:write',
  'webhooks:write',
  'messages:read',
];

/** Null where the org has a key that administers it, unless `force`, for when nobody has that key any more. */
export async function makeFirstKey(
  store: Pick<Store, 'createKey'>,
  { org, name, force }: { org: string; name: string; force: boolean },
): Promise<{ apiKey: string; row: KeyRow } | null> {
  const apiKey = makeKey('live');
  const row = await store.createKey({
    ...{ org, hash: hashKey(apiKey), name, principal: { kind: 'person', name }, mode: 'live' },
    ...{ scopes: SCOPES, mailboxes: null, madeBy: null, first: !force },
  });
  if (row === 'admin_exists') return null;
  if (typeof row === 'string') throw new Error(`the first key could not be made: ${row}`);
  return { apiKey, row };
}
