/** @module Operations: how much email may still go. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { mailboxName, pageInput, pageOf } from '../schemas/page.js';

const quotaSchema = z.object({
  /** Id. */
  mailbox: z.string(),
  /** The rule of the verdict that denies an email, or lets it wait, when it is full. */
  rule: z.enum(['rate_limit_hourly', 'rate_limit_daily']),
  /** Emails that have a place in this window, sent or about to be. */
  current: z.number(),
  limit: z.number(),
  remaining: z.number(),
  /** When the next window begins. */
  resetsAt: z.string(),
});

const OF_ONE = { mailbox: 'mbx_4vks2t7m9q1r8x5c' } as const;

export const QUOTAS = {
  'quotas.get': {
    method: 'GET',
    path: '/v1/quotas',
    scopes: ['messages:send', 'messages:read', 'policy:admin'],
    input: z.strictObject({ ...pageInput, mailbox: mailboxName.optional() }),
    output: pageOf(quotaSchema),
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'How full the hourly and daily limits of the mailboxes are: two items per mailbox, counted by clock hour and ' +
      'day in UTC. Live and test email count apart. `limit` in the query counts mailboxes. Where `remaining` is 0, ' +
      'a new email is denied or waits until `resetsAt`: do not send it again before then.',
    example: {
      input: { mailbox: 'agent@example.com' },
      output: {
        items: [
          {
            ...{ ...OF_ONE, rule: 'rate_limit_hourly', current: 3, limit: 50, remaining: 47 },
            resetsAt: '2026-01-31T10:00:00.000Z',
          },
          {
            ...{ ...OF_ONE, rule: 'rate_limit_daily', current: 120, limit: 200, remaining: 80 },
            resetsAt: '2026-02-01T00:00:00.000Z',
          },
        ],
        cursor: null,
      },
    },
    cli: { words: 'quotas get', args: [], summary: 'Show how much email may still go, and when that resets' },
  },
} as const satisfies Record<string, Operation>;
