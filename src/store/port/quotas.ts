/** @module The store's port for how full the limits of mailboxes are. */
import type { Mode } from '../../core/email/id.js';
import type { LimitWindow } from '../../core/policy/facts.js';
import type { Page, PageRequest } from '../details.js';

export interface QuotaRow {
  /** Id. */
  mailbox: string;
  window: LimitWindow;
  /** Emails that have a place in it, sent or not. */
  current: number;
  limit: number;
  /** When the window of now ends. */
  resetsAt: string;
}

export interface QuotaStore {
  /** One page of mailboxes, newest first, each with its windows. */
  quotas(
    filter: PageRequest & {
      org: string;
      mode: Mode;
      /** Ids; null: every mailbox of the org. */
      mailboxes: readonly string[] | null;
    },
  ): Promise<Page<QuotaRow[]>>;
}
