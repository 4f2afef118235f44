/**
 * @module What stays of an address once its owner was erased (GDPR Art. 17): a keyed hash, by which the address is still
 * known when it comes back, and by which nobody learns it who has the database alone.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import type { KeyRing } from './seal.js';

/** How such a hash begins, wherever it stands in the place of an address. */
export const BLIND = 'hmac:';

/**
 * Hashes of one address key of one org: the first by the key that seals now, then by every other key of the ring, so
 * that it can be rotated. A key that leaves the ring takes with it whom it hid: their suppressions no longer hold.
 */
export function blinder(ring: KeyRing): (org: string, addressKey: string) => string[] {
  const keys = ring.map(({ key }) =>
    Buffer.from(hkdfSync('sha256', key, '', 'mailwarden erased person', 32)),
  );
  return (org, addressKey) =>
    keys.map((key) => BLIND + createHmac('sha256', key).update(`${org}\n${addressKey}`).digest('hex'));
}
