/** @module The store's port for what an org knows of one address. */
import type { Mode } from '../../core/email/id.js';
import type { SuppressionRow } from '../details.js';

export interface KnownOfAddress {
  /** Those that stop an email to it; the oldest first. */
  suppressions: Pick<SuppressionRow, 'scope' | 'reason'>[];
  /** An email of this org was delivered there. */
  delivered: boolean;
}

export interface AddressStore {
  knownOfAddress(asked: {
    org: string;
    mode: Mode;
    /** Whose own suppressions count beside the org's; null: nobody's. */
    mailbox: string | null;
    /** Whose deliveries may be told of; null: of all the org. */
    mailboxes: readonly string[] | null;
    /** Normalised. */
    address: string;
  }): Promise<KnownOfAddress>;
}
