/** @module What is told to the outside, by name: the types of the event log. Pure. */

export const EVENT_TYPES = [
  'message.queued',
  'message.held',
  'message.approved',
  'message.rejected',
  'message.edited',
  'message.expired',
  'message.denied',
  'message.sent',
  'message.delivered',
  'message.deferred',
  'message.bounced',
  'message.complained',
  'message.opened',
  'message.clicked',
  'message.unsubscribed',
  'message.failed',
  'message.unknown',
  'message.canceled',
  'suppression.created',
  'org.paused',
  'mailbox.paused',
  'key.paused',
  'provider.opened',
  'provider.closed',
  'investigation.opened',
  'investigation.resolved',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);

export const isEventType = (type: string): type is EventType => KNOWN.has(type);
