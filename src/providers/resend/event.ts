/**
 * @module What an event of Resend says, in our words (https://resend.com/docs/webhooks/event-types). Pure.
 *
 * An event about an email to several names its To line and not whom it is about
 * (https://github.com/resend/resend-python/issues/68). Where the bounce's text does not name one of them either,
 * nobody is called bounced for another's sake: `suppression.added` follows, and it has the address. So endpoints
 * subscribe to that one too. For the same reason nobody of several is ever called delivered.
 */
import { bounceClassOf } from '../../core/delivery/bounce.js';
import type { ProviderReport } from '../../core/delivery/receipt.js';
import type { BounceClass } from '../../core/email/state.js';
import { invalid } from '../vendor/hook-refusal.js';
import { instantOf, machineOf, reasonOf, recipientOf, statusIn } from '../vendor/hook-report.js';
import { fieldsOf, listOf, textOf, type Fields } from '../vendor/json.js';
import { COUNT_TAG, ID_TAG } from './email.js';
import { idOfTag } from '../vendor/tag.js';

type What = Pick<ProviderReport, 'type' | 'bounce' | 'reason' | 'smtpStatus' | 'machine'>;

/**
 * The reports of one event; none for one that says nothing new (`email.sent`) or that we do not know.
 * @param id the webhook's own, under which it is repeated
 * @throws WebhookRefused `invalid_report` where it is no event.
 */
export function resendReports(json: unknown, id: string): ProviderReport[] {
  const event = fieldsOf(json);
  const type = textOf(event['type'], 100);
  if (type === undefined) throw invalid('type: is missing');
  const data = fieldsOf(event['data']);
  const isList = type === 'suppression.added';
  const what = isList ? listed(data) : whatOf(type, data);
  if (what === null) return [];
  const message = isList ? textOf(data['source_id'], 200) : messageOf(data);
  // A suppression that no email caused (made by hand, or brought in) is not about an email of ours.
  if (message === undefined && isList) return [];
  if (message === undefined) throw invalid('data.email_id: is missing');
  const at = instantOf(event['created_at']);
  if (at === undefined) throw invalid('created_at: must be an instant');
  const recipient = isList ? recipientOf(data['email']) : whoOf(type, data);
  if (isList && recipient === null) throw invalid('data.email: is not a mail address');
  const isVague = recipient === null && type !== 'email.failed' && countOf(data) > 1;
  return [
    {
      ...{ reportId: id, message, at },
      ...(recipient !== null && { recipient }),
      ...(isVague ? vague(what) : what),
    },
  ];
}

function whatOf(type: string, data: Fields): What | null {
  switch (type) {
    case 'email.delivered':
      return { type: 'delivered' };
    case 'email.delivery_delayed':
      return { type: 'deferred' };
    case 'email.bounced':
      return bounced(fieldsOf(data['bounce']));
    case 'email.suppressed':
      return {
        ...{ type: 'bounced', bounce: 'hard' },
        ...reasonOf(fieldsOf(data['suppressed'])['type'] ?? 'suppressed'),
      };
    case 'email.failed':
      // Taken and then not sent, for a reason of the account: it says nothing about any recipient.
      return { type: 'bounced', bounce: 'block', ...reasonOf(fieldsOf(data['failed'])['reason']) };
    case 'email.complained':
      return { type: 'complained' };
    case 'email.opened':
      return { type: 'opened', ...machineOf(fieldsOf(data['open'] ?? data['opened'])['userAgent']) };
    case 'email.clicked':
      return { type: 'clicked', ...machineOf(fieldsOf(data['click'])['userAgent']) };
    default:
      return null;
  }
}

/** Put on their list for what an email met; by hand is a decision of somebody there, not ours. */
function listed({ origin }: Fields): What | null {
  if (origin === 'bounce') return { type: 'bounced', bounce: 'hard', reason: 'suppressed' };
  return origin === 'complaint' ? { type: 'complained' } : null;
}

/** By `subType`, where it says more than "it bounced": the categories are those of Amazon SES. */
const BY_SUBTYPE: ReadonlyMap<unknown, BounceClass> = new Map([
  ['NoEmail', 'hard'],
  ['Suppressed', 'hard'],
  ['OnAccountSuppressionList', 'hard'],
  ['MailboxFull', 'soft'],
  ['MessageTooLarge', 'block'],
  ['ContentRejected', 'block'],
  ['AttachmentRejected', 'block'],
]);

function bounced(bounce: Fields): What {
  const smtpStatus = textsOf(bounce)
    .map((one) => statusIn(one))
    .find((one) => one !== undefined);
  const byStatus = smtpStatus === undefined ? undefined : bounceClassOf(smtpStatus);
  const byType = bounce['type'] === 'Permanent' ? 'hard' : 'soft';
  // A policy that turned us away is about us, whatever it is called there.
  const general = byStatus === 'block' ? 'block' : byType;
  return {
    ...{ type: 'bounced', bounce: BY_SUBTYPE.get(bounce['subType']) ?? general },
    ...(smtpStatus !== undefined && { smtpStatus }),
    ...reasonOf(bounce['subType']),
  };
}

/** What the far server said, by itself and inside Resend's words. */
const textsOf = (bounce: Fields): string[] =>
  [...listOf(bounce['diagnosticCode']), bounce['diagnosticCode'], bounce['message']]
    .map((one) => textOf(one, 10_000))
    .filter((one) => one !== undefined);

/** Tags come as an object; as a list of name and value they are asked for. */
function tagOf(data: Fields, name: string): string | undefined {
  const tags = data['tags'];
  const pair = listOf(tags)
    .map(fieldsOf)
    .find((one) => one['name'] === name);
  return textOf(pair?.['value'] ?? fieldsOf(tags)[name], 256);
}

function messageOf(data: Fields): string | undefined {
  const tag = tagOf(data, ID_TAG);
  return tag === undefined
    ? (textOf(data['email_id'], 200) ?? textOf(data['message_id'], 500))
    : idOfTag(tag);
}

/** Whom it is about, where that is certain; `failed` is about the email as a whole. */
function whoOf(type: string, data: Fields): string | null {
  if (type === 'email.failed') return null;
  const to = listOf(data['to']).map(recipientOf);
  if (countOf(data) === 1) return to[0] ?? null;
  const text = textsOf(fieldsOf(data['bounce'])).join('\n').toLowerCase();
  const named = to.filter((one) => one !== null && names(text, one.toLowerCase()));
  return named.length === 1 ? (named[0] ?? null) : null;
}

/** True where the text has this address, and not only a longer one that it is a part of. */
function names(text: string, address: string): boolean {
  const literal = address.replace(/[$()*+./?[\\\]^{|}]/gu, '\\$&');
  return new RegExp(`(?<![\\w.%+-])${literal}(?![\\w-]|\\.\\w)`, 'u').test(text);
}

/** How many recipients the email had; who has taken our tags away gets the benefit of the To line. */
function countOf(data: Fields): number {
  const count = Number(tagOf(data, COUNT_TAG));
  return Number.isInteger(count) && count > 0 ? count : listOf(data['to']).length;
}

/**
 * What is left of something that happened to one, and nobody knows to whom. A failure: that something went wrong for one
 * of them, and nobody is tried again or suppressed for it. A delivery or a delay: that Resend has sent it, since it sends
 * to all of them or to none. A complaint counts for all.
 */
function vague(what: What): What {
  const { type, smtpStatus } = what;
  const status = smtpStatus !== undefined && { smtpStatus };
  switch (type) {
    case 'bounced':
      return { type: 'deferred', reason: 'bounced_for_one_of_several', ...status };
    case 'delivered':
      return { type: 'sent', reason: 'delivered_to_one_of_several' };
    case 'deferred':
      return { type: 'sent', reason: 'delayed_for_one_of_several' };
    default:
      return what;
  }
}
