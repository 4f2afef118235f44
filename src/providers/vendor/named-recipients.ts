/** @module Recipients of a call, as a vendor names them: by their addresses, in any spelling. */
import type { Receipt } from '../../core/delivery/receipt.js';
import { normaliseAddress } from '../../core/email/address.js';
import type { Recipient } from '../../core/email/revision.js';

/** The indexes of those who have one of these addresses. */
export function namedBy(recipients: readonly Recipient[], addresses: readonly string[]): ReadonlySet<number> {
  const keys = new Set(addresses.map((one) => normaliseAddress(one.trim())?.toLowerCase()));
  return new Set(recipients.filter((one) => keys.has(one.address.toLowerCase())).map((one) => one.index));
}

/** What a lookup found, for whom the vendor has the mail; of the others nobody knows. Null where it is none of them. */
export function foundFor(
  recipients: readonly Recipient[],
  addresses: readonly string[],
  providerMessageId: string,
): Receipt | null {
  const known = namedBy(recipients, addresses);
  if (known.size === 0) return null;
  return {
    recipients: recipients.map(({ index }) => ({
      index,
      outcome: known.has(index) ? 'accepted' : 'unknown',
    })),
    providerMessageId,
  };
}
