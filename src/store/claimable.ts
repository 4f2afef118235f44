/**
 * @module Whom a claim may take: one unanswered try once more, or else those whose turn it is. A try is repeated only
 * under its key, at the provider that deduplicates by it, and whole.
 */
import { leaveUnknown, lose } from './attempts.js';
import type { Email } from './email.js';
import type { ClaimRequest } from './store.js';
import type { Rows } from './tables.js';
import { againOf, heldBy, isWhole } from './unknown.js';
import { isDue } from './view.js';
import type { Work } from './work.js';

export interface Claimable {
  due: Rows['recipients'][];
  /** The try that this claim repeats: `due` are its recipients. */
  repeats: Rows['attempts'] | null;
  /** Those of `due` whom another provider may have sent to. */
  failsOver: Rows['recipients'][];
  /** Some became unknown, or are tried again no more. */
  changed: boolean;
}

export function claimable(work: Work, email: Email, request: ClaimRequest): Claimable {
  const { now, settings } = work;
  const { recipients, attempts } = email;
  const claimed = recipients.filter((one) => one.status === 'claimed');
  const unanswered = attempts.find(
    (row) => claimed.some((one) => heldBy(row, one)) && mayRepeat(email, row, request, now),
  );
  const lost = claimed.filter((one) => unanswered === undefined || !heldBy(unanswered, one));
  lose(work, email, lost);

  const again = againOf(email, settings).filter((one) => one.at <= now);
  const here = again.filter((one) => one.how === 'retry_same' && one.row.provider === request.provider);
  const over = here.filter((one) => !mayRepeat(email, one.row, request, now));
  for (const one of over) leaveUnknown(work, email, one.recipients);
  const changed = lost.length + over.length > 0;
  const repeats = unanswered ?? here.find((one) => !over.includes(one))?.row ?? null;
  if (repeats !== null)
    return { due: recipients.filter((one) => heldBy(repeats, one)), repeats, failsOver: [], changed };

  const failsOver = again
    .filter(({ how, had }) => how === 'failover' && !had.includes(request.provider))
    .flatMap((one) => one.recipients);
  const due = recipients.filter((one) => isDue(one, now) || failsOver.includes(one));
  return { due, repeats: null, failsOver, changed };
}

/** The vendor's window is asked for the whole lease: so late may it be on the wire. */
function mayRepeat(
  email: Email,
  row: Rows['attempts'],
  { provider, dedupesFor, leaseMs }: ClaimRequest,
  now: Date,
): boolean {
  const { key_until } = row;
  return (
    row.provider === provider &&
    dedupesFor > 0 &&
    key_until !== null &&
    now.getTime() + leaseMs <= key_until.getTime() &&
    isWhole(email, row)
  );
}
