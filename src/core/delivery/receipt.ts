/**
 * @module What a provider answered to one attempt. Pure types: providers make them, the store keeps them.
 */
import type { ReceiptOutcome, BounceClass, ReportType } from '../email/state.js';

/** Why it was not sent: failover helps for all but `recipient` and `content`. */
export type RefusalReason = 'recipient' | 'content' | 'config' | 'quota' | 'rate' | 'transient';

/** The answer for one recipient. No address and no server text: codes only. */
export interface RecipientReceipt {
  index: number;
  outcome: ReceiptOutcome;
  reason?: RefusalReason;
  /** SMTP reply code, or the enhanced status (RFC 3463) where there is one. */
  smtpStatus?: string;
}

export interface Receipt {
  recipients: RecipientReceipt[];
  /** The provider's own id of the message. */
  providerMessageId?: string;
  /** Milliseconds before it makes sense to try again. */
  retryAfter?: number;
}

/** A report as a provider gives it: `message` is any name by which we know the message. */
export interface ProviderReport {
  /** The provider's id of the report: the same report again has the same id. */
  reportId: string;
  type: ReportType;
  bounce?: BounceClass;
  /** Our message id, our Message-ID header, or the provider's id. */
  message: string;
  /** Address; absent means every recipient of the message. */
  recipient?: string;
  /** When it happened (ISO 8601). */
  at?: string;
  reason?: string;
  smtpStatus?: string;
}

/** Reasons that are about the provider or the moment, so that another try may do better. */
const FAILOVER_REASONS: ReadonlySet<RefusalReason> = new Set(['config', 'quota', 'rate', 'transient']);

/**
 * What an answer means for the recipient: a refusal for a reason that another provider does not share
 * leaves it to be tried again; one about the recipient or the content is final.
 */
export function outcomeFor({ outcome, reason }: RecipientReceipt): ReceiptOutcome {
  return outcome === 'not_sent_permanent' && reason !== undefined && FAILOVER_REASONS.has(reason)
    ? 'not_sent_retry'
    : outcome;
}

/** True where the same provider would only say no again: go to the next one at once. */
export function exhausts(receipt: Receipt): boolean {
  return receipt.recipients.some(
    (one) => one.outcome === 'not_sent_permanent' && outcomeFor(one) === 'not_sent_retry',
  );
}
