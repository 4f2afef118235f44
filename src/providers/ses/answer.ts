/**
 * @module What an answer of SES means, by its error's name. Pure. Sources:
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html, …/CommonErrors.html and
 * https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html. That an error means "does not send the
 * email" (…/dg/troubleshoot-error-messages.html) is believed of a 4xx; a 5xx leaves it open. Only codes come out.
 */
import { z } from 'zod';
import type { Receipt } from '../../core/delivery/receipt.js';
import type { Recipient } from '../../core/email/revision.js';
import {
  answerOfFailure,
  answerOfPlain,
  ofSeveral,
  permanent,
  retry,
  sameForAll,
  UNKNOWN,
  type Answer,
} from '../vendor/http-answer.js';
import type { HttpAnswer, HttpFailure } from '../vendor/http-call.js';

/** By name; and where one name stands for several things, by what its text says. The first that fits decides. */
const ANSWERS: readonly (readonly [name: RegExp, says: RegExp, answer: Answer])[] = [
  // The limits of the account: per second, and per day.
  [/^(TooManyRequests|Throttling|LimitExceeded)/u, /daily (message |sending )?quota/iu, permanent('quota')],
  [/^(TooManyRequests|Throttling)/u, /^/u, retry('rate')],
  // Nobody's clock is right for ever; the SDK sets its own by this answer.
  [
    /^(RequestTimeTooSkewed|InvalidSignature|SignatureDoesNotMatch)/u,
    /skew|expired|not yet current/iu,
    retry('transient'),
  ],
  // An identity of ours; in the account's sandbox also that of a recipient.
  [
    /^(MessageRejected|BadRequest)/u,
    /not verified|not authorized|sending (is )?(paused|disabled)/iu,
    permanent('config'),
  ],
  [
    /^BadRequest/u,
    /invalid email address|illegal (address|character)|local address|final '@/iu,
    permanent('recipient'),
  ],
  [/^(BadRequest|Validation|Serialization|MessageRejected)/u, /^/u, permanent('content')],
  [
    /^(MailFromDomainNotVerified|AccountSuspended|SendingPaused|LimitExceeded|NotFound)/u,
    /^/u,
    permanent('config'),
  ],
  [
    /^(AccessDenied|NotAuthorized|OptInRequired|MissingAuthenticationToken|ExpiredToken)/u,
    /^/u,
    permanent('config'),
  ],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|IncompleteSignature|InvalidSignature)/u,
    /^/u,
    permanent('config'),
  ],
  [/^(SignatureDoesNotMatch|RequestExpired)/u, /^/u, permanent('config')],
];

const acceptedSchema = z.object({ MessageId: z.string().regex(/^[\w-]{1,200}$/u) });

/**
 * The receipt of one call. SES puts its own id in the place of our Message-ID
 * (https://docs.aws.amazon.com/ses/latest/dg/header-fields.html), at a domain of its region.
 */
export function sesReceipt(
  recipients: readonly Recipient[],
  outcome: HttpAnswer | HttpFailure,
  region: string,
): Receipt {
  if ('failed' in outcome) return { recipients: sameForAll(recipients, answerOfFailure(outcome)) };
  if (outcome.status !== 200)
    return { recipients: sameForAll(recipients, refusalOf(outcome, recipients.length > 1)) };
  const id = acceptedSchema.safeParse(outcome.json).data?.MessageId;
  // A 200 without an id is somebody else's: a proxy may have swallowed the mail, or passed it on.
  if (id === undefined) return { recipients: sameForAll(recipients, UNKNOWN) };
  const seen = seenMessageId(id, region);
  return {
    recipients: sameForAll(recipients, { outcome: 'accepted' }),
    providerMessageId: id,
    ...(seen !== null && { seenMessageId: seen }),
  };
}

function refusalOf(outcome: HttpAnswer, isOneOfMany: boolean): Answer {
  const { status } = outcome;
  if (status < 400 || status >= 500) return UNKNOWN;
  const { name, says } = errorOf(outcome);
  const [, , named] = ANSWERS.find(([names, texts]) => names.test(name) && texts.test(says)) ?? [];
  return ofSeveral(named ?? answerOfPlain(outcome), isOneOfMany);
}

/** `X-Amzn-ErrorType: MessageRejected:http://…`, or `__type` in the body; and its text, which goes no further. */
function errorOf({ headers, json }: HttpAnswer): { name: string; says: string } {
  const body = z.object({
    __type: z.unknown(),
    code: z.unknown(),
    message: z.unknown(),
    Message: z.unknown(),
  });
  const { __type, code, message, Message } = body.partial().safeParse(json).data ?? {};
  const [type] = [headers['x-amzn-errortype'], __type, code].filter((one) => typeof one === 'string');
  const [says] = [message, Message].filter((one) => typeof one === 'string');
  return { name: sesErrorName(type ?? ''), says: says ?? '' };
}

/** The bare name in `com.amazonaws.sesv2#MessageRejected:http://…`. */
const sesErrorName = (type: string): string => type.replace(/^.*#/su, '').replace(/:.*$/su, '');

/** Documented for all regions but China's. */
function seenMessageId(id: string, region: string): string | null {
  if (region.startsWith('cn-')) return null;
  return `<${id}@${region === 'us-east-1' ? 'email' : region}.amazonses.com>`;
}
