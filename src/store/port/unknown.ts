/** @module The store's port for emails of which nobody knows whether they were sent. */
import type { Receipt } from '../../core/delivery/receipt.js';
import type { Mode } from '../../core/email/id.js';
import type { Recipient } from '../../core/email/revision.js';
import type { Page, PageRequest } from '../details.js';
import type { StoredView } from './messages.js';

/** A recipient of whom nobody knows whether it was sent to, and the try that left it so. */
export interface UnknownTry {
  index: number;
  attempt: number;
  try: number;
}

/** A try that left some unknown, taken by one process until its lease is over. */
export interface TakenUnknown {
  id: string;
  attempt: number;
  try: number;
  provider: string;
  mode: Mode;
  /** When the first try of its key began. */
  at: Date;
  /** RFC 5322 Message-ID with angle brackets. */
  messageId: string;
  /** Those who are still unknown. */
  recipients: Recipient[];
  /** Whether its provider is to be asked now; `never` where it can't be. */
  ask: 'now' | 'later' | 'never';
  /** Names the lease: whoever has another one writes nothing. */
  lease: string;
}

/** What a look came to: `nothing` is an answer, too; `failed` is none, and counts for nothing. */
export interface Look extends Pick<TakenUnknown, 'id' | 'attempt' | 'try' | 'provider' | 'ask' | 'lease'> {
  found: Receipt | 'nothing' | 'failed';
  /** What the provider does not find was certainly not sent. */
  isComplete: boolean;
}

export interface Looked {
  /** `over`: somebody else settled it, or looks. */
  result: 'settled' | 'unknown' | 'over';
  /** People are to be told that it takes long, for the last time where it is `deadline`. */
  alert: UnknownAlert | null;
}
export type UnknownAlert = 'overdue' | 'deadline';

/** The unknown recipients of one message at one provider. */
export interface UnknownRow {
  id: string;
  mailbox: string;
  provider: string;
  tries: UnknownTry[];
  /** When the first of these tries began. */
  since: string;
  /** Until when none of them is over, so that nobody can say yet that it was not sent. */
  leaseUntil: string;
  /** How often the provider was asked. */
  lookups: number;
}

export interface UnknownFilter extends PageRequest {
  org: string;
  mode: Mode;
  /** Null: every mailbox of the org. */
  mailboxes: string[] | null;
  provider?: string | undefined;
  /** Of the try: inclusive. */
  since?: string | undefined;
  /** Exclusive. */
  until?: string | undefined;
}

export interface UnknownStore {
  /**
   * Takes what is due, the longest due first, for `leaseMs`: no other process gets it meanwhile. Only of these
   * providers, of which `asks` says whether they can be asked; of others when nobody took it for an hour.
   */
  takeUnknown(wanted: {
    limit: number;
    leaseMs: number;
    providers: readonly { name: string; asks: boolean }[];
  }): Promise<TakenUnknown[]>;
  /** Writes down what a look found; a report, a receipt or a person that came before it wins. */
  recordLook(look: Look): Promise<Looked>;
  /** Newest message first. */
  unknown(filter: UnknownFilter): Promise<Page<UnknownRow>>;
  resolveUnknown(resolution: {
    id: string;
    as: 'sent' | 'not_sent' | 'abandoned';
    /** Who is resolved; where one of them is no longer unknown by this try, `not_unknown`. */
    unknown: readonly UnknownTry[];
    by: string;
    /** The workflow is over, so that nobody would send what was not sent. */
    workflowOver?: boolean;
  }): Promise<{ result: 'applied' | 'lease_active' | 'not_unknown'; view: StoredView; retryAfter?: number }>;
}
