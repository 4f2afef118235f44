/** @module The receipt: what the provider answered, per recipient, written once to its try. */
import { refusesAddress } from '../core/delivery/bounce.js';
import { outcomeFor, type Receipt, type RecipientReceipt } from '../core/delivery/receipt.js';
import type { ReceiptOutcome } from '../core/email/state.js';
import { recordSignal } from './breakers.js';
import { changeTry } from './change-try.js';
import { lockEmail, move, placeOf, saveEmail, type Email } from './email.js';
import { cleanedAll, fromJson, toJson } from './json.js';
import { followUp, type Consequences } from './report-effect.js';
import { lockReportName } from './report-matching.js';
import { applyAdopted, applyTo, matchByProviderId } from './reports.js';
import type { ReceiptWrite, StoredView } from './store.js';
import type { NewSuppression } from './suppress.js';
import type { Rows } from './tables.js';
import { becameUnknown, inDoubt } from './unknown.js';
import { viewOf } from './view.js';
import type { Work } from './work.js';

export async function recordReceipt(work: Work, given: ReceiptWrite): Promise<StoredView> {
  const { now, settings } = work;
  const write = { ...given, receipt: cleanedAll(given.receipt) };
  const { providerMessageId = null } = write.receipt;
  if (providerMessageId !== null) await lockReportName(work, write.provider, providerMessageId);
  const email = await lockEmail(work, write.id);
  const row = email.attempts.find((one) => one.attempt === write.attempt && one.try === write.try);
  const isOurs = email.message.owner_run === write.run && row?.provider === write.provider;
  if (row === undefined || !isOurs || row.receipt !== null) return viewOf(email, settings, now);

  const answers = answersOf(fromJson<number[]>(row.recipients), write.receipt.recipients);
  const breaker = await recordSignal(work, email, row, write.receipt);
  await fileAnswers(work, email, row, answers, write);
  const view = viewOf(email, settings, now);
  return breaker === undefined ? view : { ...view, delivery: { ...view.delivery, breaker } };
}

/** What a provider answered to a try: at once, or late when it was asked. Saves the email. */
export async function fileAnswers(
  work: Work,
  email: Email,
  row: Rows['attempts'],
  given: readonly RecipientReceipt[],
  write: Pick<ReceiptWrite, 'receipt' | 'reports'> & { isLate?: boolean },
): Promise<void> {
  const { provider } = row;
  const { providerMessageId = null } = write.receipt;
  const answers = given.map((one) => (inDoubt(email, row, one.index) ? certainOf(one) : one));
  finish(work, row, answers, write.receipt);
  const moved = answers.filter((answer) => take(work, email, row, answer));
  const isUnknown = (one: Rows['recipients']): boolean =>
    one.status === 'unknown' && moved.some((answer) => answer.index === one.index);
  becameUnknown(work, email, email.recipients.filter(isUnknown));
  noteAnswers(work, email, row, write.isLate ? moved : answers, moved);

  const late =
    providerMessageId === null ? [] : await matchByProviderId(work, provider, providerMessageId, email);
  const filed = [
    await applyAdopted(work, provider, email, late),
    await applyTo(work, provider, email, write.reports),
  ];
  await saveEmail(work, email);
  // A late answer repeats what was known: only what is news of it counts.
  const refused = badAddresses(email, provider, write.isLate ? moved : given);
  await followUp(work, together([{ suppressions: refused, news: [], investigations: [] }, ...filed]));
}

/** Whom the far end, or the provider, calls nobody: never missing from the list, whether it bounced or was refused. */
const badAddresses = (
  { message: { org, id, mode }, recipients }: Email,
  provider: string,
  answers: readonly RecipientReceipt[],
): NewSuppression[] =>
  answers.filter(refusesAddress).flatMap(({ index }) =>
    recipients
      .filter((one) => one.index === index)
      .map(({ address }) => ({
        ...({ org, mode, address, scope: 'org', reason: 'hard_bounce' } as const),
        ...{ source: provider, message: id, by: provider },
      })),
  );

/** In one list of each kind, so that rows are locked in one order. */
const together = (all: readonly Consequences[]): Consequences => ({
  suppressions: all.flatMap((one) => one.suppressions),
  news: all.flatMap((one) => one.news),
  investigations: all.flatMap((one) => one.investigations),
});

/** One answer for each recipient of the try; where the provider names none, nothing is certain. */
function answersOf(recipients: readonly number[], answers: readonly RecipientReceipt[]): RecipientReceipt[] {
  return recipients.map(
    (index) => answers.find((one) => one.index === index) ?? { index, outcome: 'unknown' as const },
  );
}

/** Of somebody to whom an earlier try may have sent: that this one did not, settles nothing. */
const certainOf = (answer: RecipientReceipt): RecipientReceipt =>
  answer.outcome === 'accepted' ? answer : { ...answer, outcome: 'unknown' };

/** True where it is news of the recipient. */
function take({ now }: Work, email: Email, row: Rows['attempts'], answer: RecipientReceipt): boolean {
  const recipient = email.recipients.find((one) => one.index === answer.index);
  if (recipient === undefined) return false;
  const outcome = outcomeFor(answer);
  if (outcome === 'accepted' || outcome === 'unknown') {
    email.message.maybe_sent = true;
    email.message.last_wire_at = now;
  }
  // A later try holds the recipient by now: only that it was sent is news, not that it wasn't.
  const holds = recipient.attempt === row.attempt && recipient.try === row.try;
  if (!holds && outcome !== 'accepted') return false;
  const before = recipient.status;
  move(recipient, { on: 'receipt', outcome });
  const moved = recipient.status !== before;
  if (moved) recipient.retry_at = null;
  if (!moved && before !== 'unknown') return false;
  recipient.reason = answer.reason ?? null;
  recipient.smtp_status = answer.smtpStatus ?? null;
  return moved;
}

function finish(
  work: Work,
  row: Rows['attempts'],
  answers: readonly RecipientReceipt[],
  receipt: Receipt,
): void {
  row.receipt = toJson(receipt);
  const providerMessageId = receipt.providerMessageId ?? row.provider_message_id;
  const outcomes = [...new Set(answers.map((one) => one.outcome))];
  const outcome = outcomes.length === 1 ? (outcomes[0] as ReceiptOutcome) : 'mixed';
  const told = { provider_message_id: providerMessageId, receipt: row.receipt };
  changeTry(work, row, { ...told, outcome, finished_at: work.now });
}

const NOTES: Readonly<Record<ReceiptOutcome, string>> = {
  accepted: 'message.sent',
  not_sent_retry: 'delivery.retry',
  not_sent_permanent: 'message.failed',
  unknown: 'message.unknown',
};

function noteAnswers(
  { note }: Work,
  { message }: Email,
  { attempt, try: number, provider }: Rows['attempts'],
  answers: readonly RecipientReceipt[],
  moved: readonly RecipientReceipt[],
): void {
  for (const outcome of Object.keys(NOTES) as ReceiptOutcome[]) {
    const those = answers.filter((one) => outcomeFor(one) === outcome);
    if (those.length === 0) continue;
    const reasons = [...new Set(those.flatMap((one) => one.reason ?? []))];
    note({
      ...{ ...placeOf(message), type: NOTES[outcome], by: provider },
      data: {
        attempt,
        try: number,
        recipients: those.map((one) => one.index),
        ...(reasons.length && { reasons }),
      },
      about: those.filter((one) => moved.includes(one)),
    });
  }
}
