/**
 * @module The store's port for the event log. Every transaction leaves its events in an outbox; a publisher gives
 * each the next position in the log. Whoever follows positions sees each event once, none missing, and those of one
 * message in the order in which they happened.
 */
import type { EventType } from '../../core/events.js';
import type { Mode } from '../../core/email/id.js';

/** An event that has its place in the log. No address and no text. */
export interface PublishedEvent {
  position: number;
  /** `evt_…` */
  id: string;
  org: string;
  type: EventType;
  mode: Mode;
  /** Null where it is about the whole org. */
  mailbox: string | null;
  message: string | null;
  /** Index of the recipient whom it is about; null where it is about the whole message. */
  recipientIndex: number | null;
  /** A code. */
  reason: string | null;
  smtpStatus: string | null;
  suppression: string | null;
  investigation: string | null;
  /** The provider that it is about, where it is about one. */
  provider: string | null;
  createdAt: string;
}

/** With the address as it is kept now: of the recipient, or the one that was suppressed. */
export interface EventRow extends PublishedEvent {
  recipient: string | null;
}

/** What a reader may see. */
export interface EventScope {
  org: string;
  mode: Mode;
  /** Null: every mailbox, and what is about none. */
  mailboxes: readonly string[] | null;
}

export interface EventFilter extends EventScope {
  /** After this position. */
  after: number;
  /** Up to this position. */
  upTo?: number | undefined;
  /** Created before this instant. */
  until?: string | undefined;
  /** Empty or absent: all. */
  types?: readonly EventType[] | undefined;
  message?: string | undefined;
  limit: number;
}

/** Whom a published event may interest. */
export type EventTrace = Pick<PublishedEvent, 'position' | 'org' | 'mode' | 'message'>;

export interface EventStore {
  /**
   * Publishes what committed transactions have left, the oldest first, at most so many; answers how many. 0 also
   * where another process is at it.
   */
  publishEvents(limit: number): Promise<number>;
  /** The last position in the log; 0 where it is empty. */
  lastPosition(): Promise<number>;
  /** In the order of the log, the oldest first. */
  publishedAfter(filter: EventFilter): Promise<EventRow[]>;
  event(scope: EventScope, id: string): Promise<EventRow | null>;
  /** Everybody's, for the tail of this process, which wakes whoever is concerned. */
  eventsSince(position: number, limit: number): Promise<EventTrace[]>;
  /**
   * The position after which a reader goes on: of an event that it may see, or the last one before everything that
   * happened at an instant or later. Null where there is no such event.
   */
  positionOf(scope: EventScope, since: { id: string } | { at: string }): Promise<number | null>;
}
