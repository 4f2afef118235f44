/** @module The store's port for messages as they are read: by what plans their next delivery, and by people. */
import type { Category } from '../../core/email/request.js';
import type { Mode } from '../../core/email/id.js';
import type { View } from '../../core/email/view.js';
import type { MessageDetail, MessageFilter, MessageSummary, Page, TraceEntry } from '../details.js';
import type { MailboxRow } from './mailboxes.js';

/**
 * The view with what is needed to plan its next delivery; activities turn `delivery` into `next`, because
 * only they know which providers this server has.
 */
export type StoredView = View & {
  delivery: {
    mode: Mode;
    /** The number that the next attempt gets: one more than the highest claimed or voided. */
    attempt: number;
    /** Providers given up on in this round of the route. */
    tried: string[];
    /** Some recipients are already done with, so that only a provider with `envelope` will do. */
    subset: boolean;
    /** The next delivery repeats a try, which nobody but this provider may. */
    only?: string;
    mailbox: Pick<MailboxRow, 'id' | 'address'>;
    category: Category;
    /** Of its recipients. */
    domains: string[];
    /** Providers not to be asked at the next delivery: open, drained, or left alone as they asked. */
    closed: string[];
    /** What the answer that was just recorded did to its provider's breaker. */
    breaker?: 'opened' | 'closed';
    route: MailboxRow['route'];
  };
};

export interface MessageStore {
  /** Reads the view; `close` ends the feedback window where nothing else is to be done. */
  view(id: string): Promise<StoredView | null>;
  close(id: string): Promise<StoredView>;
  message(org: string, id: string): Promise<MessageDetail | null>;
  messages(filter: MessageFilter): Promise<Page<MessageSummary>>;
  trace(org: string, id: string): Promise<TraceEntry[]>;
}
