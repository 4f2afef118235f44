/** @module Operations: the event log, read in pages, one by one, or as it goes on. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { eventFilter, eventId, eventSchema } from '../schemas/event.js';
import { pageInput } from '../schemas/page.js';

const EXAMPLE = {
  id: 'evt_0b9e8a6f4c2d4e1fa3b5c7d9e1f30507',
  type: 'message.delivered',
  createdAt: '2026-01-31T09:00:00.000Z',
  mode: 'live',
  data: {
    messageId: 'msg_5f0c1d3b7a994c0e8f2d6b4a1c3e5f70',
    mailbox: 'mbx_2a4c6e8f1b3d5f7092b4d6f8a0c2e4f6',
    recipient: 'ada@example.com',
    recipientIndex: 0,
  },
} as const;

export const EVENTS = {
  'events.list': {
    method: 'GET',
    path: '/v1/events',
    scopes: ['messages:read'],
    input: z.strictObject({ ...pageInput, ...eventFilter }),
    output: z.object({ items: z.array(eventSchema), cursor: z.string() }),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Lists what happened, oldest first: one event for each thing that happened to an email or to one of its ' +
      'recipients. The cursor always continues, also at the end: keep it, and ask with it again for what came since. ' +
      'Those of one email are in the order in which they happened. Nothing is missed and nothing comes twice.',
    example: {
      input: { types: ['message.delivered', 'message.bounced'], limit: 50 },
      output: { items: [EXAMPLE], cursor: 'WyJlIiwxMl0' },
    },
    cli: { words: 'events list', args: [], summary: 'List what happened, oldest first' },
  },
  'events.stream': {
    method: 'GET',
    path: '/v1/events/stream',
    headers: { lastEventId: 'Last-Event-ID' },
    scopes: ['messages:read'],
    input: z.strictObject({ ...eventFilter, lastEventId: eventId.optional() }),
    output: eventSchema,
    problems: ['mailbox_unknown', 'rate_limited'],
    success: 200,
    idempotent: true,
    gives: 'events',
    description:
      'Streams events as server-sent events while they are published, from now on or from `since` on. The `id` of ' +
      'each is the event’s: a client that connects again with Last-Event-ID goes on where it was. A comment comes ' +
      'every 15 seconds; the stream ends when the key is revoked or the server stops.',
    example: { input: { types: ['message.held'] }, output: { ...EXAMPLE, type: 'message.held' } },
    cli: { words: 'events stream', args: [], summary: 'Follow what happens' },
  },
  'events.get': {
    method: 'GET',
    path: '/v1/events/{id}',
    scopes: ['messages:read'],
    input: z.strictObject({ id: eventId }),
    output: eventSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'Shows one event. Events are kept for 30 days, unless the server is set otherwise.',
    example: { input: { id: EXAMPLE.id }, output: EXAMPLE },
    cli: { words: 'events get', args: ['id'], summary: 'Show one event' },
  },
} as const satisfies Record<string, Operation>;
