/**
 * @module What SES says of a mail, in our words. Pure. Event publishing and identity notifications, by SNS or
 * EventBridge, carry the same records:
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html and …/notification-contents.html.
 * Each holds one object that is named for what happened, and that says it better than its other names do. Only codes
 * come out: diagnostic texts quote addresses.
 */
import { z } from 'zod';
import { bounceClassOf } from '../../core/delivery/bounce.js';
import type { ProviderReport } from '../../core/delivery/receipt.js';
import type { BounceClass } from '../../core/email/state.js';
import { invalid } from '../vendor/hook-refusal.js';
import {
  instantOf,
  machineOf,
  reasonOf,
  recipientOf,
  reportIdOf,
  statusIn,
  statusOf,
} from '../vendor/hook-report.js';
import { fieldsOf, textField } from '../vendor/json.js';
import { idOfTag } from '../vendor/tag.js';

/** The message tag that brings our id back. */
export const TAG = 'mailwarden-id';

const text = textField();
const addresses = z.array(z.string()).catch([]);
const bounced = z.array(z.object({ emailAddress: z.string(), status: text, diagnosticCode: text })).catch([]);
const seen = z.object({ timestamp: text, userAgent: text, link: text });

const recordSchema = z.object({
  mail: z.object({
    messageId: z.string().min(1).max(500),
    destination: addresses,
    /** Absent from identity notifications. */
    tags: z.record(z.string(), z.array(z.string().max(500))).catch({}),
    /** Where the identity's notifications are set to include them. */
    headers: z.array(z.object({ name: z.string(), value: z.string().max(500) })).catch([]),
  }),
  bounce: z
    .object({ bounceType: text, bounceSubType: text, bouncedRecipients: bounced, timestamp: text })
    .optional(),
  complaint: z
    .object({
      complainedRecipients: z.array(z.object({ emailAddress: z.string() })).catch([]),
      complaintFeedbackType: text,
      complaintSubType: text,
      timestamp: text,
    })
    .optional(),
  delivery: z.object({ recipients: addresses, smtpResponse: text, timestamp: text }).optional(),
  deliveryDelay: z.object({ delayedRecipients: bounced, delayType: text, timestamp: text }).optional(),
  reject: z.object({}).optional(),
  failure: z.object({}).optional(),
  open: seen.optional(),
  click: seen.optional(),
  subscription: z
    .object({
      timestamp: text,
      newTopicPreferences: z
        .object({
          unsubscribeAll: z.boolean().catch(false),
          topicSubscriptionStatus: z.array(z.object({ subscriptionStatus: text })).catch([]),
        })
        .catch({ unsubscribeAll: false, topicSubscriptionStatus: [] }),
    })
    .optional(),
});
type SesRecord = z.output<typeof recordSchema>;

/** What happened to one recipient, before it has a name. */
interface Happening extends Omit<ProviderReport, 'reportId' | 'message' | 'recipient' | 'at'> {
  address?: string | undefined;
  time?: string | undefined;
  /** What tells two of a kind apart that happened to the same person in the same second. */
  which?: string | undefined;
}

/**
 * The reports of a record, of an EventBridge event (`detail` is the record), or of a list of either; none for events
 * that say nothing new (`Send`) or that we do not know.
 * @throws WebhookRefused `invalid_report` where it is none of these.
 */
export const sesReports = (json: unknown): ProviderReport[] =>
  (Array.isArray(json) ? (json as unknown[]) : [json]).flatMap(reportsOf);

function reportsOf(json: unknown): ProviderReport[] {
  const { detail } = fieldsOf(json);
  const parsed = recordSchema.safeParse(detail ?? json);
  if (!parsed.success) throw invalid('the body is no record of SES: it has no mail.messageId');
  const record = parsed.data;
  const message = messageOf(record);
  return happeningsOf(record).flatMap(({ address, time, which, ...what }) => {
    const recipient = recipientOf(address);
    // Without the address it would count for every recipient of the message.
    if (address !== undefined && recipient === null) return [];
    const at = instantOf(time);
    return {
      ...what,
      reportId: reportIdOf(what.type, record.mail.messageId, recipient, at, which),
      message,
      ...(recipient !== null && { recipient }),
      ...(at !== undefined && { at }),
    };
  });
}

/** The tag names the message even where no receipt ever told us the id that SES gave it. */
function messageOf({ mail }: SesRecord): string {
  const [tag] = mail.tags[TAG] ?? [];
  if (tag !== undefined && tag !== '') return idOfTag(tag);
  const header = mail.headers.find(({ name }) => name.toLowerCase() === 'x-mailwarden-id');
  return header?.value || mail.messageId;
}

function happeningsOf(record: SesRecord): Happening[] {
  const { mail, bounce, complaint, delivery, deliveryDelay, subscription } = record;
  if (bounce) return bounce.bouncedRecipients.map((one) => bounceOf(bounce, one));
  if (complaint)
    return complaint.complainedRecipients.map(({ emailAddress }) => ({
      type: 'complained',
      address: emailAddress,
      time: complaint.timestamp,
      ...reasonOf(complaint.complaintSubType ?? complaint.complaintFeedbackType),
      ...(complaint.complaintFeedbackType === 'not-spam' && { notSpam: true }),
    }));
  if (delivery)
    return delivery.recipients.map((address) => ({
      type: 'delivered',
      address,
      time: delivery.timestamp,
      ...statusOf(delivery.smtpResponse),
    }));
  if (deliveryDelay)
    return deliveryDelay.delayedRecipients.map((one) => ({
      type: 'deferred',
      address: one.emailAddress,
      time: deliveryDelay.timestamp,
      ...reasonOf(deliveryDelay.delayType),
      ...statusOf(one.status ?? one.diagnosticCode),
    }));
  // Taken, and then not sent to anybody: a virus, a template that does not fit.
  const refused = record.reject ? 'rejected' : record.failure ? 'rendering_failure' : null;
  if (refused !== null)
    return mail.destination.map((address) => ({
      type: 'bounced',
      bounce: 'block',
      address,
      reason: refused,
    }));
  const { open, click } = record;
  // Which of several has opened it, SES cannot know.
  const address = mail.destination.length === 1 ? mail.destination[0] : undefined;
  if (open) return [{ type: 'opened', address, time: open.timestamp, ...machineOf(open.userAgent) }];
  if (click)
    return [
      { type: 'clicked', address, time: click.timestamp, which: click.link, ...machineOf(click.userAgent) },
    ];
  if (subscription && isOptOut(subscription))
    return [{ type: 'unsubscribed', address, time: subscription.timestamp }];
  return [];
}

function bounceOf(
  bounce: NonNullable<SesRecord['bounce']>,
  { emailAddress, status, diagnosticCode }: z.output<typeof bounced>[number],
): Happening {
  const { bounceType = '', bounceSubType = '', timestamp } = bounce;
  const smtpStatus = statusIn(status) ?? statusIn(diagnosticCode);
  return {
    type: 'bounced',
    bounce: classOf(bounceType, bounceSubType, smtpStatus),
    address: emailAddress,
    time: timestamp,
    ...reasonOf(`${bounceType} ${bounceSubType}`),
    ...(smtpStatus !== undefined && { smtpStatus }),
  };
}

/** `General` only says how final it is: why is in the status, and a refusal of our mail suppresses nobody. */
function classOf(type: string, subType: string, smtpStatus: string | undefined): BounceClass {
  if (['ContentRejected', 'AttachmentRejected', 'MessageTooLarge', 'UnsubscribedRecipient'].includes(subType))
    return 'block';
  const byStatus = smtpStatus === undefined ? null : bounceClassOf(smtpStatus);
  if (type === 'Permanent') return subType === 'General' && byStatus === 'block' ? 'block' : 'hard';
  if (type === 'Transient') return byStatus === 'block' ? 'block' : 'soft';
  // Undetermined: a status of 5.0.0 knows no more than SES does.
  return byStatus === null || /^5\.0\./u.test(smtpStatus ?? '') ? 'soft' : byStatus;
}

const isOptOut = ({ newTopicPreferences }: NonNullable<SesRecord['subscription']>): boolean =>
  newTopicPreferences.unsubscribeAll ||
  newTopicPreferences.topicSubscriptionStatus.some((one) => /^optout$/iu.test(one.subscriptionStatus ?? ''));
