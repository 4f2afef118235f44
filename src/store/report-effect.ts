/** @module What a report does to the recipients that it is about, and whom it suppresses. */
import type { ProviderReport } from '../core/delivery/receipt.js';
import { after, type RecipientEvent, type RecipientStatus, type ReportType } from '../core/email/state.js';
import { move, placeOf, type Email } from './email.js';
import { cleaned } from './json.js';
import type { About } from './outbox.js';
import type { NewSuppression } from './suppress.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** Applies one report to the email in memory; answers the suppressions that go with it. */
export function applyReport(
  work: Work,
  provider: string,
  email: Email,
  report: ProviderReport,
  indexes: readonly number[],
): NewSuppression[] {
  const { message } = email;
  const { org, id, mode } = message;
  const about: About[] = [];
  const suppressions: NewSuppression[] = [];
  if (message.first_claim_at === null) {
    // Nothing ever reached a provider, so this is a mistake or a forgery.
    ignoreReport(work, provider, email, report);
    return suppressions;
  }
  for (const index of indexes) {
    const recipient = email.recipients.find((one) => one.index === index);
    if (recipient === undefined) continue;
    const before = recipient.status;
    const reason = applyToOne(work, message, recipient, report);
    if (recipient.status !== before || !MOVING.has(report.type))
      about.push({ index, ...tellingOf(report, recipient.status) });
    if (reason !== null) {
      const { address } = recipient;
      suppressions.push({
        org,
        mode,
        address,
        scope: 'org',
        reason,
        source: provider,
        message: id,
        by: provider,
      });
    }
  }
  const { type, bounce, smtpStatus, reportId } = report;
  work.note({
    ...{ ...placeOf(message), type: `message.${type}`, by: provider },
    data: {
      recipients: [...indexes],
      report: reportId,
      ...(bounce && { bounce }),
      ...(smtpStatus && { smtpStatus }),
    },
    about,
  });
  return suppressions;
}

/** Reports of these types are news only where they moved the recipient: never back, and never twice. */
const MOVING: ReadonlySet<ReportType> = new Set(['delivered', 'deferred', 'bounced', 'complained']);

const BOUNCES = { hard: 'hard_bounce', soft: 'soft_bounce', block: 'block' } as const;

/** The provider's own words are not repeated. A bounce that is tried again is no end, so it is told as a delay. */
function tellingOf({ type, bounce = 'hard', smtpStatus }: ProviderReport, now: RecipientStatus): About {
  return {
    ...(type === 'bounced' && { reason: BOUNCES[bounce] }),
    ...(type === 'bounced' && now === 'soft_bounced' && { type: 'message.deferred' }),
    ...(smtpStatus !== undefined && { smtpStatus }),
  };
}

/** Kept, and without effect. */
export function ignoreReport(work: Work, provider: string, { message }: Email, report: ProviderReport): void {
  const data = { report: report.reportId, type: report.type };
  work.note({ org: message.org, message: message.id, type: 'report.ignored', by: provider, data });
}

/** Moves the recipient; answers the reason for which its address is suppressed, if it is. */
function applyToOne(
  { now, settings }: Work,
  message: Rows['messages'],
  recipient: Rows['recipients'],
  report: ProviderReport,
): string | null {
  const { type, bounce } = report;
  const before = recipient.status;
  if (type === 'delivered') recipient.delivered_at ??= now;
  const soft = type === 'bounced' && bounce === 'soft';
  const counts = soft && after(before, { on: 'report', type, bounce }) !== before;
  if (counts) recipient.soft_bounces += 1;
  const { backoffMinutes, suppressAfter } = settings.softBounces;
  const worn = counts && recipient.soft_bounces >= suppressAfter;
  // Once the workflow is over nobody tries again, so a soft bounce is as final as any.
  const final = worn || message.closed_at !== null;
  const event: RecipientEvent = { on: 'report', type, ...(bounce && { bounce }), suppressed: final };
  move(recipient, event);
  if (recipient.status !== before) {
    message.maybe_sent = true;
    recipient.reason = report.reason === undefined ? null : cleaned(report.reason);
    recipient.smtp_status = report.smtpStatus === undefined ? null : cleaned(report.smtpStatus);
    const backoff = backoffMinutes[Math.min(recipient.soft_bounces, backoffMinutes.length) - 1] ?? 0;
    recipient.retry_at =
      recipient.status === 'soft_bounced' ? new Date(now.getTime() + backoff * 60_000) : null;
  }
  if (type === 'complained') return 'complaint';
  // A bounce that says nothing of its kind counts as hard: it is safer not to write again.
  if (type === 'bounced' && (bounce === undefined || bounce === 'hard')) return 'hard_bounce';
  return worn ? 'soft_bounce' : null;
}
