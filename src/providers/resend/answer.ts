/**
 * @module What Resend's answers to a send mean (https://resend.com/docs/api-reference/errors). Pure. Only codes come
 * out: its messages quote addresses.
 */
import type { Receipt } from '../../core/delivery/receipt.js';
import type { Recipient } from '../../core/email/revision.js';
import {
  answerOfFailure,
  answerOfPlain,
  permanent,
  retry,
  retryAfterOf,
  sameForAll,
  UNKNOWN,
  type Answer,
} from '../vendor/http-answer.js';
import type { HttpAnswer, HttpFailure } from '../vendor/http-call.js';
import { fieldsOf, textOf } from '../vendor/json.js';

const config = permanent('config');
const content = permanent('content');
/** For hours or days: the next provider is asked at once. */
const quota = permanent('quota');

/** Their names of errors. Believed only with a 4xx: what was done before a 5xx, nobody says. */
const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ['missing_api_key', config],
  ['restricted_api_key', config],
  ['invalid_api_key', config],
  ['invalid_from_address', config],
  ['invalid_idempotency_key', config],
  ['invalid_access', config],
  ['invalid_region', config],
  ['not_found', config],
  ['method_not_allowed', config],
  ['invalid_attachment', content],
  ['invalid_parameter', content],
  ['missing_required_field', content],
  ['security_error', permanent('refused')],
  ['daily_quota_exceeded', quota],
  ['monthly_quota_exceeded', quota],
  ['rate_limit_exceeded', retry('rate')],
  // Another try with this key is under way, and nobody knows yet how it ends: the same key finds out later.
  ['concurrent_idempotent_requests', UNKNOWN],
  // This key has already sent something, and it was not this. What, a person has to see.
  ['invalid_idempotent_request', UNKNOWN],
]);

/** Their name of the error, as a code; undefined where there is none. */
export function resendError({ json }: HttpAnswer): string | undefined {
  const name = textOf(fieldsOf(json)['name']);
  return name !== undefined && /^[a-z_]{1,60}$/u.test(name) ? name : undefined;
}

export function resendReceipt(recipients: readonly Recipient[], outcome: HttpAnswer | HttpFailure): Receipt {
  if ('failed' in outcome) return { recipients: sameForAll(recipients, answerOfFailure(outcome)) };
  const { status, headers, json } = outcome;
  if (status >= 200 && status < 300) return accepted(recipients, json);
  const answer = refusal(outcome);
  const retryAfter = answer.reason === 'rate' ? retryAfterOf(headers) : undefined;
  return {
    recipients: sameForAll(recipients, answer),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** A 2xx without an id is not Resend's: a proxy may have swallowed the email, or passed it on. */
function accepted(recipients: readonly Recipient[], json: unknown): Receipt {
  const id = textOf(fieldsOf(json)['id']);
  if (id === undefined || !/^[\w-]{8,100}$/u.test(id)) return { recipients: sameForAll(recipients, UNKNOWN) };
  return { recipients: sameForAll(recipients, { outcome: 'accepted' }), providerMessageId: id };
}

function refusal(answer: HttpAnswer): Answer {
  const { status } = answer;
  if (status < 400 || status >= 500) return answerOfPlain(answer);
  const name = resendError(answer);
  // With 403 it is about the sender's domain, with 400 and 422 about the fields of this email.
  if (name === 'validation_error') return status === 403 ? config : content;
  return ANSWERS.get(name ?? '') ?? answerOfPlain(answer);
}
