/**
 * @module A message with its recipients and attempts, as one transaction holds it: locked, changed in memory,
 * written back once. The lock on the message's row guards everything that belongs to the message.
 */
import { sql, type Kysely } from 'kysely';
import {
  after,
  isCancelable,
  statusOf,
  type MessageStatus,
  type RecipientEvent,
} from '../core/email/state.js';
import type { WaitReason } from '../core/email/view.js';
import { Problem } from '../errors.js';
import { fromJson, type Json } from './json.js';
import { nextLook } from './next-look.js';
import { ORG_POLICY, policyOf } from './policies.js';
import { count } from './recipient-limits.js';
import { giveBack } from './reservations.js';
import { STANDING, standingOf, type Standing } from './standing.js';
import type { MailboxRow } from './store.js';
import type { Rows, Tables } from './tables.js';
import type { Note, Work } from './work.js';
import { writeMessages, writeRecipients } from './write-emails.js';

export interface Email {
  message: Rows['messages'];
  recipients: Rows['recipients'][];
  /** Oldest first; a message has few. */
  attempts: Rows['attempts'][];
  /** That sends it. */
  mailbox: Pick<MailboxRow, 'address' | 'route' | 'policy'>;
  standing: Standing;
  /** The message and its recipients as they were read, to write only what changed. */
  before: { message: Rows['messages']; recipients: ReadonlyMap<number, string> };
}

type Reader = Kysely<Tables>;

/** Locks the message and reads it. @throws Problem where there is none. */
export async function lockEmail(work: Work, id: string): Promise<Email> {
  const email = await readEmail(work.trx, id, true);
  if (email === null) throw new Problem('not_found', { detail: 'There is no message with this id.' });
  return email;
}

/** Locks as many as there are, in the order of their ids: one statement for a webhook about many. */
export const lockEmails = (work: Work, ids: readonly string[]): Promise<Email[]> =>
  readEmails(work.trx, ids, true);

export async function readEmail(trx: Reader, id: string, lock = false): Promise<Email | null> {
  const [email] = await readEmails(trx, [id], lock);
  return email ?? null;
}

/**
 * One statement: this is on the way of every step of every email. Rows come as JSON, which is read in a third of the
 * time of their columns. What stands beside a message is found by its id, and its org compared in a way for which no
 * index is used: by org and id PostgreSQL may take one that is by org and address, and read it for the whole org.
 */
async function readEmails(trx: Reader, ids: readonly string[], lock: boolean): Promise<Email[]> {
  const rows = await trx
    .selectFrom('messages')
    .innerJoin('mailboxes', 'mailboxes.id', 'messages.mailbox')
    .select((eb) => [
      'mailboxes.route',
      'mailboxes.address as sender',
      'mailboxes.policy as own_policy',
      ORG_POLICY.as('org_policy'),
      STANDING.as('standing'),
      eb
        .selectFrom('messages as seen')
        .select('seen.version')
        .whereRef('seen.id', '=', 'messages.id')
        .as('seen_version'),
      sql<string>`row_to_json(messages)::text`.as('found'),
      sql<string>`(
        select json_agg(one order by one.index) from recipients one
        where one.message = messages.id and one.org is not distinct from messages.org
      )::text`.as('all_recipients'),
      sql<string | null>`(
        select json_agg(one order by one.attempt, one.try) from attempts one
        where one.message = messages.id and one.org is not distinct from messages.org
      )::text`.as('all_attempts'),
    ])
    .where('messages.id', 'in', [...ids])
    .orderBy('messages.id')
    .$if(lock, (query) => query.forUpdate('messages'))
    .execute();
  const found = rows.map((row) => ({ seen: row.seen_version, email: emailIn(row) }));
  // A lock that had to wait reads the row as it is now, and what stands beside it as it was before: read again.
  const stale = found.filter(({ seen, email }) => seen !== email.message.version);
  const again =
    stale.length === 0
      ? []
      : await readEmails(
          trx,
          stale.map(({ email }) => email.message.id),
          false,
        );
  return [...found.filter((one) => !stale.includes(one)).map(({ email }) => email), ...again];
}

interface Found {
  route: Rows['mailboxes']['route'];
  sender: string;
  own_policy: Json;
  org_policy: Json | null;
  standing: string;
  found: string;
  all_recipients: string;
  all_attempts: string | null;
}

function emailIn({ route, sender, standing, found, ...rest }: Found): Email {
  const listed = (text: string | null): unknown[] => (text === null ? [] : (JSON.parse(text) as unknown[]));
  return emailOf({
    message: rowOf('messages', JSON.parse(found)),
    recipients: listed(rest.all_recipients).map((row) => rowOf('recipients', row)),
    attempts: listed(rest.all_attempts).map((row) => rowOf('attempts', row)),
    mailbox: {
      address: sender,
      route: route === null ? null : fromJson<MailboxRow['route']>(route),
      policy: policyOf(rest.org_policy, rest.own_policy),
    },
    standing: standingOf(standing),
  });
}

type InstantsOf<Row> = { [K in keyof Row]: Date extends Row[K] ? K : never }[keyof Row];

/** Text in JSON. Every one of them, or it does not compile. */
const INSTANTS: {
  [Table in 'messages' | 'recipients' | 'attempts']: Record<InstantsOf<Rows[Table]>, true>;
} = {
  messages: {
    ...{ wait_until: true, undo_until: true, send_at: true, expires_at: true, first_claim_at: true },
    ...{ due_since: true, last_wire_at: true, closed_at: true, sweep_at: true },
    ...{ created_at: true, updated_at: true, misjudged_at: true },
  },
  recipients: { retry_at: true, delivered_at: true, created_at: true, counted_at: true },
  attempts: { at: true, lease_until: true, finished_at: true, key_until: true, look_at: true },
};

/** A row as PostgreSQL writes it in JSON. */
function rowOf<Table extends keyof typeof INSTANTS>(table: Table, row: unknown): Rows[Table] {
  const columns = row as Record<string, unknown>;
  for (const name in INSTANTS[table]) {
    const text = columns[name];
    if (typeof text === 'string') columns[name] = new Date(text);
  }
  return columns as unknown as Rows[Table];
}

export const emailOf = (email: Omit<Email, 'before'>): Email => ({
  ...email,
  before: marksOf(email.message, email.recipients),
});

/** After an edit: other recipients, already written, of the same message. */
export const withRecipients = (email: Email, recipients: Rows['recipients'][]): Email => ({
  ...email,
  recipients,
  before: marksOf(email.before.message, recipients),
});

const marksOf = (message: Rows['messages'], recipients: readonly Rows['recipients'][]): Email['before'] => ({
  message: { ...message },
  recipients: new Map(recipients.map((one) => [one.index, markOf(one)])),
});

const markOf = (recipient: Rows['recipients']): string => JSON.stringify(recipient);

/** Moves one recipient as the table of states says. */
export function move(recipient: Rows['recipients'], event: RecipientEvent): void {
  recipient.status = after(recipient.status, event);
}

export function wait(message: Rows['messages'], reason: WaitReason | null, until: Date | null = null): void {
  message.wait_reason = reason;
  message.wait_until = until;
  // Another round, a person who looks, and a repetition are no time from which on it may go.
  if (until !== null && reason !== 'retry' && reason !== 'approval' && reason !== 'unknown')
    message.due_since = until;
}

/** True while a time is set that has not come: nothing may be claimed before it. */
export const waits = ({ wait_until }: Rows['messages'], now: Date): boolean =>
  wait_until !== null && wait_until > now;

/** Denied, rejected, expired, canceled: the only states that are not cancelable even with nobody claimed. */
export const endedUnsent = (status: MessageStatus): boolean => !isCancelable(status, []);

export const isOpen = ({ status }: Rows['recipients']): boolean =>
  status === 'ready' || status === 'soft_bounced';

/** Unknown, and to be tried again at its time. */
export const isPending = ({ status, retry_at }: Rows['recipients']): boolean =>
  status === 'unknown' && retry_at !== null;

/** What a note says of the place where it happened. */
export const placeOf = ({
  org,
  id,
  mode,
  mailbox,
}: Rows['messages']): Pick<Note, 'org' | 'message' | 'mode' | 'mailbox'> => ({
  ...{ org, message: id, mode, mailbox },
});

/** These will not be sent to any more. */
export function refuse(
  { note }: Work,
  { message }: Email,
  recipients: readonly Rows['recipients'][],
  { reason, by }: { reason: string; by: string },
): void {
  const refused = recipients.filter((one) => after(one.status, { on: 'refuse' }) !== one.status);
  if (refused.length === 0) return;
  for (const one of refused) {
    move(one, { on: 'refuse' });
    one.reason = reason;
  }
  note({
    ...{ ...placeOf(message), type: 'message.failed', by },
    data: { recipients: refused.map((one) => one.index), reasons: [reason] },
    // Whoever had bounced softly has bounced for good.
    about: refused.map(({ index, status }) => ({
      ...{ index, reason },
      type: status === 'bounced' ? ('message.bounced' as const) : ('message.failed' as const),
    })),
  });
}

/** It ended, and then a late answer showed that some were sent to: the others were not, and will not be. */
function refuseRest(work: Work, email: Email): void {
  const { message, recipients } = email;
  const ready = recipients.filter((one) => one.status === 'ready');
  if (ready.length < recipients.length) refuse(work, email, ready, { reason: message.status, by: 'store' });
}

/** Writes the message back: its status, its wait, whether it is over, and what that frees. */
export const saveEmail = (work: Work, email: Email): Promise<void> => saveEmails(work, [email]);

/** Many as one. */
export async function saveEmails(work: Work, emails: readonly Email[]): Promise<void> {
  for (const email of emails) {
    settleStatus(work, email);
    if (isOverUnsent(email)) count(email.recipients, null);
  }
  const changed = emails.flatMap(({ recipients, before }) =>
    recipients.filter((one) => before.recipients.get(one.index) !== markOf(one)),
  );
  await writeRecipients(work, changed);
  writeMessages(
    work,
    emails.map(({ message, before }) => ({ message, values: changesOf(before.message, message) })),
  );
  for (const email of emails) email.before = marksOf(email.message, email.recipients);
  for (const email of emails) if (isOverUnsent(email)) await giveBack(work, email.message);
}

/** Nothing was sent, or ever will be: what it took of a limit is free. */
const isOverUnsent = ({ message }: Email): boolean =>
  !message.maybe_sent && (endedUnsent(message.status) || message.closed_at !== null);

function settleStatus(work: Work, email: Email): void {
  const { message, recipients } = email;
  if (endedUnsent(message.status)) refuseRest(work, email);
  message.status = statusOf(
    message.status,
    recipients.map((one) => one.status),
  );
  settleWait(email, work.now);
  if (message.closed_at === null && isOver(email, work.settings.feedbackWindowMs))
    message.closed_at = work.now;
  if (message.closed_at !== null) wait(message, null);
  message.version += 1;
  message.updated_at = work.now;
  message.sweep_at = nextLook(email, work.settings, work.now);
}

function changesOf(before: Rows['messages'], now: Rows['messages']): Partial<Rows['messages']> {
  const valueOf = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);
  const entries = Object.entries(now) as [keyof Rows['messages'], unknown][];
  return Object.fromEntries(entries.filter(([key, value]) => valueOf(before[key]) !== valueOf(value)));
}

/** The wait that fits what is left to do: a soft bounce or a repetition has its own time, and ready ones go first. */
function settleWait({ message, recipients }: Email, now: Date): void {
  if (message.status === 'held') return;
  const isDerived = message.wait_reason === 'soft_bounce' || message.wait_reason === 'unknown';
  const ownWait = !isDerived && waits(message, now);
  if (recipients.some((one) => one.status === 'ready')) {
    if (!ownWait) wait(message, null);
    return;
  }
  const [next] = recipients
    .flatMap(({ status, retry_at }) =>
      retry_at !== null && (status === 'soft_bounced' || status === 'unknown') ? [{ status, retry_at }] : [],
    )
    .sort((a, b) => a.retry_at.getTime() - b.retry_at.getTime());
  if (next === undefined) wait(message, null);
  else if (!ownWait) wait(message, next.status === 'unknown' ? 'unknown' : 'soft_bounce', next.retry_at);
}

/** Nobody is left to send to, and nothing can be learned any more; a window of 0 asks for no reports. */
function isOver({ message, recipients }: Email, feedbackWindowMs: number): boolean {
  if (endedUnsent(message.status)) return true;
  if (message.status === 'held') return false;
  const listening =
    feedbackWindowMs > 0 ? ['claimed', 'unknown', 'sent', 'deferred'] : ['claimed', 'unknown'];
  return recipients.every((one) => !isOpen(one) && !listening.includes(one.status));
}
