/**
 * @module What a record of Postmark says, in our words (https://postmarkapp.com/developer/webhooks/webhooks-overview,
 * …/api/bounce-api#bounce-types). Pure. Only codes come out: their texts quote addresses.
 */
import { bounceClassOf } from '../../core/delivery/bounce.js';
import type { ProviderReport } from '../../core/delivery/receipt.js';
import { invalid } from '../vendor/hook-refusal.js';
import { instantOf, machineOf, reasonOf, recipientOf, reportIdOf, statusOf } from '../vendor/hook-report.js';
import { fieldsOf, textOf, type Fields } from '../vendor/json.js';
import { ID_KEY } from './email.js';
import { idOfTag } from '../vendor/tag.js';

type What = Pick<ProviderReport, 'type' | 'bounce' | 'reason' | 'smtpStatus' | 'machine'>;

/**
 * The reports of one record; none for one that says nothing new or that we do not know.
 * @throws WebhookRefused `invalid_report` where it is no record.
 */
export function postmarkReports(json: unknown): ProviderReport[] {
  const record = fieldsOf(json);
  const type = textOf(record['RecordType'], 100);
  if (type === undefined) throw invalid('RecordType: is missing');
  const what = whatOf(type, record);
  const message = messageOf(record);
  // A list changed, and no email of ours was the reason.
  if (what === null || (message === undefined && type === 'SubscriptionChange')) return [];
  if (message === undefined) throw invalid('MessageID: is missing');
  const recipient = recipientOf(record['Recipient'] ?? record['Email']);
  if (recipient === null) throw invalid('Recipient: is not a mail address');
  const at = instantOf(TIMES.map((name) => record[name]).find((one) => one !== undefined));
  if (at === undefined) throw invalid('the time of the record: must be an instant');
  return [{ reportId: idOf(type, record), ...{ message, recipient, at }, ...what }];
}

/** Each record has one of them. */
const TIMES = ['DeliveredAt', 'BouncedAt', 'ReceivedAt', 'ChangedAt'] as const;

function whatOf(type: string, record: Fields): What | null {
  switch (type) {
    case 'Delivery':
      return { type: 'delivered' };
    case 'Bounce':
      return bounced(record);
    case 'SpamComplaint':
      return { type: 'complained' };
    case 'Open':
    case 'Click':
      return { type: type === 'Open' ? 'opened' : 'clicked', ...machineOf(record['UserAgent']) };
    case 'SubscriptionChange':
      return record['SuppressSending'] === true ? suppressed(record) : null;
    default:
      return null;
  }
}

/** Put on a stream's list of those who get nothing. By the customer's own hand: that is theirs, and no feedback. */
function suppressed({ SuppressionReason: reason, Origin: origin }: Fields): What | null {
  if (reason === 'HardBounce') return { type: 'bounced', bounce: 'hard', reason: 'hard_bounce' };
  if (reason === 'SpamComplaint') return { type: 'complained' };
  return reason === 'ManualSuppression' && origin === 'Recipient' ? { type: 'unsubscribed' } : null;
}

/** By Type. `null`: an answer to the email that says nothing about whether it arrived. */
const BY_TYPE: ReadonlyMap<unknown, Pick<What, 'type' | 'bounce'> | null> = new Map([
  ['HardBounce', { type: 'bounced', bounce: 'hard' }],
  ['BadEmailAddress', { type: 'bounced', bounce: 'hard' }],
  // Somebody decided that this address gets nothing.
  ['ManuallyDeactivated', { type: 'bounced', bounce: 'hard' }],
  ['SoftBounce', { type: 'bounced', bounce: 'soft' }],
  ['DnsError', { type: 'bounced', bounce: 'soft' }],
  ['Blocked', { type: 'bounced', bounce: 'block' }],
  ['DMARCPolicy', { type: 'bounced', bounce: 'block' }],
  ['SpamNotification', { type: 'bounced', bounce: 'block' }],
  ['VirusNotification', { type: 'bounced', bounce: 'block' }],
  ['SMTPApiError', { type: 'bounced', bounce: 'block' }],
  ['TemplateRenderingFailed', { type: 'bounced', bounce: 'block' }],
  ['Unconfirmed', { type: 'bounced', bounce: 'block' }],
  // Still under way: the far server is slow, or waits for somebody to prove that we are human.
  ['Transient', { type: 'deferred' }],
  ['ChallengeVerification', { type: 'deferred' }],
  ['SpamComplaint', { type: 'complained' }],
  ['Unsubscribe', { type: 'unsubscribed' }],
  ['Subscribe', null],
  ['AutoResponder', null],
  ['AddressChange', null],
  ['OpenRelayTest', null],
  ['InboundError', null],
] as const);

function bounced(record: Fields): What | null {
  const { Type: type, Details: details, Inactive: isInactive } = record;
  const status = statusOf(details);
  const known = BY_TYPE.get(type);
  if (known === null) return null;
  // `Unknown` and what is new: the status if there is one, else whether they have given the address up.
  const guess =
    status.smtpStatus === undefined
      ? isInactive === true
        ? 'hard'
        : 'soft'
      : bounceClassOf(status.smtpStatus);
  return {
    ...(known ?? { type: 'bounced', bounce: guess }),
    ...reasonOf(type),
    ...status,
  };
}

/** What stands there where no email was the reason. */
const NO_EMAIL = '00000000-0000-0000-0000-000000000000';

function messageOf(record: Fields): string | undefined {
  const tag = textOf(fieldsOf(record['Metadata'])[ID_KEY], 100);
  if (tag !== undefined) return idOfTag(tag);
  const id = textOf(record['MessageID'], 200);
  return id === NO_EMAIL ? undefined : id;
}

/** Bounces have an id, which a complaint shares where it comes as both; the others are known by what they say, so that a repetition is the same. */
function idOf(type: string, record: Fields): string {
  const { ID: id, MessageID, Recipient, OriginalLink, SuppressSending } = record;
  if (Number.isSafeInteger(id)) return `bounce.${String(id)}`;
  return reportIdOf(
    type,
    MessageID,
    Recipient,
    OriginalLink,
    SuppressSending,
    ...TIMES.map((name) => record[name]),
  );
}
