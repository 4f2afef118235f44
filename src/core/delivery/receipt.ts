/**
 * @module What a provider answered to one attempt. Pure types: providers make them, the store keeps them.
 */
import type { ReceiptOutcome, BounceClass, ReportType } from '../email/state.js';

/**
 * Why it was not sent. `recipient` and `content` are about the email, and no other provider is asked. The others are
 * about the provider or the moment: `config` (credentials, sender, account, TLS), `quota` (used up for now), `rate`
 * (too fast), `timeout` (no answer, before the content went out), `transient` (no connection, 503, a 4yz of SMTP).
 * `refused` is content that a route lets another provider judge.
 */
export type RefusalReason =
  'recipient' | 'content' | 'config' | 'quota' | 'rate' | 'timeout' | 'transient' | 'refused';

/** The answer for one recipient. No address and no server text: codes only. */
export interface RecipientReceipt {
  index: number;
  outcome: ReceiptOutcome;
  reason?: RefusalReason;
  /** SMTP reply code, or the enhanced status (RFC 3463) where there is one. */
  smtpStatus?: string;
  /** Of a refusal for the recipient: what the provider knows of the address, where that is more than the status says. */
  bounce?: BounceClass;
}

export interface Receipt {
  recipients: RecipientReceipt[];
  /** The provider's own id of the message. */
  providerMessageId?: string;
  /** The Message-ID that the recipient sees, with angle brackets, where the provider puts its own in place of ours. */
  seenMessageId?: string;
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
  /** An open by a mail proxy, a click by a scanner: recorded, and no sign of a person. */
  machine?: boolean;
  /** A complaint that says the opposite (ARF `not-spam`): recorded, without effect. */
  notSpam?: boolean;
}

/** What a genuine webhook says. */
export interface HookReading {
  reports: ProviderReport[];
  /**
   * Where the signature does not cover the body (Mailgun): a token that is good for one body only. The store keeps it
   * in the transaction of the reports; with another body it is a replay.
   */
  token?: string;
  /** Who signs it, where several providers share a key; default: the provider. No name of a provider has a dot. */
  tokenScope?: string;
  /** Asked for by the webhook itself, and only by a genuine one (SNS: confirm the subscription). */
  confirm?: () => Promise<void>;
}

/** Reasons that are about the provider or the moment, so that another try may do better. */
const FAILOVER_REASONS: ReadonlySet<RefusalReason> = new Set([
  ...(['config', 'quota', 'rate'] as const),
  ...(['timeout', 'transient', 'refused'] as const),
]);

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
