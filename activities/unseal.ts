/** @module Opens what was sealed for an activity, by value or, where it was too large for that, by reference. */
import { SealError, unseal, type Purpose } from '../src/seal.js';
import type { Dependencies } from './dependencies.js';

/** The prefix of a reference to the store: `blob:` and the SHA-256 of the seal. */
const BLOB = 'blob:';

/** Null where it is damaged, sealed for something else or by a stranger, or not to be found. */
export async function openSealed<T>(
  { store, ring }: Pick<Dependencies, 'store' | 'ring'>,
  purpose: Purpose,
  sealed: string,
): Promise<T | null> {
  try {
    const text = sealed.startsWith(BLOB) ? await textOf(store, sealed.slice(BLOB.length)) : sealed;
    return text === null ? null : ((await unseal(ring, purpose, text)) as T);
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}

async function textOf(store: Dependencies['store'], sha256: string): Promise<string | null> {
  const bytes = await store.blob(sha256);
  return bytes && new TextDecoder().decode(bytes);
}
