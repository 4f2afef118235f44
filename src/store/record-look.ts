/**
 * @module What a look at an unknown try came to. What the provider found counts as its late answer; what it did not
 * find counts as not sent only where its search is complete and this was the last one. In one transaction with the
 * recipients, so that a report or a person that came before wins, and a look that comes twice has one effect.
 */
import { outcomeFor, type Receipt, type RecipientReceipt } from '../core/delivery/receipt.js';
import { nextAlert, nextLookup, nextWatch } from '../core/delivery/unknown.js';
import { changeTry } from './change-try.js';
import { lockEmail, placeOf, type Email } from './email.js';
import { fromJson } from './json.js';
import type { Look, Looked, UnknownAlert } from './port/unknown.js';
import { fileAnswers } from './receipt.js';
import { lockReportName } from './report-matching.js';
import { settleUnknown } from './resolve.js';
import type { Rows } from './tables.js';
import { heldBy, ofOneKey, soughtBy, watchedOf } from './unknown.js';
import type { Work } from './work.js';

const BY = 'lookup';
/** After a lookup that failed. */
const ASK_AGAIN_MS = 60_000;

export async function recordLook(work: Work, look: Look): Promise<Looked> {
  const { found, provider } = look;
  const named = typeof found === 'object' ? (found.providerMessageId ?? null) : null;
  if (named !== null) await lockReportName(work, provider, named);
  const email = await lockEmail(work, look.id);
  const row = email.attempts.find((one) => one.attempt === look.attempt && one.try === look.try);
  const isOurs = row?.provider === provider && row.look_at?.getTime() === new Date(look.lease).getTime();
  if (row === undefined || !isOurs) return { result: 'over', alert: null };

  const count = soughtBy(email, row).length;
  const isAsked = look.ask === 'now';
  const answered = isAsked && found !== 'failed';
  const isLast = nextLookup({ ...watchedOf(row), lookups: row.lookups + 1 }, work.settings.unknown) === null;
  if (answered) row.lookups += 1;
  if (count > 0 && answered) {
    noteLook(work, email, row, found);
    if (typeof found === 'object') await fileFound(work, email, row, found);
    else if (look.isComplete && isLast) await settleNotSent(work, email, row);
  }
  const left = soughtBy(email, row);
  const alert = left.length === 0 ? null : alertOf(work, email, row, left);
  // After a failure it is asked again in a while.
  const wait = isAsked && !answered ? ASK_AGAIN_MS : 0;
  const askAt = look.ask === 'never' ? null : new Date(work.now.getTime() + wait);
  setNext(work, row, left.length > 0 ? askAt : undefined);
  if (count === 0) return { result: 'over', alert };
  return { result: left.length < count ? 'settled' : 'unknown', alert };
}

/** A late answer about those who are unknown; what was known of the others stays. */
async function fileFound(work: Work, email: Email, row: Rows['attempts'], found: Receipt): Promise<void> {
  const before = row.receipt === null ? [] : fromJson<Receipt>(row.receipt).recipients;
  const unknown = new Set(soughtBy(email, row).map((one) => one.index));
  const answers = fromJson<number[]>(row.recipients).map((index): RecipientReceipt => {
    const those = unknown.has(index) ? found.recipients : before;
    const answer = those.find((one) => one.index === index) ?? { index, outcome: 'unknown' };
    // Only that it was sent, or never will be, is an answer; whatever else it means, nobody may send for it.
    return outcomeFor(answer) === 'not_sent_retry' && unknown.has(index)
      ? { ...answer, outcome: 'unknown' }
      : answer;
  });
  await fileAnswers(work, email, row, answers, {
    receipt: { ...found, recipients: answers },
    reports: [],
    isLate: true,
  });
}

/** Those whom another provider may have sent to, before or since, stay unknown: this one's word is not enough. */
async function settleNotSent(work: Work, email: Email, row: Rows['attempts']): Promise<void> {
  const { now } = work;
  const others = row.duplicates === null ? [] : fromJson<number[]>(row.duplicates);
  const those = soughtBy(email, row).filter((one) => heldBy(row, one) && !others.includes(one.index));
  const isUnderWay = ofOneKey(email, row).some((one) => one.lease_until > now);
  if (those.length > 0 && !isUnderWay) await settleUnknown(work, email, those, { as: 'not_sent', by: BY });
}

function noteLook(
  { note }: Work,
  { message }: Email,
  { attempt, try: number, provider, lookups }: Rows['attempts'],
  found: Look['found'],
): void {
  const answer = typeof found === 'object' ? [...new Set(found.recipients.map((one) => one.outcome))] : found;
  note({
    ...{ org: message.org, message: message.id, type: 'delivery.looked_up', by: provider },
    data: { attempt, try: number, lookups, found: answer },
  });
}

function alertOf(
  { now, settings, note }: Work,
  { message }: Email,
  row: Rows['attempts'],
  left: readonly Rows['recipients'][],
): UnknownAlert | null {
  const due = nextAlert(watchedOf(row), settings.unknown);
  if (due === null || due > now) return null;
  const alert = row.alerts === 0 ? 'overdue' : 'deadline';
  row.alerts += 1;
  // Of those whom a later try holds, that one tells.
  const told = left.filter((one) => heldBy(row, one)).map((one) => one.index);
  if (told.length === 0) return null;
  const { attempt, try: number, provider } = row;
  note({
    ...{ ...placeOf(message), type: 'unknown.overdue', by: BY },
    data: { attempt, try: number, provider, alert, recipients: told },
    about: told.map((index) => ({ index, type: 'message.unknown' as const, reason: alert })),
  });
  return alert;
}

/** When somebody looks next; `askAt` is the earliest time to ask the provider, undefined where all is settled. */
function setNext(work: Work, row: Rows['attempts'], askAt: Date | null | undefined): void {
  const look_at = askAt === undefined ? null : nextWatch(watchedOf(row), work.settings.unknown, askAt);
  changeTry(work, row, { look_at, lookups: row.lookups, alerts: row.alerts });
}
