/**
 * @module Reports: inserted and applied in one transaction, so that 1 or 100 deliveries of a webhook have
 * one effect. The row, unique by provider and report id, is what makes a repeat one.
 */
import { isMachine } from '../core/delivery/machine.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import { lockEmails, saveEmail, type Email } from './email.js';
import { cleaned, dateOf } from './json.js';
import {
  applyReport,
  followUp,
  happenedAt,
  ignoreReport,
  noConsequences,
  type Consequences,
} from './report-effect.js';
import { lockReportName, matchMessages, recipientsIn } from './report-matching.js';
import type { Applied } from './store.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

/** Reports that a user's own webhook handed to the workflow: they come from whoever may signal it. */
const SIGNAL = 'signal';

/** Emails read by one statement. */
const AT_ONCE = 100;

/** What was applied, and what follows from it: its rows are locked last, after the message is saved. */
export interface Filed {
  applied: Applied[];
  followUp(): Promise<void>;
}

export async function applyReports(
  work: Work,
  provider: string,
  reports: readonly ProviderReport[],
  org?: string,
): Promise<Applied[]> {
  const matched = await matchAll(work, provider, reports, org);
  const emails = new Map<string, Email>();
  const ids = [...new Set(matched.values())].sort();
  // Locked in one order everywhere, so that two webhooks about the same messages never wait for each other.
  for (let from = 0; from < ids.length; from += AT_ONCE)
    for (const email of await lockEmails(work, ids.slice(from, from + AT_ONCE)))
      emails.set(email.message.id, email);
  const targets = reports.map((report) => {
    const id = matched.get(report);
    const email = id === undefined ? undefined : emails.get(id);
    const carried = email?.attempts.some((one) => one.provider === provider) ?? false;
    const isStranger = email !== undefined && provider !== SIGNAL && !carried;
    return { report: marked(work, report, email), email, isStranger };
  });
  const { applied, consequences, touched } = await file(work, provider, targets, org);
  for (const email of emails.values()) if (touched.has(email)) await saveEmail(work, email);
  await followUp(work, consequences);
  return applied;
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
  for (const name of [...new Set(open.map((one) => cleaned(one.message)))].sort())
    await lockReportName(work, provider, name);
  // Whoever held a name has committed by now.
  return new Map([...matched, ...(await matchMessages(work, provider, open, org))]);
}

/** Applies reports that a provider gave together with its receipt; the caller saves the email. */
export async function applyTo(
  work: Work,
  provider: string,
  email: Email,
  reports: readonly ProviderReport[],
): Promise<Filed> {
  const targets = reports.map((report) => ({
    ...{ report: marked(work, report, email), email, isStranger: false },
  }));
  const { applied, consequences } = await file(work, provider, targets, email.message.org);
  return { applied, followUp: () => followUp(work, consequences) };
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
  return rows.filter(({ address }) => address !== null && recipientsIn({ recipients }, address).length > 0);
}

export async function applyAdopted(
  work: Work,
  provider: string,
  email: Email,
  rows: readonly Rows['reports'][],
): Promise<Filed> {
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
    const indexes = email === undefined ? [] : recipientsIn(email, report.recipient);
    // Opens, clicks and deferrals change nothing that a workflow waits for.
    const wakes = email !== undefined && !isStranger && WAKING.has(report.type) && report.notSpam !== true;
    const woken = wakes ? { id: email.message.id } : {};
    if (!fresh.delete(cleaned(reportId))) return { reportId, result: 'duplicate', ...woken };
    if (email === undefined || indexes.length === 0) return { reportId, result: 'unmatched' };
    if (isStranger) {
      ignoreReport(work, provider, email, report);
      return { reportId, result: 'unmatched' };
    }
    applyReport(work, provider, email, report, { indexes, consequences });
    touched.add(email);
    return { reportId, result: 'applied', ...woken };
  });
  return { applied, consequences, touched };
}

/** With a mark where the provider gave none: an open or a click that is a machine's. */
function marked({ now }: Work, report: ProviderReport, email: Email | undefined): ProviderReport {
  const [index, ...others] = email === undefined ? [] : recipientsIn(email, report.recipient);
  const recipient = email?.recipients.find((one) => one.index === index && others.length === 0);
  const seen = {
    type: report.type,
    at: happenedAt(report, now),
    deliveredAt: recipient?.delivered_at ?? null,
  };
  return report.machine !== true && isMachine(seen) ? { ...report, machine: true } : report;
}

const WAKING: ReadonlySet<string> = new Set(['delivered', 'bounced', 'complained']);

/** The ids of those that were not known; a repeat of one that named nobody then may name somebody now. */
async function insertNew({ trx }: Work, rows: readonly Rows['reports'][]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const sorted = [...rows].sort((a, b) => (a.report_id < b.report_id ? -1 : 1));
  const inserted = await trx
    .insertInto('reports')
    .values(sorted)
    .onConflict((conflict) =>
      conflict
        .columns(['provider', 'report_id'])
        .doUpdateSet((eb) => ({
          org: eb.ref('excluded.org'),
          message: eb.ref('excluded.message'),
          recipient: eb.ref('excluded.recipient'),
        }))
        .where('reports.message', 'is', null)
        .where('excluded.message', 'is not', null),
    )
    .returning('report_id')
    .execute();
  return new Set(inserted.map((row) => row.report_id));
}

function rowOf(
  { now }: Work,
  provider: string,
  { report, email }: Target,
  org: string | undefined,
): Rows['reports'] {
  const { reportId, type, bounce, message, recipient, at, reason, smtpStatus, machine, notSpam } = report;
  const indexes = email === undefined ? [] : recipientsIn(email, recipient);
  const when = at === undefined ? now : dateOf(at);
  const text = (value: string | undefined): string | null => (value === undefined ? null : cleaned(value));
  return {
    ...{ org: email?.message.org ?? org ?? null, provider, report_id: cleaned(reportId), type },
    ...{ message: email?.message.id ?? null, named: cleaned(message), address: text(recipient) },
    recipient: recipient !== undefined && indexes.length === 1 ? (indexes[0] ?? null) : null,
    ...{ bounce: bounce ?? null, reason: text(reason), smtp_status: text(smtpStatus) },
    ...{ machine: machine ?? false, not_spam: notSpam ?? false },
    ...{ at: Number.isNaN(when.getTime()) ? now : when, received_at: now },
  };
}
