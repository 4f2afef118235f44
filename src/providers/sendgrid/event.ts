/**
 * @module What events of SendGrid say, in our words. Pure. Fields:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event. Only codes come out: `reason` and `response`
 * quote addresses.
 */
import { z } from 'zod';
import { bounceClassOf } from '../../core/delivery/bounce.js';
import type { ProviderReport } from '../../core/delivery/receipt.js';
import type { BounceClass } from '../../core/email/state.js';
import { invalid } from '../vendor/hook-refusal.js';
import {
  instantOf,
  machineOf,
  recipientOf,
  reportIdOf,
  statusIn,
  statusOf,
  wordOf,
} from '../vendor/hook-report.js';
import { textField } from '../vendor/json.js';

/** The custom argument that brings our message id back; SendGrid puts it beside its own fields. */
export const TAG = 'mailwarden_id';

const text = textField();

const eventSchema = z.object({
  event: z.string().max(100),
  email: text,
  /** Seconds. */
  timestamp: z.number().optional().catch(undefined),
  [TAG]: text,
  sg_message_id: text,
  status: text,
  /** Of a bounce: `bounce`, `blocked` or `expired`. */
  type: text,
  bounce_classification: text,
  reason: text,
  response: text,
  attempt: z
    .union([z.string().max(20), z.number()])
    .optional()
    .catch(undefined),
  url: text,
  useragent: text,
  sg_machine_open: z.boolean().optional().catch(undefined),
});
type SendgridEvent = z.output<typeof eventSchema>;
type What = Pick<ProviderReport, 'type' | 'bounce' | 'reason' | 'smtpStatus' | 'machine'>;

/**
 * The reports of a batch; none for events that say nothing new (`processed`) or that we do not know. What is no event
 * is left out: the rest of its batch does not come again.
 * @throws WebhookRefused `invalid_report` where it is no batch.
 */
export function sendgridReports(json: unknown): ProviderReport[] {
  if (!Array.isArray(json)) throw invalid('the body must be a JSON array of events');
  return json.flatMap((one) => {
    const parsed = eventSchema.safeParse(one);
    return parsed.success ? reportOf(parsed.data) : [];
  });
}

function reportOf(event: SendgridEvent): ProviderReport[] {
  const what = whatOf(event);
  const recipient = recipientOf(event.email);
  const message = event[TAG] || idOfMessage(event.sg_message_id);
  if (recipient === null || !message) return [];
  const at = instantOf(event.timestamp);
  return what.map((one, i) => ({
    // Of two the second has an id of its own.
    ...{ reportId: idOfEvent(event, i === 0 ? [] : [one.type]), message, recipient },
    ...(at !== undefined && { at }),
    ...one,
  }));
}

/** `sg_message_id` is the X-Message-Id of the answer, and how it went on inside SendGrid. */
const idOfMessage = (id: string | undefined): string | undefined =>
  id?.replace(/\.(?:filter|recvd).*$/su, '');

/**
 * Not `sg_event_id`: it is documented as what to tell repetitions by, and was seen to be another one each time
 * (https://github.com/sendgrid/sendgrid-nodejs/issues/1435).
 */
const idOfEvent = (one: SendgridEvent, which: readonly string[]): string =>
  reportIdOf(
    one.event,
    one.sg_message_id,
    one[TAG],
    one.email,
    one.timestamp,
    one.attempt,
    one.url,
    ...which,
  );

function whatOf(event: SendgridEvent): What[] {
  switch (event.event) {
    case 'delivered':
      return [{ type: 'delivered', ...statusOf(event.response) }];
    case 'deferred':
      return [{ type: 'deferred', ...statusOf(event.status ?? event.response) }];
    case 'bounce':
      return [bounceOf(event)];
    case 'dropped':
      return dropOf(event.reason ?? '');
    case 'spamreport':
      return [{ type: 'complained' }];
    case 'open':
      return [{ type: 'opened', ...machineOf(event.useragent, event.sg_machine_open) }];
    case 'click':
      return [{ type: 'clicked', ...machineOf(event.useragent, event.sg_machine_open) }];
    case 'unsubscribe':
    case 'group_unsubscribe':
      return [{ type: 'unsubscribed', reason: event.event }];
    default:
      return [];
  }
}

const CLASSIFICATIONS: Readonly<Record<string, BounceClass>> = {
  invalid_address: 'hard',
  technical_failure: 'soft',
  content: 'block',
  reputation: 'block',
  frequency_or_volume_too_high: 'block',
};

function bounceOf({ type, bounce_classification, status, reason }: SendgridEvent): What {
  const smtpStatus = statusIn(status) ?? statusIn(reason);
  const word = wordOf(bounce_classification);
  const classified = CLASSIFICATIONS[word ?? ''];
  return {
    type: 'bounced',
    bounce: classified ?? classOf(type, word, smtpStatus),
    reason: word ?? (type === 'blocked' || type === 'expired' ? type : 'bounce'),
    ...(smtpStatus !== undefined && { smtpStatus }),
  };
}

/** A block (`blocked`) is a refusal that SendGrid itself does not hold against the address. */
function classOf(
  type: string | undefined,
  word: string | undefined,
  smtpStatus: string | undefined,
): BounceClass {
  const byStatus = bounceClassOf(smtpStatus);
  if (type === 'expired') return 'soft';
  if (type === 'blocked') return byStatus === 'soft' ? 'soft' : 'block';
  // Full or closed, as a rule; but a status that names the address knows better.
  if (word === 'mailbox_unavailable') return /^5\.[12]\./u.test(smtpStatus ?? '') ? byStatus : 'soft';
  return byStatus;
}

const hard = { type: 'bounced', bounce: 'hard' } as const;
const block = { type: 'bounced', bounce: 'block' } as const;

/**
 * Taken, and then not sent: SendGrid's own lists, or our mail. Its reasons are a closed set of phrases. For what the
 * person has said before, it says both, and what they said comes first: that is why they are suppressed.
 */
const DROPS: readonly (readonly [phrase: RegExp, reason: string, what: readonly What[]])[] = [
  [/^bounced address/iu, 'bounced_address', [hard]],
  [/^spam reporting address/iu, 'spam_reporting_address', [{ type: 'complained' }, hard]],
  [/^invalid$/iu, 'invalid', [hard]],
  [/^unsubscribed address/iu, 'unsubscribed_address', [{ type: 'unsubscribed' }, block]],
  [/^spam content/iu, 'spam_content', [block]],
  [/^recipient list over package quota/iu, 'quota', [block]],
];

function dropOf(phrase: string): What[] {
  const [, reason = 'dropped', what = [block]] = DROPS.find(([pattern]) => pattern.test(phrase)) ?? [];
  return what.map((one) => ({ ...one, reason }));
}
