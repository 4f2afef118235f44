/** @module Operations: sending an email, and reading what became of it. */
import { z } from 'zod';
import { CATEGORIES, dedupeKey, requestSchema } from '../../core/email/request.js';
import { MESSAGE_STATUSES } from '../../core/email/state.js';
import { UNTILS } from '../../core/email/until.js';
import type { Operation } from './operation.js';
import { messageSchema, rawSchema, sentSchema, summarySchema, traceSchema } from '../schemas/message.js';
import {
  instant,
  line,
  mailboxName,
  messageId,
  pageInput,
  pageOf,
  someOf,
  soughtAddress,
} from '../schemas/page.js';

const byId = z.strictObject({ id: messageId });

export const MESSAGES = {
  'messages.send': {
    method: 'POST',
    path: '/v1/mailboxes/{mailbox}/messages',
    shortPath: '/v1/messages',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: ['messages:send'],
    input: requestSchema.safeExtend({
      mailbox: mailboxName.optional(),
      idempotencyKey: dedupeKey(255).optional(),
    }),
    output: sentSchema,
    problems: ['mailbox_unknown', 'policy_denied', 'rate_limited', 'idempotency_conflict', 'outcome_unknown'],
    success: 202,
    idempotent: true,
    description:
      'Submits one email. It is judged by the policy of its mailbox at once, and the answer has the verdict. `held` waits for a person, `queued`, `scheduled` and `sending` are on their way: none of them is a failure, and none must be sent again. The sender is the mailbox, never a field. With an `Idempotency-Key`, or `dedupeKey`, the same call may be repeated after any failure and is never sent twice.',
    example: {
      input: {
        mailbox: 'support@example.com',
        idempotencyKey: 'order-1042-shipped',
        to: 'ada@example.com',
        subject: 'Your order 1042',
        text: 'It is on its way.',
      },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        status: 'held',
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        revision: 1,
        verdict: {
          outcome: 'review',
          checks: [
            {
              rule: 'autonomy',
              status: 'failed',
              effect: 'review',
              evidence: { level: 'review_all', recipients: [0] },
            },
          ],
          policyVersion: '1',
        },
        waitingFor: { reason: 'approval', until: '2026-02-01T09:00:00.000Z' },
        approvalUrl: 'https://mail.example.com/review/msg_2b7k4qz6xw3n5j8r1t9v0c',
      },
    },
    cli: { words: 'send', args: [], summary: 'Send an email' },
  },
  'messages.list': {
    method: 'GET',
    path: '/v1/messages',
    scopes: ['messages:read'],
    input: z.strictObject({
      ...pageInput,
      /** Any of these. */
      status: someOf(z.enum(MESSAGE_STATUSES)).optional(),
      mailbox: mailboxName.optional(),
      category: z.enum(CATEGORIES).optional(),
      tag: line(64).optional(),
      /** Whoever it was written to: in to, cc or bcc. */
      recipient: soughtAddress.optional(),
      createdAfter: instant.optional(),
      createdBefore: instant.optional(),
    }),
    output: pageOf(summarySchema),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description: 'Emails that the key may see, newest first, without their bodies.',
    example: {
      input: { status: 'held', limit: 20 },
      output: {
        items: [
          {
            id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
            mailbox: 'mbx_7q2m4n6p8r',
            mode: 'live',
            status: 'held',
            category: 'transactional',
            subject: 'Your order 1042',
            revision: 1,
            digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
            waitingFor: { reason: 'approval', until: '2026-02-01T09:00:00.000Z' },
            createdAt: '2026-01-31T09:00:00.000Z',
            updatedAt: '2026-01-31T09:00:02.000Z',
          },
        ],
        cursor: null,
      },
    },
    cli: { words: 'list', args: [], summary: 'List emails, newest first' },
  },
  'messages.get': {
    method: 'GET',
    path: '/v1/messages/{id}',
    scopes: ['messages:read'],
    input: byId.extend({
      /** Seconds to wait for `until`, at most; 0 answers at once. */
      wait: z.number().int().min(0).max(120).default(0),
      /** `admitted`: judged by policy. `sent`: with a provider, or ended. `final`: nothing more is awaited. */
      until: z.enum(UNTILS).default('sent'),
    }),
    output: messageSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'One email with its content, its recipients and what became of each, its attempts, reports and decisions. Right after a send it may have less: no worker has taken it up yet.',
    example: {
      input: { id: 'msg_2b7k4qz6xw3n5j8r1t9v0c' },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        mailbox: 'mbx_7q2m4n6p8r',
        mode: 'live',
        status: 'sent',
        category: 'transactional',
        subject: 'Your order 1042',
        revision: 1,
        digest: '3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f',
        waitingFor: null,
        createdAt: '2026-01-31T09:00:00.000Z',
        updatedAt: '2026-01-31T09:00:02.000Z',
        dedupeKey: 'order-1042-shipped',
        principal: 'prn_5t7w9y',
        verdict: { outcome: 'allow', checks: [{ rule: 'autonomy', status: 'passed' }], policyVersion: '1' },
        content: {
          from: { address: 'support@example.com', name: 'Support' },
          to: [{ address: 'ada@example.com' }],
          cc: [],
          bcc: [],
          subject: 'Your order 1042',
          text: 'It is on its way.',
          headers: {},
          attachments: [],
          messageId: '<2b7k4qz6xw3n@example.com>',
          category: 'transactional',
        },
        sendAt: null,
        expiresAt: null,
        reason: null,
        context: null,
        tags: [],
        metadata: {},
        recipients: [
          {
            index: 0,
            kind: 'to',
            address: 'ada@example.com',
            status: 'sent',
            reason: null,
            smtpStatus: null,
            softBounces: 0,
            bounce: null,
          },
        ],
        attempts: [
          {
            attempt: 1,
            try: 1,
            provider: 'smtp',
            recipients: [0],
            at: '2026-01-31T09:00:00.000Z',
            leaseUntil: '2026-01-31T09:02:00.000Z',
            finishedAt: '2026-01-31T09:00:02.000Z',
            outcome: 'accepted',
            providerMessageId: '250 2.0.0 Ok',
            seenMessageId: null,
            duplicatePossible: false,
          },
        ],
        reports: [],
        engagement: { opens: 0, clicks: 0, machineOpens: 0, machineClicks: 0 },
        decisions: [],
      },
    },
    cli: { words: 'get', args: ['id'], summary: 'Show one email' },
  },
  'messages.trace': {
    method: 'GET',
    path: '/v1/messages/{id}/trace',
    scopes: ['messages:read'],
    input: byId,
    output: traceSchema,
    problems: ['not_found'],
    success: 200,
    idempotent: true,
    description:
      'Everything that happened to one email, oldest first: what was judged and why, who decided, each attempt, each report. The entries hold no addresses and no text.',
    example: {
      input: { id: 'msg_2b7k4qz6xw3n5j8r1t9v0c' },
      output: {
        id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
        entries: [
          {
            seq: 1,
            at: '2026-01-31T09:00:00.000Z',
            type: 'message.admitted',
            by: 'prn_5t7w9y',
            data: { outcome: 'allow', revision: 1 },
          },
        ],
      },
    },
    cli: { words: 'trace', args: ['id'], summary: 'Show everything that happened to one email, in order' },
  },
  'messages.raw': {
    method: 'GET',
    path: '/v1/messages/{id}/raw',
    scopes: ['messages:read'],
    input: byId,
    output: rawSchema,
    problems: ['not_found', 'conflict'],
    success: 200,
    idempotent: true,
    mediaType: 'message/rfc822',
    description:
      'The source of the email (RFC 5322) in its current revision, made by the code that hands it to a provider; ' +
      'after a try its Date is that of the last one. MIME boundaries are made anew each time. Bcc is never in it. ' +
      'Over HTTP, `Accept: message/rfc822` gives the bytes themselves; in JSON `encoding` says whether `raw` is text ' +
      'or base64.',
    example: {
      input: { id: 'msg_4vks2t7m9q1r8x5c' },
      output: {
        ...{ id: 'msg_4vks2t7m9q1r8x5c', revision: 1, encoding: 'utf-8' },
        digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        raw: 'From: agent@example.com\r\nTo: ada@example.com\r\nSubject: Hello\r\n\r\nHello Ada\r\n',
      },
    },
    cli: { words: 'raw', args: ['id'], summary: 'Show the source of one email as it goes out' },
  },
} as const satisfies Record<string, Operation>;
