/**
 * @module What Mailgun's answers to a send mean
 * (https://documentation.mailgun.com/docs/mailgun/quickstart-guide/responses). Pure. Only codes come out: its messages
 * quote addresses.
 */
import type { Receipt } from '../../core/delivery/receipt.js';
import type { Recipient } from '../../core/email/revision.js';
import {
  answerOfFailure,
  answerOfPlain,
  retryAfterOf,
  sameForAll,
  UNKNOWN,
  type Answer,
} from '../vendor/http-answer.js';
import type { HttpAnswer, HttpFailure } from '../vendor/http-call.js';

/** By status, where it differs from what HTTP itself says. The first that fits the message decides. */
const REFUSALS: Readonly<Record<number, readonly (readonly [message: RegExp, answer: Answer])[]>> = {
  400: [
    [/'?to'? parameter|recipient.*(not |in)valid/iu, { outcome: 'not_sent_permanent', reason: 'recipient' }],
    [/'?from'? parameter|domain|account|disabled/iu, { outcome: 'not_sent_permanent', reason: 'config' }],
  ],
  // "This one can be temporal", as documented: worth another try before the next provider.
  404: [[/^/u, { outcome: 'not_sent_retry', reason: 'config' }]],
  429: [
    [
      /(hourly|daily|monthly|recipient|message) limit|quota/iu,
      { outcome: 'not_sent_retry', reason: 'quota' },
    ],
  ],
};

/**
 * The receipt of one call. `messageId`: the Message-ID that our MIME carries; Mailgun keeps it and answers with it.
 * A 5xx is unknown whatever the code: mail has gone out behind such answers.
 */
export function mailgunReceipt(
  recipients: readonly Recipient[],
  messageId: string,
  outcome: HttpAnswer | HttpFailure,
): Receipt {
  if ('failed' in outcome) return { recipients: sameForAll(recipients, answerOfFailure(outcome)) };
  const { status, headers } = outcome;
  if (status >= 200 && status < 300) return accepted(recipients, messageId, outcome);
  const retryAfter = retryAfterOf(headers);
  return {
    recipients: sameForAll(recipients, refusal(outcome, recipients.length > 1)),
    ...(status === 429 && retryAfter !== undefined && { retryAfter }),
  };
}

/** A 2xx without an id is somebody else's: a proxy may have swallowed the mail, or passed it on. */
function accepted(recipients: readonly Recipient[], messageId: string, { json }: HttpAnswer): Receipt {
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : undefined;
  if (typeof id !== 'string' || !/^[^\s]{3,500}$/u.test(id))
    return { recipients: sameForAll(recipients, UNKNOWN) };
  const seen = id.startsWith('<') ? id : `<${id}>`;
  return {
    recipients: sameForAll(recipients, { outcome: 'accepted' }),
    providerMessageId: id,
    ...(seen !== messageId && { seenMessageId: seen }),
  };
}

function refusal(answer: HttpAnswer, isOneOfMany: boolean): Answer {
  const { status, json } = answer;
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : '';
  const text = typeof message === 'string' ? message : '';
  const named = REFUSALS[status]?.find(([pattern]) => pattern.test(text))?.[1] ?? answerOfPlain(answer);
  // It does not say which address it means: with several of them, another provider is asked about each.
  return named.reason === 'recipient' && isOneOfMany ? { ...named, reason: 'refused' } : named;
}
