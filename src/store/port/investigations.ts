/**
 * @module The store's port for investigations: what a person has to look into, opened by a report. A complaint has one
 * for each email and recipient; blocks have one open at a time for each mailbox and provider, which counts them.
 */
import type { Mode } from '../../core/email/id.js';
import type { Page, PageRequest } from '../details.js';

export type InvestigationKind = 'complaint' | 'block';
export type InvestigationStatus = 'open' | 'assigned' | 'resolved';

export interface InvestigationRow {
  /** `inv_…` */
  id: string;
  org: string;
  mode: Mode;
  kind: InvestigationKind;
  status: InvestigationStatus;
  /** Id. */
  mailbox: string;
  provider: string;
  /** The email that it began with. */
  message: string;
  /** Its recipient: the address as it is kept now, null where it no longer is. */
  recipient: string | null;
  recipientIndex: number;
  smtpStatus: string | null;
  /** How many reports it stands for, and when the last one came. */
  reports: number;
  lastReportAt: string;
  /** Principal. */
  assignee: string | null;
  finding: string | null;
  resolvedBy: string | null;
  resolvedAt: string | null;
  /** Raised by every change that somebody made. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** Whose investigations. */
export interface InvestigationScope {
  org: string;
  mode: Mode;
  /** Ids; null: every mailbox of the org. */
  mailboxes: readonly string[] | null;
}

export interface OneInvestigation extends InvestigationScope {
  id: string;
}

/** `stale`: it is no longer the version that was named. `resolved`: it is closed, with another finding. */
export type InvestigationChanged = InvestigationRow | 'stale' | 'resolved' | null;

export interface InvestigationStore {
  /** Newest first. */
  investigations(
    filter: InvestigationScope &
      PageRequest & {
        status?: readonly InvestigationStatus[] | undefined;
        kind?: InvestigationKind | undefined;
      },
  ): Promise<Page<InvestigationRow>>;
  investigation(one: OneInvestigation): Promise<InvestigationRow | null>;
  /** `version`: only while it is this. `nobody`: the org has no principal of the id `to`. */
  assignInvestigation(
    change: OneInvestigation & { to: string; by: string; version?: number | undefined },
  ): Promise<InvestigationChanged | 'nobody'>;
  /** Once: the same person with the same finding again changes nothing. */
  resolveInvestigation(
    change: OneInvestigation & { finding: string; by: string; version?: number | undefined },
  ): Promise<InvestigationChanged>;
}
