/**
 * @module A webhook endpoint and its deliveries, as the API takes and shows them. Pure.
 */
import { z } from 'zod';
import { EVENT_TYPES, type EventType } from '../../core/events.js';
import { since } from './event.js';
import { ifMatch, instant, line, mailboxName, pageInput } from './page.js';

const mode = z.enum(['live', 'test']);

export const webhookId = line(100);

/** The longest that an old secret still signs: a week. */
const MOST_OVERLAP = 604_800;

const settings = {
  /** Event types; empty: all of them. */
  types: z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length),
  /** Ids or addresses of mailboxes whose events are wanted. */
  mailboxes: z.array(mailboxName).min(1).max(100),
  description: line(500),
};

export const webhookCreateSchema = z.strictObject({
  /** Where the events are posted to. https, unless the server allows private addresses. */
  url: line(2_000),
  types: settings.types.default([]),
  /** Default: those of the key; null is every mailbox, which only a key that has them all can ask for. */
  mailboxes: settings.mailboxes.nullable().optional(),
  description: settings.description.optional(),
  idempotencyKey: line(255).optional(),
});

export const webhookUpdateSchema = z.strictObject({
  id: webhookId,
  url: line(2_000).optional(),
  types: settings.types.optional(),
  mailboxes: settings.mailboxes.nullable().optional(),
  description: settings.description.nullable().optional(),
  /** `active` also takes up an endpoint again that was disabled. */
  status: z.enum(['active', 'paused']).optional(),
  ifMatch,
});

export const webhookRotateSchema = z.strictObject({
  id: webhookId,
  /** Seconds for which the secret until now signs as well. */
  overlap: z.number().int().min(0).max(MOST_OVERLAP).default(86_400),
  idempotencyKey: line(255).optional(),
});

export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  types: z.array(z.enum(EVENT_TYPES)),
  mailboxes: z.array(z.string()).nullable(),
  mode,
  status: z.enum(['active', 'paused', 'disabled']),
  /** Why it was disabled: it answered 410, or everything failed for five days. */
  reason: z.enum(['gone', 'failing']).nullable(),
  /** Until when the secret before the last rotation signs as well. */
  previousSecretUntil: z.string().nullable(),
  version: z.number().int(),
  createdBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

/** With the secret, which is not shown again. */
export const webhookWithSecretSchema = webhookSchema.extend({ secret: z.string() });

const deliveryStatus = z.enum(['pending', 'delivered', 'dead']);

/** What can be delivered: the events of the log, and a hello. */
const DELIVERED_TYPES = [...EVENT_TYPES, 'webhook.ping'] as const satisfies readonly (
  EventType | 'webhook.ping'
)[];

export const deliverySchema = z.object({
  id: z.string(),
  webhook: z.string(),
  event: z.string(),
  type: z.enum(DELIVERED_TYPES),
  message: z.string().nullable(),
  status: deliveryStatus,
  tries: z.number().int(),
  nextTryAt: z.string().nullable(),
  /** The HTTP status that the last try was answered with. */
  lastStatus: z.number().int().nullable(),
  /** Where there was no answer: why. */
  lastError: z.string().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
});

export const deliveriesInput = z.strictObject({
  ...pageInput,
  id: webhookId,
  status: deliveryStatus.optional(),
  /** Id of an event. */
  event: line(100).optional(),
});

export const replayInput = z.strictObject({
  id: webhookId,
  /** An event's id: those after it; an instant: those from then on. */
  since,
  until: instant.optional(),
  types: settings.types.optional(),
});

export const replayOutput = z.object({
  enqueued: z.number().int(),
  /** There may be more: call again with `since`. */
  more: z.boolean(),
  since: z.string().nullable(),
});
