/**
 * @module What a transaction tells the outside: the events of its audit notes, written with the fact itself and in
 * the same statement. They hold ids, codes and recipient indexes, so an erasure need not look for them.
 */
import type { Generated, Transaction } from 'kysely';
import type { Mode } from '../core/email/id.js';
import { isEventType, type EventType } from '../core/events.js';
import { idWith } from './id.js';
import { valuesOf } from './recordset.js';
import type { Tables } from './tables.js';
import type { Note, Write } from './work.js';

export interface OutboxTable {
  /** PostgreSQL's bigint is text in the driver, where a column may hold more than a double can. */
  seq: Generated<string | number>;
  org: string;
  id: string;
  type: EventType;
  mode: Mode;
  mailbox: string | null;
  message: string | null;
  recipient: number | null;
  reason: string | null;
  smtp_status: string | null;
  suppression: string | null;
  investigation: string | null;
  provider: string | null;
  created_at: Date;
}

/** Of whom an event tells, and what it says beside its type. */
export interface About {
  /** Absent: of the whole message. */
  index?: number;
  /** Where it is not the note's own. */
  type?: EventType;
  reason?: string | null;
  smtpStatus?: string | null;
  /** The provider that it is about. */
  provider?: string;
}

type NewEvent = Omit<OutboxTable, 'seq' | 'created_at'>;

/**
 * The events of a note: its `about`, else one for each of its recipients, else one for the whole message; none where
 * its type is nothing that the outside is told.
 */
function eventsOf(note: Note): NewEvent[] {
  const { org, message = null, mailbox = null, data = {} } = note;
  return aboutOf(note).flatMap(
    ({ type = note.type, index = null, reason = null, smtpStatus = null, ...about }) => {
      if (!isEventType(type)) return [];
      if (note.mode === undefined) throw new Error(`a note of ${type} does not say its mode`);
      const { suppression = null, investigation = null } = data as Record<string, string | undefined>;
      return {
        ...{ org, id: idWith('evt'), type, mode: note.mode, mailbox, message, recipient: index },
        ...{ suppression, investigation, provider: about.provider ?? null },
        ...{ reason: matching(CODE, reason), smtp_status: matching(SMTP_STATUS, smtpStatus) },
      };
    },
  );
}

function aboutOf({ about, data }: Note): readonly About[] {
  if (about !== undefined) return about;
  const { recipients } = (data ?? {}) as { recipients?: unknown };
  return Array.isArray(recipients) ? recipients.map((index: number) => ({ index })) : [{}];
}

/** A provider's or a person's own words may hold an address; these can't. */
const CODE = /^[a-z][a-z0-9_]{0,63}$/u;
const SMTP_STATUS = /^[245](?:\d\d|\.\d{1,3}\.\d{1,3})$/u;
const matching = (pattern: RegExp, text: string | null): string | null =>
  text !== null && pattern.test(text) ? text : null;

/** Null where there is nothing to tell. */
export function outboxInsert(trx: Transaction<Tables>, now: Date, notes: readonly Note[]): Write | null {
  const events = notes.flatMap(eventsOf).map((one) => ({ ...one, created_at: now }));
  if (events.length === 0) return null;
  const columns = [...COLUMNS, 'created_at' as const];
  return trx
    .insertInto('outbox')
    .columns(columns)
    .expression(valuesOf('outbox', columns, events));
}

/** What an event keeps from the outbox on; its instant stands beside it. */
export const COLUMNS = [
  ...(['org', 'id', 'type', 'mode', 'mailbox', 'message'] as const),
  ...(['recipient', 'reason', 'smtp_status', 'suppression', 'investigation', 'provider'] as const),
];
