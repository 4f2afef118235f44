/**
 * @module What SendGrid's answers to a send mean. Pure. Sources:
 * https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors and
 * https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits. Only codes come out: its
 * messages quote addresses.
 */
import { z } from 'zod';
import type { Receipt } from '../../core/delivery/receipt.js';
import type { Recipient } from '../../core/email/revision.js';
import {
  answerOfFailure,
  answerOfPlain,
  isHtml,
  ofSeveral,
  permanent,
  retry,
  retryAfterOf,
  sameForAll,
  UNKNOWN,
  type Answer,
} from '../vendor/http-answer.js';
import type { HttpAnswer, HttpFailure } from '../vendor/http-call.js';

const errorsSchema = z.object({
  errors: z
    .array(z.object({ message: z.string().catch(''), field: z.string().nullish().catch(null) }))
    .min(1),
});

/** By status, and by what the first error says or names, where that differs from what HTTP itself says. */
const REFUSALS: Readonly<Record<number, readonly (readonly [says: RegExp, answer: Answer])[]>> = {
  400: [
    // What other providers would take: no To, no subject, an empty body.
    [
      /^(subject|content|content\.\d+\.value|personalizations\.\d+\.to): .*(required|at least)/iu,
      permanent('refused'),
    ],
    [/^personalizations/iu, permanent('recipient')],
    [/^(from|mail_settings|tracking_settings|ip_pool|batch_id)/iu, permanent('config')],
  ],
  // SendGrid's way to say that the plan is used up.
  401: [[/maximum credits exceeded/iu, permanent('quota')]],
};

/**
 * The receipt of one call. A mail that was checked in sandbox mode is answered with 200 and goes nowhere; everything
 * else that is taken is a 202 with an X-Message-Id.
 */
export function sendgridReceipt(
  recipients: readonly Recipient[],
  outcome: HttpAnswer | HttpFailure,
  sandboxMode: boolean,
): Receipt {
  if ('failed' in outcome) return { recipients: sameForAll(recipients, answerOfFailure(outcome)) };
  const { status, headers } = outcome;
  const id = headers['x-message-id'];
  const isId = typeof id === 'string' && /^[\w.-]{1,200}$/u.test(id);
  if ((status === 202 && isId) || (status === 200 && sandboxMode && !isHtml(outcome)))
    return {
      recipients: sameForAll(recipients, { outcome: 'accepted' }),
      ...(isId && { providerMessageId: id }),
    };
  const retryAfter = retryAfterOf(headers) ?? resetOf(headers);
  return {
    recipients: sameForAll(recipients, refusalOf(outcome, recipients.length > 1)),
    ...((status === 429 || status === 503) && retryAfter !== undefined && { retryAfter }),
  };
}

function refusalOf(outcome: HttpAnswer, isOneOfMany: boolean): Answer {
  const { status } = outcome;
  // Documented as "the SendGrid v3 Web API is not available"; a page of somebody in between proves nothing.
  if (status === 503) return isHtml(outcome) ? UNKNOWN : retry('transient');
  const [first] = errorsSchema.safeParse(outcome.json).data?.errors ?? [];
  const says = `${first?.field ?? ''}: ${first?.message ?? ''}`;
  const answer = REFUSALS[status]?.find(([pattern]) => pattern.test(says))?.[1] ?? answerOfPlain(outcome);
  return ofSeveral(answer, isOneOfMany);
}

/** Milliseconds until X-RateLimit-Reset (seconds since 1970), going by the Date of the same answer; a minute at most. */
function resetOf(headers: HttpAnswer['headers']): number | undefined {
  const ms = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1_000 - Date.parse(headers.date ?? '');
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 60_000) : undefined;
}
