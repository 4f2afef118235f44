/**
 * @module What a provider that we did not write says of one send, over the generic HTTP form or from
 * `defineProvider`: read strictly, because what cannot be understood must not count as accepted.
 */
import { z } from 'zod';
import type { Receipt, RecipientReceipt, RefusalReason } from '../../core/delivery/receipt.js';
import type { Recipient } from '../../core/email/revision.js';
import type { Answer } from '../vendor/http-answer.js';

export const REFUSAL_REASONS = [
  ...(['recipient', 'content', 'config', 'quota'] as const),
  ...(['rate', 'timeout', 'transient', 'refused'] as const),
] satisfies RefusalReason[];

/** SMTP reply code, or an enhanced one (RFC 3463). */
export const smtpStatus = z.string().regex(/^(?:[245]\d{2}|[245]\.\d{1,3}\.\d{1,3})$/u);

const recipientAnswer = z
  .strictObject({
    /** Which of the call's recipients: by its index … */
    index: z.number().int().min(0).optional(),
    /** … or by its address, as it was given. */
    address: z.string().max(400).optional(),
    outcome: z.enum(['accepted', 'not_sent_retry', 'not_sent_permanent', 'unknown']),
    reason: z.enum(REFUSAL_REASONS).optional(),
    smtpStatus: smtpStatus.optional(),
  })
  .refine(
    ({ index, address }) => (index === undefined) !== (address === undefined),
    'needs either index or address',
  );

const answerSchema = z.strictObject({
  /** The provider's own id of the message. */
  id: z.string().min(1).max(500),
  /** The Message-ID that the recipient sees, where it is not ours. */
  messageId: z
    .string()
    .max(500)
    .regex(/^<[^<>\s]+>$/u)
    .optional(),
  /** Those whose answer is not simply `accepted`; all others are. */
  recipients: z.array(recipientAnswer).max(1_000).optional(),
});

/** That the email was taken, by the words of this provider. */
export type OwnAnswer = z.input<typeof answerSchema>;

/** The receipt of an answer; null where it is not of this form or speaks of somebody that the call did not name. */
export function receiptOf(recipients: readonly Recipient[], answer: unknown): Receipt | null {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) return null;
  const { id, messageId, recipients: named = [] } = parsed.data;
  const answers = new Map<number, Answer>();
  for (const { index, address, ...one } of named) {
    const meant = recipients.find(
      (recipient) => recipient.index === index || recipient.address.toLowerCase() === address?.toLowerCase(),
    );
    if (meant === undefined || answers.has(meant.index)) return null;
    answers.set(meant.index, withoutUndefined(one));
  }
  return {
    recipients: recipients.map(({ index }) => ({
      index,
      ...(answers.get(index) ?? { outcome: 'accepted' }),
    })),
    providerMessageId: id,
    ...(messageId !== undefined && { seenMessageId: messageId }),
  };
}

/** What a reason alone says: about the email it is final, about the provider or the moment it is not. */
export const refusalFor = (reason: RefusalReason, status?: string): Answer => ({
  outcome: FINAL.has(reason) ? 'not_sent_permanent' : 'not_sent_retry',
  reason,
  ...(status !== undefined && { smtpStatus: status }),
});

/** `config` and `refused` are final for this provider only: the next one is asked. */
const FINAL: ReadonlySet<RefusalReason> = new Set(['recipient', 'content', 'config', 'refused'] as const);

function withoutUndefined({
  outcome,
  reason,
  smtpStatus: status,
}: {
  outcome: RecipientReceipt['outcome'];
  reason?: RefusalReason | undefined;
  smtpStatus?: string | undefined;
}): Answer {
  return {
    outcome,
    ...(reason !== undefined && { reason }),
    ...(status !== undefined && { smtpStatus: status }),
  };
}
