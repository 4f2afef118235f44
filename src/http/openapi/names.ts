/**
 * @module Names of the schemas that several answers share, and words for the groups of operations: what a reader of
 * the document, and a client generated from it, calls them.
 */
import type { z } from 'zod';
import { batchAnswerSchema } from '../../service/schemas/batch.js';
import { consentSchema } from '../../service/schemas/consent.js';
import { draftSchema, draftSummarySchema } from '../../service/schemas/draft.js';
import { eventSchema } from '../../service/schemas/event.js';
import { investigationSchema } from '../../service/schemas/investigation.js';
import { keySchema, madeKeySchema } from '../../service/schemas/key.js';
import { mailboxSchema } from '../../service/schemas/mailbox.js';
import {
  admittedSchema,
  changedSchema,
  messageSchema,
  pendingSchema,
  sentSchema,
  summarySchema,
  verdictSchema,
  waitingForSchema,
} from '../../service/schemas/message.js';
import { principalSchema } from '../../service/schemas/principal.js';
import { problemSchema } from '../../service/schemas/problem.js';
import { suppressionSchema } from '../../service/schemas/suppression.js';
import { deliverySchema, webhookSchema, webhookWithSecretSchema } from '../../service/schemas/webhook.js';

export const NAMED: readonly [string, z.ZodType][] = [
  ['Verdict', verdictSchema],
  ['WaitingFor', waitingForSchema],
  ['SendAnswer', sentSchema],
  ['MessageChanged', changedSchema],
  ['MessageSummary', summarySchema],
  ['AdmittedMessage', admittedSchema],
  ['PendingMessage', pendingSchema],
  ['Message', messageSchema],
  ['BatchAnswer', batchAnswerSchema],
  ['BatchProblem', problemSchema],
  ['Draft', draftSchema],
  ['DraftSummary', draftSummarySchema],
  ['Event', eventSchema],
  ['Mailbox', mailboxSchema],
  ['Principal', principalSchema],
  ['Key', keySchema],
  ['MadeKey', madeKeySchema],
  ['Suppression', suppressionSchema],
  ['Consent', consentSchema],
  ['Investigation', investigationSchema],
  ['Webhook', webhookSchema],
  ['MadeWebhook', webhookWithSecretSchema],
  ['WebhookDelivery', deliverySchema],
];

/** By the noun of the operation's name. */
export const TAGS: Readonly<Record<string, string>> = {
  messages: 'Emails: send, read, change before they go, decide.',
  drafts: 'Emails in the making: edited freely, and submitted when they are done.',
  attachments: 'Files that are uploaded once and named by their SHA-256.',
  approvals: 'Emails that wait for a person.',
  unknown: 'Emails of which nobody knows whether they were sent.',
  addresses: 'What is known of an address before it is written to.',
  quotas: 'What is left of each limit.',
  providers: 'Who carries the mail, and how each of them is.',
  suppressions: 'Addresses that must not be written to.',
  consents: 'Who agreed to be written to, and who took it back.',
  persons: 'People who ask to be forgotten.',
  investigations: 'What a person has to look into: complaints, and content or senders that were refused.',
  leases: 'Who is in contact with whom, so that no two agents write to one person at a time.',
  org: 'The organisation as a whole, and what stops all of its email.',
  mailboxes: 'Sending identities: address, autonomy, policy, route.',
  policy: 'What an org and its mailboxes let through: what holds, and what held.',
  policyChanges: 'What somebody asks to loosen in a policy, and what a person said of it.',
  principals: 'Who acts: people, agents, services.',
  keys: 'API keys, never stronger than the key that makes them.',
  whoami: 'Whose key it is, and what it may do.',
  events: 'What happened, in order: as a list and as a stream.',
  webhooks: 'Events delivered to a URL, signed by the Standard Webhooks scheme.',
  hooks: 'Reports of providers; their signature is the key.',
  server: 'The server itself.',
};
