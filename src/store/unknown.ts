/**
 * @module Recipients of whom nobody knows whether they were sent to, and what the setting of their category makes of
 * it: held, tried again at the same provider under the same key, or given to the next one.
 */
import type { Receipt } from '../core/delivery/receipt.js';
import { nextWatch, type OnUnknown, type Watched } from '../core/delivery/unknown.js';
import { changeTry } from './change-try.js';
import { isPending, type Email } from './email.js';
import { fromJson } from './json.js';
import type { StoreSettings } from './settings.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

type Recipient = Rows['recipients'];
type Attempt = Rows['attempts'];

/** Of the vendor's window, for clocks that differ. */
const KEY_MARGIN_MS = 60_000;
/** A repetition that could not begin is put off by this. */
const PUT_OFF_MS = 5 * 60_000;

/** Until when a try that begins now may be repeated; null where its provider does not deduplicate. */
export const keyUntil = (now: Date, dedupesFor: number): Date | null =>
  dedupesFor > 0 ? new Date(now.getTime() + dedupesFor - KEY_MARGIN_MS) : null;

/** Claimed, or left unknown, by this try and by no later one. */
export const heldBy = (row: Attempt, one: Recipient): boolean =>
  (one.status === 'claimed' || one.status === 'unknown') &&
  one.attempt === row.attempt &&
  one.try === row.try;

/** The same key is for the same payload: a try is repeated with all of its recipients, or not at all. */
export function isWhole({ recipients }: Pick<Email, 'recipients'>, row: Attempt): boolean {
  const held = recipients.filter((one) => heldBy(row, one));
  return fromJson<number[]>(row.recipients).length === held.length;
}

/** The recipients of a try. */
const indexesOf = (row: Attempt): number[] => fromJson<number[]>(row.recipients);

/** The provider answered to this try, and said that it did not send to this one. */
const provesNotSent = (row: Attempt, index: number): boolean =>
  row.receipt !== null &&
  fromJson<Receipt>(row.receipt).recipients.some(
    (one) =>
      one.index === index && (one.outcome === 'not_sent_retry' || one.outcome === 'not_sent_permanent'),
  );

/** True where an earlier try, of the same key or at another provider, may have sent to this one. */
export function inDoubt({ attempts }: Email, row: Attempt, index: number): boolean {
  if (row.duplicates !== null && fromJson<number[]>(row.duplicates).includes(index)) return true;
  return attempts.some(
    (one) =>
      one !== row &&
      one.key !== null &&
      one.key === row.key &&
      indexesOf(one).includes(index) &&
      !provesNotSent(one, index),
  );
}

/** The try and those that it repeats, or that repeat it. */
export const ofOneKey = ({ attempts }: Pick<Email, 'attempts'>, row: Attempt): Attempt[] =>
  attempts.filter((one) => one === row || (one.key !== null && one.key === row.key));

/**
 * The tries of this one before the try that holds it, as far back as `failover` gave it on although nobody knew: each
 * may have sent it all the same. Newest first, of those with one key the last.
 */
function earlierTries({ attempts }: Pick<Email, 'attempts'>, one: Recipient): Attempt[] {
  const theirs = attempts.filter((row) => indexesOf(row).includes(one.index));
  const earlier: Attempt[] = [];
  let row = theirs.find((it) => heldBy(it, one));
  while (row !== undefined && row.duplicates !== null) {
    if (!fromJson<number[]>(row.duplicates).includes(one.index)) break;
    const [first = row] = ofOneKey({ attempts: theirs }, row);
    row = theirs[theirs.indexOf(first) - 1];
    if (row === undefined) break;
    if (ofOneKey({ attempts: theirs }, row).some((it) => !provesNotSent(it, one.index))) earlier.push(row);
  }
  return earlier;
}

/** Of whom the provider of this try may know what nobody knows: they are its own, or it had them before. */
export const soughtBy = (email: Email, row: Attempt): Recipient[] =>
  email.recipients.filter(
    (one) => one.status === 'unknown' && (heldBy(row, one) || earlierTries(email, one).includes(row)),
  );

/** Those who will be tried again: at the provider of their try, or anywhere but at those who had them. */
export interface Again {
  row: Attempt;
  recipients: Recipient[];
  at: Date;
  how: Exclude<OnUnknown, 'hold'>;
  had: string[];
}

/** Oldest try first. */
export function againOf(email: Email, settings: StoreSettings): Again[] {
  const how = settings.onUnknown[email.message.category];
  if (how === 'hold') return [];
  return email.attempts.flatMap((row) => {
    const recipients = email.recipients.filter((one) => isPending(one) && heldBy(row, one));
    const at = recipients[0]?.retry_at;
    if (!at) return [];
    return [{ row, recipients, at, how, had: hadBy(email, recipients) }];
  });
}

/** Who had them since the first try that may have sent to them: each is asked once, also where it refused. */
function hadBy({ attempts }: Email, recipients: readonly Recipient[]): string[] {
  const providers = recipients.flatMap(({ index }) => {
    const theirs = attempts.filter((one) => indexesOf(one).includes(index));
    return theirs.slice(theirs.findIndex((one) => !provesNotSent(one, index)));
  });
  return [...new Set(providers.map((one) => one.provider))];
}

export const watchedOf = ({ at, lease_until, lookups, alerts }: Attempt): Watched => ({
  ...{ at, leaseUntil: lease_until, lookups, alerts },
});

/** These have just become unknown. Whoever looks into it is told when, and so is the one who sends again. */
export function becameUnknown(work: Work, email: Email, those: readonly Recipient[]): void {
  const { now, settings } = work;
  for (const row of email.attempts.filter((it) => those.some((one) => heldBy(it, one)))) {
    const at = againAt(email, row, settings, now);
    for (const one of those) if (heldBy(row, one)) one.retry_at = at;
    changeTry(work, row, { look_at: nextWatch(watchedOf(row), settings.unknown, row.at) });
  }
  // Nobody asked about these while another provider had them.
  for (const row of new Set(those.flatMap((one) => earlierTries(email, one))))
    changeTry(work, row, { look_at: nextWatch(watchedOf(row), settings.unknown, row.at) });
}

function againAt(email: Email, row: Attempt, settings: StoreSettings, now: Date): Date | null {
  const how = settings.onUnknown[email.message.category];
  if (how === 'hold') return null;
  if (how === 'failover') {
    // One that proved that it did not send is over; of any other a late sender is waited for.
    const proven = indexesOf(row).every((index) => provesNotSent(row, index));
    return proven || row.lease_until < now ? now : row.lease_until;
  }
  const tries = email.attempts.filter((one) => one.key !== null && one.key === row.key).length;
  const delay = settings.unknown.retries[tries - 1];
  if (delay === undefined || !isWhole(email, row)) return null;
  return withinKey(row, new Date(now.getTime() + delay));
}

const withinKey = ({ key_until }: Attempt, at: Date): Date | null =>
  key_until !== null && at <= key_until ? at : null;

/**
 * Their time had come, and the provider that was asked did not begin. Where it is the only one that may repeat them,
 * it is asked again later. `failover`: when another one may be; where none is left, they are held.
 */
export function putOff({ now }: Work, due: readonly Again[], failover: 'now' | 'later' | 'never'): void {
  const later = new Date(now.getTime() + PUT_OFF_MS);
  const others = { now, later, never: null }[failover];
  for (const { how, row, recipients } of due)
    for (const one of recipients) one.retry_at = how === 'failover' ? others : withinKey(row, later);
}
