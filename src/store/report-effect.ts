/** @module What a report does to the recipients that it is about, and what follows from it beside the email. */
import type { ProviderReport } from '../core/delivery/receipt.js';
import {
  after,
  type BounceClass,
  type RecipientEvent,
  type RecipientStatus,
  type ReportType,
} from '../core/email/state.js';
import { move, placeOf, type Email } from './email.js';
import { cleaned, dateOf } from './json.js';
import { openInvestigations, type NewInvestigation } from './open-investigation.js';
import type { About } from './outbox.js';
import { countSoftBounces, type AddressNews } from './soft-bounces.js';
import { suppressAll, type NewSuppression } from './suppress.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** What reports lead to in rows that are not the email's: these are locked last, after every email is saved. */
export interface Consequences {
  suppressions: NewSuppression[];
  news: AddressNews[];
  investigations: NewInvestigation[];
}

export const noConsequences = (): Consequences => ({ suppressions: [], news: [], investigations: [] });

/** Each kind in key order: two webhooks that name the same people in another order never deadlock. */
export async function followUp(
  work: Work,
  { suppressions, news, investigations }: Consequences,
): Promise<void> {
  const worn = await countSoftBounces(work, news);
  await suppressAll(work, [...suppressions, ...worn]);
  await openInvestigations(work, investigations);
}

/**
 * Applies one report to the email in memory, and adds what follows from it; true where it settled somebody of whom
 * nobody knew whether the email was sent.
 */
export function applyReport(
  work: Work,
  provider: string,
  email: Email,
  report: ProviderReport,
  { indexes, consequences }: { indexes: readonly number[]; consequences: Consequences },
): boolean {
  const { message } = email;
  if (message.first_claim_at === null || isNoComplaint(report)) {
    // Nothing ever reached a provider, so this is a mistake or a forgery; or it says that nothing is wrong.
    ignoreReport(work, provider, email, report);
    return false;
  }
  // Which of several has looked at it, nobody knows: it is told of the email, and proves nothing of anybody.
  const isOfSome = LOOKS.has(report.type) && report.recipient === undefined && indexes.length > 1;
  const those = isOfSome ? [] : indexes;
  const about: About[] = isOfSome ? [tellingOf(report, 'sent')] : [];
  let settled = false;
  for (const index of those) {
    const recipient = email.recipients.find((one) => one.index === index);
    if (recipient === undefined) continue;
    const before = recipient.status;
    const worn = isStale(email, recipient, provider, report)
      ? false
      : applyToOne(work, message, recipient, report);
    settled ||= before === 'unknown' && recipient.status !== before;
    if (recipient.status !== before && LOOKS.has(report.type)) about.push({ index, type: 'message.sent' });
    if (recipient.status !== before || !MOVING.has(report.type))
      about.push({ index, ...tellingOf(report, recipient.status) });
    addConsequences(work, consequences, { provider, message, recipient, report, worn });
  }
  const { type, bounce, smtpStatus, reportId, machine } = report;
  work.note({
    ...{ ...placeOf(message), type: `message.${type}`, by: provider },
    data: {
      recipients: [...those],
      report: reportId,
      ...(bounce && { bounce }),
      ...(smtpStatus && { smtpStatus }),
      ...(machine && { machine }),
    },
    about,
  });
  return settled;
}

/** For clocks that differ. */
const CLOCKS_MS = 60_000;

/**
 * A soft bounce of an earlier try, after a later one holds the recipient: it says nothing of that one, and a
 * resend for its sake would reach somebody who has the email.
 */
function isStale(
  { attempts }: Email,
  recipient: Rows['recipients'],
  provider: string,
  { type, bounce, message: named, at }: ProviderReport,
): boolean {
  if (type !== 'bounced' || bounce !== 'soft') return false;
  const held = attempts.find((one) => one.attempt === recipient.attempt && one.try === recipient.try);
  if (held === undefined) return false;
  // Repetitions under one key are one email there.
  const same = attempts.filter((one) => one === held || (one.key !== null && one.key === held.key));
  const others = attempts.filter((one) => !same.includes(one));
  const began = Math.min(...same.map((one) => one.at.getTime()));
  return (
    (held.provider !== provider && others.some((one) => one.provider === provider)) ||
    others.some((one) => one.provider === provider && one.provider_message_id === named) ||
    (at !== undefined && dateOf(at).getTime() < began - CLOCKS_MS)
  );
}

const isNoComplaint = ({ type, notSpam }: ProviderReport): boolean =>
  type === 'complained' && notSpam === true;

/** Reports of these types are news only where they moved the recipient: never back, and never twice. */
const MOVING: ReadonlySet<ReportType> = new Set(['sent', 'delivered', 'deferred', 'bounced', 'complained']);

/** They prove that it was sent, and are told in any case. */
const LOOKS: ReadonlySet<ReportType> = new Set(['opened', 'clicked']);

const BOUNCES = { hard: 'hard_bounce', soft: 'soft_bounce', block: 'block' } as const;

/** The provider's own words are not repeated. A bounce that is tried again is no end, so it is told as a delay. */
function tellingOf(
  { type, bounce = 'hard', smtpStatus, machine }: ProviderReport,
  now: RecipientStatus,
): About {
  return {
    ...(type === 'bounced' && { reason: BOUNCES[bounce] }),
    ...(type === 'bounced' && now === 'soft_bounced' && { type: 'message.deferred' }),
    ...(machine === true && { reason: 'machine' }),
    ...(smtpStatus !== undefined && { smtpStatus }),
  };
}

/** Kept, and without effect. */
export function ignoreReport(work: Work, provider: string, { message }: Email, report: ProviderReport): void {
  const { reportId, type, notSpam } = report;
  const data = { report: reportId, type, ...(notSpam && { notSpam }) };
  work.note({ org: message.org, message: message.id, type: 'report.ignored', by: provider, data });
}

/** Moves the recipient; true where this was a soft bounce after which it is not tried again. */
function applyToOne(
  { now, settings }: Work,
  message: Rows['messages'],
  recipient: Rows['recipients'],
  report: ProviderReport,
): boolean {
  const { type, bounce } = report;
  const before = recipient.status;
  if (type === 'delivered') recipient.delivered_at ??= happenedAt(report, now);
  const soft = type === 'bounced' && bounce === 'soft';
  const counts = soft && after(before, { on: 'report', type, bounce }) !== before;
  if (counts) recipient.soft_bounces += 1;
  const { backoffMinutes, maxRetries } = settings.bounceHandling.softBounces;
  const backoff = backoffMinutes[Math.min(recipient.soft_bounces, backoffMinutes.length) - 1] ?? 0;
  const retryAt = new Date(now.getTime() + backoff * 60_000);
  // Once the workflow is over, or the email out of date, nobody tries again.
  const isOver = message.closed_at !== null || (message.expires_at !== null && message.expires_at <= retryAt);
  const worn = counts && (recipient.soft_bounces > maxRetries || isOver);
  const event: RecipientEvent = { on: 'report', type, ...(bounce && { bounce }), suppressed: worn };
  move(recipient, event);
  if (recipient.status !== before) {
    message.maybe_sent = true;
    recipient.reason = report.reason === undefined ? null : cleaned(report.reason);
    recipient.smtp_status = report.smtpStatus === undefined ? null : cleaned(report.smtpStatus);
    recipient.retry_at = recipient.status === 'soft_bounced' ? retryAt : null;
    recipient.bounce = null;
  }
  // Of several bounces the one that says most of the address stays, in whatever order they come.
  if (recipient.status === 'bounced' && type === 'bounced')
    recipient.bounce = worse(recipient.bounce, bounce ?? 'hard');
  return worn;
}

const BY_WEIGHT: readonly BounceClass[] = ['block', 'soft', 'hard'];
const worse = (one: BounceClass | null, other: BounceClass): BounceClass =>
  one !== null && BY_WEIGHT.indexOf(one) > BY_WEIGHT.indexOf(other) ? one : other;

/** When it happened, as far as a clock that is not ours can be believed. */
export function happenedAt({ at }: Pick<ProviderReport, 'at'>, now: Date): Date {
  const when = at === undefined ? now : dateOf(at);
  return Number.isNaN(when.getTime()) || when > now ? now : when;
}

interface OneReport {
  provider: string;
  message: Rows['messages'];
  recipient: Rows['recipients'];
  report: ProviderReport;
  /** It was a soft bounce, and the last. */
  worn: boolean;
}

function addConsequences(
  { settings: { bounceHandling } }: Work,
  { suppressions, news, investigations }: Consequences,
  { provider, message, recipient, report, worn }: OneReport,
): void {
  const { type, bounce } = report;
  const { org, id, mode, mailbox } = message;
  const { address, address_key: key, index } = recipient;
  const suppression = (reason: string): NewSuppression => ({
    ...{ org, mode, address, scope: 'org', reason, source: provider, message: id, by: provider },
  });
  const investigation = (kind: NewInvestigation['kind']): NewInvestigation => ({
    ...{ org, mode, kind, mailbox, provider, message: id, recipient: index },
    smtp_status: report.smtpStatus === undefined ? null : cleaned(report.smtpStatus),
  });
  if (type === 'delivered') news.push({ org, mode, key, worn: null });
  if (worn) news.push({ org, mode, key, worn: suppression('soft_bounce') });
  if (type === 'unsubscribed') suppressions.push(suppression('unsubscribe'));
  if (type === 'complained') {
    suppressions.push(suppression('complaint'));
    if (bounceHandling.complaints === 'suppress_and_investigate')
      investigations.push(investigation('complaint'));
  }
  if (type !== 'bounced') return;
  // About the content or the sender: nobody is suppressed for it, but a person has to look.
  if (bounce === 'block') investigations.push(investigation('block'));
  // A bounce that says nothing of its kind counts as hard: it is safer not to write again.
  if ((bounce ?? 'hard') === 'hard') suppressions.push(suppression('hard_bounce'));
}
