/** @module The store's port for contacts that one principal of an org holds; live and test apart. */
import type { Mode } from '../../core/email/id.js';
import type { Page, PageRequest } from '../details.js';

export interface ContactLeaseRow {
  id: string;
  /** In the form under which recipients are found: lower case, without a `+tag`. */
  address: string;
  /** Principal. */
  holder: string;
  createdAt: string;
  until: string;
}

interface Holder {
  org: string;
  mode: Mode;
  /** Principal. */
  holder: string;
}

type HolderOrAll = Omit<Holder, 'holder'> & { holder: string | null };

export interface ContactLeaseStore {
  /**
   * Takes a contact, or renews one's own. `result` is `held` where another has it; then the lease is theirs; and `full`
   * where the holder has a hundred others. Of two at once one gets it. One whose holder has no key left that sends
   * counts for nothing.
   */
  acquireLease(
    wanted: Holder & { address: string; minutes: number },
  ): Promise<{ result: 'yours' | 'held'; lease: ContactLeaseRow } | { result: 'full' }>;
  /** Null where it is nobody's of this holder any more. */
  renewLease(wanted: Holder & { id: string; minutes: number }): Promise<ContactLeaseRow | null>;
  /** `holder` null: whoever holds it. `by`: principal. */
  releaseLease(wanted: HolderOrAll & { id: string; by: string }): Promise<boolean>;
  /** Those that hold; `holder` null: of all. */
  leases(filter: PageRequest & HolderOrAll): Promise<Page<ContactLeaseRow>>;
}
