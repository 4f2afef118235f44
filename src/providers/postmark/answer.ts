/**
 * @module What Postmark's answers to a send mean (https://postmarkapp.com/developer/api/overview#error-codes). Pure.
 * Only codes come out: its messages quote addresses, and are read for them.
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
import { namedBy } from '../vendor/named-recipients.js';

const ACCEPTED: Answer = { outcome: 'accepted' };
const config = permanent('config');
const content = permanent('content');
const recipient = permanent('recipient');
/** Whom it has given up for a hard bounce, a complaint or by hand: it sends them nothing from anybody of the account. */
const inactive: Answer = { ...recipient, bounce: 'hard' };
/** The call was refused for the sake of another recipient. */
const other = retry('transient');

const INVALID = 300;
const INACTIVE = 406;

/** By ErrorCode. Those from 500 on are about the server's set-up: signatures, domains, streams. */
const ANSWERS: ReadonlyMap<number, Answer> = new Map([
  [10, config],
  // Maintenance.
  [100, retry('transient')],
  [INVALID, content],
  [400, config],
  [401, config],
  [402, content],
  [403, content],
  // Out of credits.
  [405, permanent('quota')],
  [INACTIVE, recipient],
  [409, content],
  [411, content],
  [412, config],
  [413, config],
  [429, retry('rate')],
]);

/** Their code; undefined where the answer is not one of Postmark's. */
export function postmarkCode({ json }: HttpAnswer): number | undefined {
  const code = fieldsOf(json)['ErrorCode'];
  return typeof code === 'number' && Number.isInteger(code) && code >= 0 ? code : undefined;
}

export function postmarkReceipt(
  recipients: readonly Recipient[],
  outcome: HttpAnswer | HttpFailure,
): Receipt {
  if ('failed' in outcome) return { recipients: sameForAll(recipients, answerOfFailure(outcome)) };
  const code = postmarkCode(outcome);
  const isSuccess = outcome.status >= 200 && outcome.status < 300;
  if (isSuccess && (code === undefined || code === 0)) return accepted(recipients, outcome);
  const answer = refusal(outcome, code);
  const named = answer === UNKNOWN ? new Set() : namedIn(outcome, recipients);
  const refused = code === INACTIVE ? inactive : recipient;
  const retryAfter = answer.reason === 'rate' ? retryAfterOf(outcome.headers) : undefined;
  return {
    recipients: recipients.map(({ index }) => ({
      index,
      ...(named.size === 0 ? answer : named.has(index) ? refused : other),
    })),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** A 2xx without a code and an id is somebody else's. Inactive addresses it leaves out, and says so in the message. */
function accepted(recipients: readonly Recipient[], answer: HttpAnswer): Receipt {
  const { json } = answer;
  const id = textOf(fieldsOf(json)['MessageID']);
  if (postmarkCode(answer) !== 0 || id === undefined || !/^[\w-]{8,100}$/u.test(id))
    return { recipients: sameForAll(recipients, UNKNOWN) };
  const left = inactiveIn(messageOf(answer), recipients);
  return {
    recipients: recipients.map(({ index }) => ({ index, ...(left.has(index) ? inactive : ACCEPTED) })),
    providerMessageId: id,
  };
}

function refusal(answer: HttpAnswer, code: number | undefined): Answer {
  const { status } = answer;
  // Maintenance is the one 5xx of which they say that nothing was done.
  if (status >= 500) return (status === 503 && code === 100 && ANSWERS.get(code)) || UNKNOWN;
  if (code === undefined || code === 0) return answerOfPlain(answer);
  if (code === INVALID && /'From'/u.test(messageOf(answer))) return config;
  return ANSWERS.get(code) ?? (code >= 500 ? config : answerOfPlain(answer));
}

const messageOf = ({ json }: HttpAnswer): string => textOf(fieldsOf(json)['Message'], 100_000) ?? '';

/** Whom a refusal names: those who are inactive, or whose address it does not take. */
function namedIn(answer: HttpAnswer, recipients: readonly Recipient[]): ReadonlySet<number> {
  const code = postmarkCode(answer);
  const text = messageOf(answer);
  // Of one recipient it is about that one, in whatever words.
  if (code === INACTIVE && recipients.length > 1) return inactiveIn(text, recipients);
  if (code === INACTIVE) return new Set(recipients.map((one) => one.index));
  if (code !== INVALID || !/'(?:To|Cc|Bcc)'/u.test(text)) return new Set();
  return recipients.length === 1 ? new Set(recipients.map((one) => one.index)) : quotedIn(text, recipients);
}

/** Both forms that their own libraries know. */
const INACTIVE_LIST = /(?:Found|these) inactive addresses: (.+?)\.?(?: Inactive |$)/u;

const inactiveIn = (text: string, recipients: readonly Recipient[]): ReadonlySet<number> =>
  namedBy(recipients, INACTIVE_LIST.exec(text)?.[1]?.split(',') ?? []);

const quotedIn = (text: string, recipients: readonly Recipient[]): ReadonlySet<number> =>
  namedBy(
    recipients,
    [...text.matchAll(/'([^' ]+@[^' ]+)'/gu)].map(([, address = '']) => address),
  );
