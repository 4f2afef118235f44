/** @module Operations: endpoints that are told of events, and what was delivered to them. */
import { z } from 'zod';
import type { Scope } from '../../store/store.js';
import { line, pageInput, pageOf } from '../schemas/page.js';
import {
  deliveriesInput,
  deliverySchema,
  replayInput,
  replayOutput,
  webhookCreateSchema,
  webhookId,
  webhookRotateSchema,
  webhookSchema,
  webhookUpdateSchema,
  webhookWithSecretSchema,
} from '../schemas/webhook.js';
import type { Operation } from './operation.js';

const write = ['webhooks:write', 'org:admin'] as const satisfies readonly Scope[];
const read = ['messages:read', ...write] as const satisfies readonly Scope[];

const ID = 'whk_0b9e4f6a2c8d4e7f9a1b3c5d7e9f0a2b';
const DELIVERY_ID = 'whd_7c2d4e6f8a0b4c1d9e3f5a7b9c1d3e5f';
const EVENT_ID = 'evt_5d7e9f1a3b5c4d7e8f0a2b4c6d8e0f1a';
const WEBHOOK = {
  ...{ id: ID, url: 'https://hooks.example.com/mail', description: null },
  ...{ types: ['message.bounced', 'message.complained'], mailboxes: null, mode: 'live', status: 'active' },
  ...{
    reason: null,
    previousSecretUntil: null,
    version: 1,
    createdBy: 'prn_1a3b5c7d9e1f4a6b8c0d2e4f6a8b0c2d',
  },
  ...{ createdAt: '2026-01-31T09:00:00.000Z', updatedAt: '2026-01-31T09:00:00.000Z' },
};
const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const DELIVERY = {
  ...{ id: DELIVERY_ID, webhook: ID, event: EVENT_ID, type: 'message.bounced' },
  ...{ message: 'msg_5b2mzq3kd7t4hx6wnp2rjc5vfa', status: 'pending', tries: 0 },
  ...{ nextTryAt: '2026-01-31T09:00:00.000Z', lastStatus: null, lastError: null },
  ...{ createdAt: '2026-01-31T09:00:00.000Z', finishedAt: null },
};

export const WEBHOOKS = {
  'webhooks.create': {
    method: 'POST',
    path: '/v1/webhooks',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: write,
    input: webhookCreateSchema,
    output: webhookWithSecretSchema,
    problems: ['mailbox_unknown', 'conflict', 'idempotency_conflict', 'idempotency_in_progress'],
    success: 201,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Makes an endpoint to which events are posted as they happen, signed as standardwebhooks.com says. The secret is in this answer and in no other: keep it, and check every request with it. Events about one message come in order; an event may come more than once, always under the same webhook-id. What happened before is not sent: replay it.',
    example: {
      input: { url: 'https://hooks.example.com/mail', types: ['message.bounced', 'message.complained'] },
      output: { ...WEBHOOK, secret: SECRET },
    },
    cli: { words: 'webhooks create', args: ['url'], summary: 'Have events posted to a URL' },
  },
  'webhooks.list': {
    method: 'GET',
    path: '/v1/webhooks',
    scopes: read,
    input: z.strictObject(pageInput),
    output: pageOf(webhookSchema),
    problems: [],
    success: 200,
    idempotent: true,
    description: 'Lists the endpoints that the key may see, newest first. Secrets are never shown.',
    example: { input: {}, output: { items: [WEBHOOK], cursor: null } },
    cli: { words: 'webhooks list', args: [], summary: 'List the endpoints that are told of events' },
  },
  'webhooks.get': {
    method: 'GET',
    path: '/v1/webhooks/{id}',
    scopes: read,
    input: z.strictObject({ id: webhookId }),
    output: webhookSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description: 'Shows one endpoint: what it is told, whether it is active, and why not.',
    example: { input: { id: ID }, output: WEBHOOK },
    cli: { words: 'webhooks get', args: ['id'], summary: 'Show one endpoint' },
  },
  'webhooks.update': {
    method: 'PATCH',
    path: '/v1/webhooks/{id}',
    headers: { ifMatch: 'If-Match' },
    scopes: write,
    input: webhookUpdateSchema,
    output: webhookSchema,
    problems: ['not_found', 'mailbox_unknown', 'precondition_failed'],
    success: 200,
    idempotent: true,
    description:
      'Changes what is given and nothing else. Status paused stops deliveries: those that are pending wait, and events of the meantime are not sent; replay them. Status active takes an endpoint up again that was paused or disabled, and counts its failures anew.',
    example: {
      input: { id: ID, status: 'paused' },
      output: { ...WEBHOOK, status: 'paused', version: 2, updatedAt: '2026-01-31T10:00:00.000Z' },
    },
    cli: { words: 'webhooks update', args: ['id'], summary: 'Change, pause or take up an endpoint' },
  },
  'webhooks.delete': {
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    scopes: write,
    input: z.strictObject({ id: webhookId }),
    output: z.object({ id: z.string(), deleted: z.literal(true) }),
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    destructive: true,
    description: 'Deletes an endpoint with all its deliveries. Nothing is sent to it any more.',
    example: { input: { id: ID }, output: { id: ID, deleted: true } },
    cli: { words: 'webhooks delete', args: ['id'], summary: 'Delete an endpoint' },
  },
  'webhooks.rotate': {
    method: 'POST',
    path: '/v1/webhooks/{id}/rotate',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: write,
    input: webhookRotateSchema,
    output: webhookWithSecretSchema,
    problems: ['not_found', 'idempotency_conflict', 'idempotency_in_progress'],
    success: 200,
    idempotent: false,
    keepsAnswer: true,
    description:
      'Makes a new secret, shown in this answer only. For `overlap` seconds (a day unless told otherwise) every request carries a signature by each of the two, so that the receiver can change over without losing any; then the old one is void.',
    example: {
      input: { id: ID, overlap: 3600 },
      output: {
        ...{ ...WEBHOOK, version: 2, updatedAt: '2026-01-31T10:00:00.000Z' },
        ...{ previousSecretUntil: '2026-01-31T11:00:00.000Z', secret: SECRET },
      },
    },
    cli: { words: 'webhooks rotate', args: ['id'], summary: 'Make a new secret for an endpoint' },
  },
  'webhooks.ping': {
    method: 'POST',
    path: '/v1/webhooks/{id}/ping',
    scopes: write,
    input: z.strictObject({ id: webhookId }),
    output: z.object({ delivery: deliverySchema }),
    problems: ['not_found', 'conflict'],
    success: 202,
    idempotent: false,
    description:
      'Sends a test event of type webhook.ping to the endpoint at once, which is not in the event log. List the deliveries with its event to see what became of it.',
    example: {
      input: { id: ID },
      output: { delivery: { ...DELIVERY, type: 'webhook.ping', message: null } },
    },
    cli: { words: 'webhooks ping', args: ['id'], summary: 'Send a test event to an endpoint' },
  },
  'webhooks.replay': {
    method: 'POST',
    path: '/v1/webhooks/{id}/replay',
    scopes: write,
    input: replayInput,
    output: replayOutput,
    problems: ['not_found', 'conflict'],
    success: 202,
    idempotent: true,
    description:
      'Delivers events of the log again that the endpoint wants, the oldest first, also those that it had. At most 10,000 are looked at per call: while `more` is true, call again with the `since` of the answer. What is pending already is not doubled.',
    example: {
      input: { id: ID, since: '2026-01-30T00:00:00.000Z' },
      output: { enqueued: 42, more: false, since: null },
    },
    cli: { words: 'webhooks replay', args: ['id', 'since'], summary: 'Deliver past events to an endpoint' },
  },
  'webhooks.deliveries': {
    method: 'GET',
    path: '/v1/webhooks/{id}/deliveries',
    scopes: read,
    input: deliveriesInput,
    output: pageOf(deliverySchema),
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'Lists the deliveries to one endpoint, newest first. `dead` ones were tried for three days: mend the endpoint and redeliver them. They are kept as long as the events are.',
    example: { input: { id: ID, status: 'pending' }, output: { items: [DELIVERY], cursor: null } },
    cli: { words: 'webhooks deliveries', args: ['id'], summary: 'List what was delivered to an endpoint' },
  },
  'webhooks.redeliver': {
    method: 'POST',
    path: '/v1/webhooks/{id}/deliveries/{delivery}/redeliver',
    scopes: write,
    input: z.strictObject({ id: webhookId, delivery: line(100) }),
    output: deliverySchema,
    problems: ['not_found', 'conflict'],
    success: 202,
    idempotent: true,
    description: 'Delivers one event again, whatever became of it, with all its tries.',
    example: { input: { id: ID, delivery: DELIVERY_ID }, output: DELIVERY },
    cli: { words: 'webhooks redeliver', args: ['id', 'delivery'], summary: 'Deliver one event again' },
  },
} as const satisfies Record<string, Operation>;
