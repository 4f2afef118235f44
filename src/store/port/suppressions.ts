/** @module The store's port for addresses that must not be written to. */
import type { Mode } from '../../core/email/id.js';
import type { Page, PageRequest, SuppressionRow } from '../details.js';

export interface WantedSuppression {
  org: string;
  mode: Mode;
  /** Normalised; with scope `domain` a domain. */
  address: string;
  scope: SuppressionRow['scope'];
  mailbox?: string | undefined;
  reason: string;
  source: string;
  expiresAt?: string | undefined;
  by: string;
}

/** What a key may see of an org's list. */
interface Seen {
  org: string;
  mode: Mode;
  /** Null: all; else only those of scope `mailbox` that belong to one of these. */
  mailboxes: readonly string[] | null;
}

export interface SuppressionStore {
  /** One that is there already stands, with the later of the two expiries. */
  addSuppression(row: WantedSuppression): Promise<SuppressionRow>;
  /** As many, in one transaction; answers how many were new. */
  addSuppressions(rows: readonly WantedSuppression[]): Promise<number>;
  /** False where there is none, or the key may not see it. */
  removeSuppression(removal: Seen & { id: string; by: string }): Promise<boolean>;
  suppressions(filter: PageRequest & Seen & { address?: string | undefined }): Promise<Page<SuppressionRow>>;
  /**
   * All that hold for an address now, oldest first: of the org, of its domain, and of mailboxes: of one of these, or of
   * any where it is null.
   */
  suppressionsOn(asked: Seen & { address: string }): Promise<SuppressionRow[]>;
}
