/**
 * @module Sealing: what a door hands to a workflow goes through Temporal as a compact JWE (RFC 7516,
 * `dir` + A256GCM), so that nothing readable stands there, and nobody without the key ring can make one.
 */
import { CompactEncrypt, compactDecrypt, base64url, decodeProtectedHeader } from 'jose';

/** `kid:base64url(32 bytes)`; the first key seals, every key opens, so that keys can be rotated. */
export type KeyRing = readonly { kid: string; key: Uint8Array }[];

/** The seal is damaged, or its key is not on the ring. Never carries what was sealed. */
export class SealError extends Error {
  override name = 'SealError';
}

/** @throws SealError where the ring is empty or a key is not 32 bytes. */
export function keyRing(keys: readonly string[]): KeyRing {
  const ring = keys.map((text) => {
    const [kid = '', encoded = ''] = text.split(':');
    const key = decodeKey(encoded);
    if (key?.length !== 32) throw new SealError(`seal key ${kid} is not 32 bytes of base64url`);
    return { kid, key };
  });
  if (new Set(ring.map((one) => one.kid)).size < ring.length)
    throw new SealError('two seal keys have one name');
  if (ring.length === 0) throw new SealError('no seal key is set (MAILWARDEN_SEAL_KEYS)');
  return ring;
}

function decodeKey(encoded: string): Uint8Array | null {
  try {
    return base64url.decode(encoded);
  } catch {
    return null;
  }
}

/** What a sealed thing is for: one made for a decision is never taken for a request. */
export type Purpose =
  | 'request'
  | 'decision'
  | 'revision'
  | 'reschedule'
  | 'resolution'
  | 'approval-token'
  | 'kept-answer'
  | 'webhook-secret';

/** Seals a JSON value for one purpose. */
export async function seal(ring: KeyRing, purpose: Purpose, value: unknown): Promise<string> {
  const current = ring[0];
  if (!current) throw new SealError('the key ring is empty');
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: current.kid, typ: purpose })
    .encrypt(current.key);
}

/** Opens a seal. @throws SealError where it is damaged, of another purpose, or its key is unknown. */
export async function unseal(ring: KeyRing, purpose: Purpose, sealed: string): Promise<unknown> {
  const header = headerOf(sealed);
  const found = ring.find((one) => one.kid === header.kid);
  if (!found) throw new SealError('the seal names a key that is not on the ring');
  if (header.typ !== purpose) throw new SealError(`the seal was not made for a ${purpose}`);
  try {
    const { plaintext } = await compactDecrypt(sealed, found.key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return JSON.parse(new TextDecoder().decode(plaintext));
  } catch {
    throw new SealError('the seal is damaged');
  }
}

function headerOf(sealed: string): { kid?: string; typ?: string } {
  try {
    return decodeProtectedHeader(sealed);
  } catch {
    throw new SealError('this is not a seal');
  }
}
