/**
 * @module What policy may look at besides the revision, loaded in one transaction. Pure.
 */
import type { Autonomy, Policy } from './schema.js';

export const LIMIT_WINDOWS = ['hourly', 'daily'] as const;
export type LimitWindow = (typeof LIMIT_WINDOWS)[number];

/** How full a limit is, without the message's own reservation. */
export interface Usage {
  used: number;
  /** When the next window that still has room opens (ISO 8601). */
  opensAt: string;
}

/** A suppression that hits a recipient. */
export interface SuppressionHit {
  /** Recipient index. */
  index: number;
  scope: 'org' | 'domain' | 'mailbox';
  reason: string;
}

export interface Facts {
  mailbox: { status: 'active' | 'paused'; address: string; autonomy: Autonomy };
  usage: Record<LimitWindow, Usage>;
  suppressions: SuppressionHit[];
  /** Indexes of recipients that a message of this org has reached before. */
  contacted: number[];
  /** Findings that a person has already accepted for this revision, as `reasonKey` writes them. */
  accepted: string[];
  /** True once the caller was told that it is accepted: a full limit then delays, never denies. */
  admitted: boolean;
  /** Which policy this is: a digest of it. */
  policyVersion: string;
}

/** Everything a rule may use. */
export interface Judgement<R> {
  policy: Policy;
  revision: R;
  facts: Facts;
  now: Date;
}
