/**
 * @module Reports: inserted and applied in one transaction, so that 1 or 100 deliveries of a webhook have
 * one effect. The row, unique by provider and report id, is what makes a repeat one.
 */
import { sql } from 'kysely';
import { isMachine } from '../core/delivery/machine.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import { lockEmails, saveEmails, type Email } from './email.js';
import { cleaned, dateOf } from './json.js';
import {
  applyReport,
  followUp,
  happenedAt,
  ignoreReport,
  noConsequences,
  type Consequences,
} from './report-effect.js';
import { lockReportNames, matchMessages, recipientsIn, withoutErased } from './report-matching.js';
import { valuesOf } from './recordset.js';
import type { Applied } from './store.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** Reports that a user's own webhook handed to the workflow: they come from whoever may signal it. */
const SIGNAL = 'signal';

/** Emails read by one statement. */
const AT_ONCE = 100;

export async function applyReports(
  work: Work,
  provider: string,
  reports: readonly ProviderReport[],
  org?: string,
): Promise<Applied[]> {
  if (reports.length > 1) await planAnew(work);
  const matched = await matchAll(work, provider, reports, org);
  const emails = new Map<string, Email>();
  const ids = [...new Set(matched.values())].sort();
  // Locked in one order everywhere, so that two webhooks about the same messages never wait for each other.
  for (let from = 0; from < ids.length; from += AT_ONCE)
    for (const email of await lockEmails(work, ids.slice(from, from + AT_ONCE)))
      emails.set(email.message.id, email);
  const mark = marker(work);
  const targets = reports.map((report) => {
    const id = matched.get(report);
    const email = id === undefined ? undefined : emails.get(id);
    const carried = email?.attempts.some((one) => one.provider === provider) ?? false;
    const isStranger = email !== undefined && provider !== SIGNAL && !carried;
    const named = withoutErased(work, email, report);
    return { report: mark(named, isStranger ? undefined : email), email, isStranger };
  });
  const { applied, consequences, touched } = await file(work, provider, targets, org);
  await saveEmails(
    work,
    [...emails.values()].filter((email) => touched.has(email)),
  );
  await followUp(work, consequences);
  return applied;
}

/**
 * A plan that was kept from when the tables were small reads them whole where many rows are asked for, and on PGlite,
 * which never analyzes them, it would be kept for ever. To plan costs little beside a list.
 */
async function planAnew({ trx }: Work): Promise<void> {
  await sql`set local plan_cache_mode = force_custom_plan`.execute(trx);
}

async function matchAll(
  work: Work,
  provider: string,
  reports: readonly ProviderReport[],
  org: string | undefined,
): Promise<Map<ProviderReport, string>> {
  const matched = await matchMessages(work, provider, reports, org);
  const open = reports.filter((one) => !matched.has(one));
  if (open.length === 0) return matched;
  await lockReportNames(
    work,
    provider,
    open.map((one) => cleaned(one.message)),
  );
  // Whoever held a name has committed by now.
  return new Map([...matched, ...(await matchMessages(work, provider, open, org))]);
}

/** Applies reports that a provider gave together with its receipt; the caller saves the email, then follows them up. */
export async function applyTo(
  work: Work,
  provider: string,
  email: Email,
  reports: readonly ProviderReport[],
): Promise<Consequences> {
  const mark = marker(work);
  const targets = reports.map((report) => {
    const named = withoutErased(work, email, report);
    return { report: mark(named, email), email, isStranger: false };
  });
  const { consequences } = await file(work, provider, targets, email.message.org);
  return consequences;
}

/**
 * Reports that came before the receipt told us the provider's id; kept until now. Those that are about
 * somebody else's mail under the same id are left alone.
 */
export async function matchByProviderId(
  work: Work,
  provider: string,
  providerMessageId: string,
  { message, recipients }: Email,
): Promise<Rows['reports'][]> {
  const rows = await work.trx
    .selectFrom('reports')
    .selectAll()
    .where('provider', '=', provider)
    .where('named', '=', providerMessageId)
    .where('message', 'is', null)
    .orderBy('report_id')
    .execute();
  if (rows.length === 0) return rows;
  const others = await work.trx
    .selectFrom('attempts')
    .select('message')
    .where('provider', '=', provider)
    .where('provider_message_id', '=', providerMessageId)
    .where('message', '!=', message.id)
    .execute();
  if (others.length === 0) return rows;
  return rows.filter(
    ({ address }) => address !== null && recipientsIn(work, { recipients }, address).length > 0,
  );
}

export async function applyAdopted(
  work: Work,
  provider: string,
  email: Email,
  rows: readonly Rows['reports'][],
): Promise<Consequences> {
  return await applyTo(
    work,
    provider,
    email,
    rows.map((row) => ({
      reportId: row.report_id,
      type: row.type,
      message: row.named,
      at: row.at.toISOString(),
      ...(row.bounce !== null && { bounce: row.bounce }),
      ...(row.address !== null && { recipient: row.address }),
      ...(row.reason !== null && { reason: row.reason }),
      ...(row.smtp_status !== null && { smtpStatus: row.smtp_status }),
      ...{ machine: row.machine, notSpam: row.not_spam },
    })),
  );
}

interface Target {
  report: ProviderReport;
  email: Email | undefined;
  /** The provider never had this message, so that it can know nothing of it. */
  isStranger: boolean;
}

async function file(
  work: Work,
  provider: string,
  targets: readonly Target[],
  org: string | undefined,
): Promise<{ applied: Applied[]; consequences: Consequences; touched: Set<Email> }> {
  const rows = new Map<string, Rows['reports']>();
  for (const target of targets) {
    const row = rowOf(work, provider, target, org);
    if (!rows.has(row.report_id)) rows.set(row.report_id, row);
  }
  const fresh = await insertNew(work, [...rows.values()]);
  const consequences = noConsequences();
  const touched = new Set<Email>();
  const applied = targets.map(({ report, email, isStranger }): Applied => {
    const { reportId } = report;
    const indexes = email === undefined ? [] : recipientsIn(work, email, report.recipient);
    // Opens, clicks and deferrals change nothing that a workflow waits for, but where nobody knew that it was sent.
    const wakes = email !== undefined && !isStranger && WAKING.has(report.type) && report.notSpam !== true;
    const woken = wakes ? { id: email.message.id } : {};
    if (!fresh.delete(cleaned(reportId))) return { reportId, result: 'duplicate', ...woken };
    if (email === undefined || indexes.length === 0) return { reportId, result: 'unmatched' };
    if (isStranger) {
      ignoreReport(work, provider, email, report);
      return { reportId, result: 'unmatched' };
    }
    const settled = applyReport(work, provider, email, report, { indexes, consequences });
    touched.add(email);
    return { reportId, result: 'applied', ...woken, ...(settled && { id: email.message.id }) };
  });
  return { applied, consequences, touched };
}

/**
 * Takes reports in their order; answers each with a mark where the provider gave none: an open or a click that is a
 * machine's. A delivery that an earlier report of the same webhook tells of counts as one from before.
 */
function marker(work: Work): (report: ProviderReport, email: Email | undefined) => ProviderReport {
  const delivered = new Map<Rows['recipients'], Date>();
  return (report, email) => {
    const { type } = report;
    const at = happenedAt(report, work.now);
    const indexes = email === undefined ? [] : recipientsIn(work, email, report.recipient);
    const those = email?.recipients.filter((one) => indexes.includes(one.index)) ?? [];
    const [first, ...others] = those;
    if (type === 'delivered') for (const one of those) delivered.set(one, delivered.get(one) ?? at);
    if (first === undefined || others.length > 0 || report.machine === true) return report;
    const seen = { type, at, deliveredAt: first.delivered_at ?? delivered.get(first) ?? null };
    return isMachine(seen) ? { ...report, machine: true } : report;
  };
}

const WAKING: ReadonlySet<string> = new Set(['delivered', 'bounced', 'complained']);

const COLUMNS = [
  ...(['org', 'provider', 'report_id', 'message', 'named', 'recipient', 'address', 'type'] as const),
  ...(['bounce', 'reason', 'smtp_status', 'machine', 'not_spam', 'at', 'received_at'] as const),
];

/** The ids of those that were not known; a repeat of one that named nobody then may name somebody now. */
async function insertNew({ trx }: Work, rows: readonly Rows['reports'][]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const sorted = [...rows].sort((a, b) => (a.report_id < b.report_id ? -1 : 1));
  const inserted = await trx
    .insertInto('reports')
    .columns(COLUMNS)
    .expression(valuesOf('reports', COLUMNS, sorted))
    .onConflict((conflict) =>
      conflict
        .columns(['provider', 'report_id'])
        .doUpdateSet((eb) => ({
          org: eb.ref('excluded.org'),
          message: eb.ref('excluded.message'),
          recipient: eb.ref('excluded.recipient'),
          address: eb.ref('excluded.address'),
          reason: eb.ref('excluded.reason'),
        }))
        .where('reports.message', 'is', null)
        .where('excluded.message', 'is not', null),
    )
    .returning('report_id')
    .execute();
  return new Set(inserted.map((row) => row.report_id));
}

function rowOf(
  work: Work,
  provider: string,
  { report, email }: Target,
  org: string | undefined,
): Rows['reports'] {
  const { reportId, type, bounce, message, recipient, at, reason, smtpStatus, machine, notSpam } = report;
  const indexes = email === undefined ? [] : recipientsIn(work, email, recipient);
  const when = at === undefined ? work.now : dateOf(at);
  const text = (value: string | undefined): string | null => (value === undefined ? null : cleaned(value));
  return {
    ...{ org: email?.message.org ?? org ?? null, provider, report_id: cleaned(reportId), type },
    ...{ message: email?.message.id ?? null, named: cleaned(message), address: text(recipient) },
    recipient: recipient !== undefined && indexes.length === 1 ? (indexes[0] ?? null) : null,
    ...{ bounce: bounce ?? null, reason: text(reason), smtp_status: text(smtpStatus) },
    ...{ machine: machine ?? false, not_spam: notSpam ?? false },
    ...{ at: Number.isNaN(when.getTime()) ? work.now : when, received_at: work.now },
  };
}
