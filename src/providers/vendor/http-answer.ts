/**
 * @module What the outcome of a call means for the recipients, where the vendor has nothing of its own to say. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt, RecipientReceipt } from '../../core/delivery/receipt.js';
import type { HttpAnswer, HttpFailure } from './http-call.js';

/** What one recipient is told. */
export type Answer = Omit<RecipientReceipt, 'index'>;

type Indexed = readonly { index: number }[];

export const UNKNOWN: Answer = { outcome: 'unknown' };

type Reason = NonNullable<Answer['reason']>;
export const permanent = (reason: Reason): Answer => ({ outcome: 'not_sent_permanent', reason });
export const retry = (reason: Reason): Answer => ({ outcome: 'not_sent_retry', reason });

/** Every recipient of the call gets the same answer. */
export const sameForAll = (recipients: Indexed, answer: Answer): Receipt['recipients'] =>
  recipients.map(({ index }) => ({ index, ...answer }));

/** A refusal of the call for one address says of several nothing about which: another provider may know. */
export const ofSeveral = (answer: Answer, several: boolean): Answer =>
  several && answer.outcome === 'not_sent_permanent' && answer.reason === 'recipient'
    ? { ...answer, reason: 'refused' }
    : answer;

/** A call without answer: not sent where nothing went out whole, else nobody knows. */
export const answerOfFailure = ({ failed, reason }: HttpFailure): Answer =>
  failed === 'before' ? retry(reason) : UNKNOWN;

/**
 * What HTTP itself says (RFC 9110, RFC 6585), for a status that the vendor's documents do not name. A 5xx says nothing
 * about what was done before it, a 2xx without the vendor's own words neither.
 */
function answerOfStatus(status: number): Answer {
  if (status === 429) return retry('rate');
  if (status === 413) return permanent('content');
  if ([401, 402, 403, 404, 405, 407, 410, 451].includes(status)) return permanent('config');
  if ([400, 406, 414, 415, 422, 431].includes(status)) return permanent('content');
  // Only these two promise that the POST is to be made elsewhere; after the others it may have been taken.
  if (status === 307 || status === 308) return permanent('config');
  return UNKNOWN;
}

/** The same, of an answer: a page of somebody before the vendor has judged no content. */
export function answerOfPlain(answer: HttpAnswer): Answer {
  const found = answerOfStatus(answer.status);
  return found.reason === 'content' && isHtml(answer) ? { ...found, reason: 'config' } : found;
}

/** A page of a proxy or a firewall, and no answer of the vendor's API. */
export const isHtml = ({ headers, text }: HttpAnswer): boolean =>
  /^text\/html\b/iu.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/iu.test(text);

const HOUR = 3_600_000;

/**
 * Retry-After (RFC 9110 §10.2.3) in milliseconds, an hour at most. A date counts from the Date of the same answer, so
 * that nobody's clock matters. Undefined where there is none or it makes no sense.
 */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  const ms = /^\d{1,9}$/u.test(text)
    ? Number(text) * 1_000
    : Date.parse(/ GMT$/u.test(text) ? text : '') - Date.parse(headers.date ?? '');
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), HOUR) : undefined;
}
