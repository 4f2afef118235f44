/**
 * @module What Postmark's answers to a send mean (https://postmarkapp.com/developer/api/overview#error-codes). Pure.
 * Only codes come out: its messages quote addresses, and are read for them.
 */
import type { Receipt } from '../../core/delivery/receipt.js';
import { normaliseAddress } from '../../core/email/address.js';
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

const ACCEPTED: Answer = { outcome: 'accepted' };
const config: Answer = { outcome: 'not_sent_permanent', reason: 'config' };
const content: Answer = { outcome: 'not_sent_permanent', reason: 'content' };
const recipient: Answer = { outcome: 'not_sent_permanent', reason: 'recipient' };
/** The call was refused for the sake of another recipient. */
const other: Answer = { outcome: 'not_sent_retry', reason: 'transient' };

const INVALID = 300;
const INACTIVE = 406;

/** By ErrorCode. Those from 500 on are about the server's set-up: signatures, domains, streams. */
const ANSWERS: ReadonlyMap<number, Answer> = new Map([
  [10, config],
  // Maintenance.
  [100, { outcome: 'not_sent_retry', reason: 'transient' }],
  [INVALID, content],
  [400, config],
  [401, config],
  [402, content],
  [403, content],
  // Out of credits.
  [405, { outcome: 'not_sent_permanent', reason: 'quota' }],
  [INACTIVE, recipient],
  [409, content],
  [411, content],
  [412, config],
  [413, config],
  [429, { outcome: 'not_sent_retry', reason: 'rate' }],
]);

/** Their code; undefined where the answer is not one of Postmark's. */
export function postmarkCode({ json }: HttpAnswer): number | undefined {
  const code = typeof json === 'object' && json !== null && 'ErrorCode' in json ? json.ErrorCode : undefined;
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
  const named = namedIn(outcome, recipients);
  const retryAfter = answer.reason === 'rate' ? retryAfterOf(outcome.headers) : undefined;
  return {
    recipients: recipients.map(({ index }) => ({
      index,
      ...(named.size === 0 ? answer : named.has(index) ? recipient : other),
    })),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** A 2xx without a code and an id is somebody else's. Inactive addresses it leaves out, and says so in the message. */
function accepted(recipients: readonly Recipient[], answer: HttpAnswer): Receipt {
  const { json } = answer;
  const id = typeof json === 'object' && json !== null && 'MessageID' in json ? json.MessageID : undefined;
  if (postmarkCode(answer) !== 0 || typeof id !== 'string' || !/^[\w-]{8,100}$/u.test(id))
    return { recipients: sameForAll(recipients, UNKNOWN) };
  const inactive = inactiveIn(messageOf(answer), recipients);
  return {
    recipients: recipients.map(({ index }) => ({ index, ...(inactive.has(index) ? recipient : ACCEPTED) })),
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

function messageOf({ json }: HttpAnswer): string {
  const message = typeof json === 'object' && json !== null && 'Message' in json ? json.Message : '';
  return typeof message === 'string' ? message.slice(0, 30_000) : '';
}

/** Whom a refusal names: those who are inactive, or whose address it does not take. */
function namedIn(answer: HttpAnswer, recipients: readonly Recipient[]): ReadonlySet<number> {
  const code = postmarkCode(answer);
  const text = messageOf(answer);
  if (code === INACTIVE) return inactiveIn(text, recipients);
  if (code !== INVALID || !/'(?:To|Cc|Bcc)'/u.test(text)) return new Set();
  return recipients.length === 1 ? new Set(recipients.map((one) => one.index)) : quotedIn(text, recipients);
}

/** Both forms that their own libraries know. */
const INACTIVE_LIST = /(?:Found|these) inactive addresses: (.+?)\.?(?: Inactive |$)/u;

const inactiveIn = (text: string, recipients: readonly Recipient[]): ReadonlySet<number> =>
  among(recipients, INACTIVE_LIST.exec(text)?.[1]?.split(',') ?? []);

const quotedIn = (text: string, recipients: readonly Recipient[]): ReadonlySet<number> =>
  among(
    recipients,
    [...text.matchAll(/'([^' ]+@[^' ]+)'/gu)].map(([, address = '']) => address),
  );

function among(recipients: readonly Recipient[], addresses: readonly string[]): ReadonlySet<number> {
  const keys = new Set(addresses.map((one) => normaliseAddress(one.trim())?.toLowerCase()));
  return new Set(recipients.filter((one) => keys.has(one.address.toLowerCase())).map((one) => one.index));
}
