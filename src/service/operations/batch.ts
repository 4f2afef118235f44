/** @module Operations: many emails in one call. */
import type { Operation } from './operation.js';
import { batchAnswerSchema, batchSchema } from '../schemas/batch.js';

export const BATCH = {
  'messages.batch': {
    method: 'POST',
    path: '/v1/mailboxes/{mailbox}/messages/batch',
    shortPath: '/v1/messages/batch',
    headers: { idempotencyKey: 'Idempotency-Key' },
    scopes: ['messages:send'],
    input: batchSchema,
    output: batchAnswerSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Sends up to 100 separate emails, each judged by policy as if sent alone, and answers for each in order: read every item, because the call succeeds even where an email does not. An item with a problem that is retryable may or may not have been accepted: repeat the same call with the same keys, and what was accepted is not sent again. An email without a dedupeKey is named by the Idempotency-Key and its index, else by its content.',
    example: {
      input: {
        messages: [
          { to: 'ann@example.com', subject: 'Your invoice', text: 'It is attached.' },
          { to: 'nobody', subject: 'Your invoice', text: 'It is attached.' },
        ],
      },
      output: {
        items: [
          {
            ...{ index: 0, ok: true, id: 'msg_4q7x', status: 'queued' },
            ...{ revision: 1, digest: 'a'.repeat(64) },
          },
          {
            ...{ index: 1, ok: false },
            problem: {
              type: 'urn:mailwarden:problem:invalid_request',
              title: 'The request is not valid',
              ...{ status: 400, code: 'invalid_request', retryable: false },
              detail: 'to: is not a mail address; write it as name@domain.example',
              docs: '/problems/invalid_request',
              field: 'to',
              errors: [{ field: 'to', message: 'is not a mail address; write it as name@domain.example' }],
            },
          },
        ],
      },
    },
    cli: { words: 'batch', args: [], summary: 'Send up to 100 emails at once' },
  },
} as const satisfies Record<string, Operation>;
