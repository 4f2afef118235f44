/**
 * @module What a Mailgun event says, in our words. Pure. Fields:
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads and
 * …/tracking-messages/tracking-failures. Only codes come out: their texts quote addresses.
 */
import { z } from 'zod';
import { bounceClassOf } from '../../core/delivery/bounce.js';
import type { ProviderReport } from '../../core/delivery/receipt.js';
import type { BounceClass } from '../../core/email/state.js';
import { invalid } from '../vendor/hook-refusal.js';
import { instantOf, machineOf, recipientOf, reportIdOf, statusIn } from '../vendor/hook-report.js';
import { textField as text } from '../vendor/json.js';

/** The variable that brings our message id back with each event. */
export const TAG = 'mailwarden';
/** Before the id: Mailgun reads a variable's value as JSON where it can, and an id may be all digits. */
const TAG_PREFIX = 'id:';

/** Any id may stand in a variable, so unlike tags it needs no encoding. */
export const variableOf = (id: string): string => `${TAG_PREFIX}${id}`;

/** As `text`: anything else is as if it were not there. */
const group = <T extends z.ZodRawShape>(shape: T) => z.object(shape).optional().catch(undefined);

const eventSchema = z.object({
  event: z.string().min(1).max(100),
  id: text(200),
  /** Seconds, with a fraction. */
  timestamp: z.number().min(0).max(9_999_999_999),
  /** `rejected` has none, and then it is about all of them; one that cannot be read must not mean that. */
  recipient: z.string().max(400).optional(),
  severity: text(50),
  reason: text(200),
  message: group({ headers: group({ 'message-id': text(498) }) }),
  'delivery-status': group({
    code: z.number().optional().catch(undefined),
    'enhanced-code': text(20),
    'bounce-type': text(50),
  }),
  'client-info': group({ bot: text(100), 'user-agent': text(1_000) }),
  /** A list where there are none. */
  'user-variables': group({ [TAG]: text(500) }),
});
type MailgunEvent = z.infer<typeof eventSchema>;
type What = Pick<ProviderReport, 'type' | 'bounce'>;

/**
 * The reports of one event; none for an event that says nothing new (`accepted`) or that we do not know.
 * @throws WebhookRefused `invalid_report` where it is no event.
 */
export function mailgunReports(json: unknown): ProviderReport[] {
  const parsed = eventSchema.safeParse(json);
  if (!parsed.success) throw invalid('event-data: must be an event with event and timestamp');
  const event = parsed.data;
  const what = whatOf(event);
  if (what.length === 0) return [];
  const message = messageOf(event);
  if (message === undefined) throw invalid('event-data.message.headers.message-id: is missing');
  const recipient = recipientOf(event.recipient);
  if (recipient === null && event.recipient !== undefined)
    throw invalid('event-data.recipient: is not a mail address');
  const at = instantOf(event.timestamp);
  const reason = reasonOf(event);
  const smtpStatus = statusOf(event);
  // `apple`, `gmail`, `generic`; empty for a person (…/tracking-messages/open-click-bot-detect).
  const client = event['client-info'];
  return what.map((one) => ({
    ...one,
    // Their id is unique within a day, as documented, so the time is part of ours.
    reportId: reportIdOf(event.id, event.timestamp, event.event, event.recipient, one.type),
    message,
    ...(recipient !== null && { recipient }),
    ...(at !== undefined && { at }),
    ...(reason !== undefined && { reason }),
    ...(smtpStatus !== undefined && { smtpStatus }),
    ...machineOf(client?.['user-agent'], client?.bot !== undefined),
  }));
}

function whatOf({ event, severity, ...rest }: MailgunEvent): What[] {
  switch (event) {
    case 'delivered':
    case 'complained':
    case 'opened':
    case 'clicked':
    case 'unsubscribed':
      return [{ type: event }];
    case 'failed':
      // The name of the webhook (permanent_fail) is not to be relied on; severity is what it is about.
      if (severity === 'temporary') return [{ type: 'deferred' }];
      if (rest.reason === 'suppress-unsubscribe')
        return [{ type: 'bounced', bounce: 'block' }, { type: 'unsubscribed' }];
      // What they said before comes first: that is why they are suppressed.
      if (rest.reason === 'suppress-complaint')
        return [{ type: 'complained' }, { type: 'bounced', bounce: 'hard' }];
      return [{ type: 'bounced', bounce: bounceOf(rest) }];
    case 'rejected':
      // Accepted by the API and then not sent: a virus, a sandbox domain, an account on hold.
      return [{ type: 'bounced', bounce: 'block' }];
    default:
      return [];
  }
}

/** What Mailgun's own reason says of the address. `old`: it gave up after hours of trying. */
const BY_REASON: ReadonlyMap<string | undefined, BounceClass> = new Map([
  ['suppress-bounce', 'hard'],
  ['espblock', 'block'],
  ['old', 'soft'],
]);

type Failure = Pick<MailgunEvent, 'reason' | 'delivery-status'>;

function bounceOf(event: Failure): BounceClass {
  const byReason = BY_REASON.get(event.reason);
  if (byReason !== undefined) return byReason;
  const smtpStatus = statusOf(event);
  const byStatus = smtpStatus === undefined ? undefined : bounceClassOf(smtpStatus);
  // A policy or content refusal says nothing about the person, whatever it is called there.
  if (byStatus === 'block') return 'block';
  const named = event['delivery-status']?.['bounce-type'];
  if (named === 'hard' || named === 'soft') return named;
  return byStatus ?? (event.reason === 'bounce' ? 'hard' : 'soft');
}

/** Mailgun's own codes (498, 605 …) are no replies of SMTP. */
function statusOf({ 'delivery-status': status }: Failure): string | undefined {
  const code = String(status?.code);
  return statusIn(status?.['enhanced-code']) ?? (/^[245][0-5]\d$/u.test(code) ? code : undefined);
}

/** Their word for it where it is one; a sentence could quote anything. */
const reasonOf = ({ reason }: MailgunEvent): string | undefined =>
  reason !== undefined && /^[a-z][a-z0-9_-]{0,49}$/u.test(reason) ? reason : undefined;

function messageOf(event: MailgunEvent): string | undefined {
  const tag = event['user-variables']?.[TAG];
  if (tag?.startsWith(TAG_PREFIX)) return tag.slice(TAG_PREFIX.length);
  const id = event.message?.headers?.['message-id'];
  return id === undefined || id.startsWith('<') ? id : `<${id}>`;
}
