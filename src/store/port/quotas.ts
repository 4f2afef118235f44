/** @module The store's port for how full the limits of mailboxes are. */
import type { Mode } from '../../core/email/id.js';
import type { RuleCode } from '../../core/policy/codes.js';
import type { RateSubject, RateWindow } from '../../core/policy/settings/limits.js';
import type { Page, PageRequest } from '../details.js';

export interface QuotaRow {
  /** Id. */
  mailbox: string;
  /** The rule of the verdict that tells of it. */
  rule: RuleCode;
  /** What is counted. */
  per: RateSubject;
  window: RateWindow;
  /** Emails that have a place in it, sent or not. */
  current: number;
  limit: number;
  /** When the window of now ends. */
  resetsAt: string;
}

export interface QuotaFilter extends PageRequest {
  org: string;
  mode: Mode;
  /** Ids; null: every mailbox of the org. */
  mailboxes: readonly string[] | null;
  /** Id of the key that is meant where a limit is per key. */
  key: string;
}

export interface QuotaStore {
  /** One page of mailboxes, newest first, each with its limits. */
  quotas(filter: QuotaFilter): Promise<Page<QuotaRow[]>>;
}
