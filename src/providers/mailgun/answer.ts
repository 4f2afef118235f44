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
  ofSeveral,
  permanent,
  retry,
  retryAfterOf,
  sameForAll,
  UNKNOWN,
  type Answer,
} from '../vendor/http-answer.js';
import type { HttpAnswer, HttpFailure } from '../vendor/http-call.js';
import { fieldsOf, textOf } from '../vendor/json.js';

/** By status, where it differs from what HTTP itself says. The first that fits the message decides. */
const REFUSALS: Readonly<Record<number, readonly (readonly [message: RegExp, answer: Answer])[]>> = {
  400: [
    [/'?to'? parameter|recipient.*(not |in)valid/iu, permanent('recipient')],
    [/'?from'? parameter|domain|account|disabled/iu, permanent('config')],
  ],
  // "This one can be temporal", as documented: worth another try before the next provider.
  404: [[/^/u, retry('config')]],
  429: [[/(hourly|daily|monthly|recipient|message) limit|quota/iu, retry('quota')]],
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
  const id = textOf(fieldsOf(json)['id']);
  if (id === undefined || !/^[^\s]{3,500}$/u.test(id)) return { recipients: sameForAll(recipients, UNKNOWN) };
  const seen = id.startsWith('<') ? id : `<${id}>`;
  return {
    recipients: sameForAll(recipients, { outcome: 'accepted' }),
    providerMessageId: id,
    ...(seen !== messageId && { seenMessageId: seen }),
  };
}

function refusal(answer: HttpAnswer, isOneOfMany: boolean): Answer {
  const { status, json } = answer;
  const text = textOf(fieldsOf(json)['message'], 30_000) ?? '';
  const named = REFUSALS[status]?.find(([pattern]) => pattern.test(text))?.[1] ?? answerOfPlain(answer);
  return ofSeveral(named, isOneOfMany);
}
