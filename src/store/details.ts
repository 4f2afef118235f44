/** @module What people read: messages in full and in lists, their traces, suppressions, and pages of them. */
import type { Category } from '../core/email/request.js';
import type { Mode } from '../core/email/id.js';
import type { Recipient, Revision } from '../core/email/revision.js';
import type { BounceClass, MessageStatus, ReceiptOutcome, RecipientStatus } from '../core/email/state.js';
import type { WaitReason } from '../core/email/view.js';
import type { Verdict } from '../core/policy/verdict.js';
import type { DecisionAction } from './port/decisions.js';

export interface RecipientDetail extends Recipient {
  status: RecipientStatus;
  reason: string | null;
  smtpStatus: string | null;
  softBounces: number;
  /** The class of the bounce that ended it. */
  bounce: BounceClass | null;
  /** The claim that holds it, or held it last. */
  attempt: number | null;
  try: number | null;
}

export interface AttemptDetail {
  attempt: number;
  try: number;
  provider: string;
  recipients: number[];
  at: string;
  leaseUntil: string;
  finishedAt: string | null;
  outcome: ReceiptOutcome | 'mixed' | null;
  providerMessageId: string | null;
  /** The Message-ID that its reader sees, where the provider put its own in the place of ours. */
  seenMessageId: string | null;
  /** Another provider may have sent it to some of these before; nobody knows. */
  duplicatePossible: boolean;
}

export interface ReportDetail {
  provider: string;
  reportId: string;
  type: string;
  recipient: number | null;
  reason: string | null;
  smtpStatus: string | null;
  /** An open or a click that is no person's. */
  machine: boolean;
  /** A complaint that says the opposite. */
  notSpam: boolean;
  at: string;
}

export interface DecisionDetail {
  revision: number;
  action: DecisionAction;
  by: string;
  via: string;
  digest: string;
  comment: string | null;
  at: string;
}

export interface MessageSummary {
  id: string;
  mailbox: string;
  mode: Mode;
  status: MessageStatus;
  category: Category;
  subject: string;
  revision: number;
  digest: string;
  waitingFor: { reason: WaitReason; until?: string } | null;
  createdAt: string;
  updatedAt: string;
}

export interface MessageDetail extends MessageSummary {
  version: number;
  dedupeKey: string;
  requestHash: string;
  principal: string;
  verdict: Verdict;
  content: Revision;
  sendAt: string | null;
  expiresAt: string | null;
  reason: string | null;
  context: unknown;
  tags: string[];
  metadata: Record<string, string>;
  recipients: RecipientDetail[];
  attempts: AttemptDetail[];
  reports: ReportDetail[];
  /** Opens and clicks, as far as providers report them; those of machines stand apart. */
  engagement: { opens: number; clicks: number; machineOpens: number; machineClicks: number };
  decisions: DecisionDetail[];
}

/** One step in a message's trace: an audit row. */
export interface TraceEntry {
  seq: number;
  at: string;
  type: string;
  by: string;
  data: Record<string, unknown>;
}

export interface SuppressionRow {
  id: string;
  org: string;
  mode: Mode;
  address: string;
  scope: 'org' | 'domain' | 'mailbox';
  mailbox: string | null;
  reason: string;
  source: string;
  message: string | null;
  createdAt: string;
  expiresAt: string | null;
}

/** A page of a list, newest first; `cursor` continues it. */
export interface Page<T> {
  items: T[];
  cursor: string | null;
}
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

export interface MessageFilter extends PageRequest {
  org: string;
  mode: Mode;
  /** Null: every mailbox of the org. */
  mailboxes: string[] | null;
  /** Any of these; absent: any. */
  status?: readonly MessageStatus[] | undefined;
  category?: Category | undefined;
  tag?: string | undefined;
  /** An address, normalised; upper and lower case count alike. */
  recipient?: string | undefined;
  /** Inclusive. */
  createdAfter?: string | undefined;
  /** Exclusive. */
  createdBefore?: string | undefined;
}
