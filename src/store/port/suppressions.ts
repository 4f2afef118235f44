/** @module The store's port for addresses that get no email. */
import type { Mode } from '../../core/email/id.js';
import type { Page, PageRequest, SuppressionRow } from '../details.js';

export interface SuppressionStore {
  addSuppression(row: {
    org: string;
    mode: Mode;
    address: string;
    scope: SuppressionRow['scope'];
    mailbox?: string | undefined;
    reason: string;
    source: string;
    expiresAt?: string | undefined;
    by: string;
  }): Promise<SuppressionRow>;
  removeSuppression(removal: {
    org: string;
    mode: Mode;
    /** Null: any; else only those of scope `mailbox` that belong to one of these. */
    mailboxes: string[] | null;
    id: string;
    by: string;
  }): Promise<boolean>;
  suppressions(
    filter: PageRequest & {
      org: string;
      mode: Mode;
      /** As of `removeSuppression`. */
      mailboxes: string[] | null;
      address?: string | undefined;
    },
  ): Promise<Page<SuppressionRow>>;
}
