/** @module An event of the log as the API shows it, and what a reader may ask for. Pure. */
import { z } from 'zod';
import { EVENT_TYPES } from '../../core/events.js';
import { instant, line, mailboxName, messageId, someOf } from './page.js';

const eventType = z.enum(EVENT_TYPES);

export const eventId = z.string().regex(/^evt_[0-9a-z]{1,60}$/u, 'must be the id of an event: evt_…');

/** After an event, or from an instant on. */
export const since = line(100).refine(
  (text) => eventId.safeParse(text).success || instant.safeParse(text).success,
  'must be the id of an event (evt_…) or an ISO 8601 date-time with zone, e.g. 2026-01-31T09:00:00Z',
);

export const eventFilter = {
  /** Events after this one (its id), or from this instant on. */
  since: since.optional(),
  /** Of these types only. */
  types: someOf(eventType).optional(),
  /** About this message only. */
  message: messageId.optional(),
  mailbox: mailboxName.optional(),
};

/** Members that do not apply are left out. */
export const eventSchema = z.object({
  id: z.string(),
  type: eventType,
  createdAt: z.string(),
  mode: z.enum(['live', 'test']),
  data: z.object({
    messageId: z.string().optional(),
    mailbox: z.string().optional(),
    /** The address (of a suppressed domain, the domain), for as long as it is kept. */
    recipient: z.string().optional(),
    recipientIndex: z.number().optional(),
    /** A code. */
    reason: z.string().optional(),
    smtpStatus: z.string().optional(),
    suppressionId: z.string().optional(),
    investigationId: z.string().optional(),
    /** Of `provider.opened` and `provider.closed`. */
    provider: z.string().optional(),
    /** True of an open or a click that is no person's. */
    machine: z.boolean().optional(),
    /** What to do about this recipient, in words. */
    advice: z.string().optional(),
  }),
});
export type ShownEvent = z.output<typeof eventSchema>;
