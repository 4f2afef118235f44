/** @module Opens what was sealed for an activity, by value or, where it was too large for that, by reference. */
import { SealError, unseal, type Purpose } from '../src/seal.js';
import type { Dependencies } from './dependencies.js';

/** A reference to the store: the SHA-256 of the seal. Nothing else is asked for: no other text is a name there. */
const REFERENCE = /^blob:([0-9a-f]{64})$/u;

/** Null where it is damaged, sealed for something else or by a stranger, or not to be found. */
export async function openSealed<T>(
  { store, ring }: Pick<Dependencies, 'store' | 'ring'>,
  purpose: Purpose,
  sealed: string,
): Promise<T | null> {
  try {
    const [, name] = REFERENCE.exec(sealed) ?? [];
    const text = name === undefined ? sealed : await textOf(store, name);
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
