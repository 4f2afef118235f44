/** @module Operations: how much email may still go. */
import { z } from 'zod';
import { RULE_CODES } from '../../core/policy/codes.js';
import { RATE_SUBJECTS, RATE_WINDOWS } from '../../core/policy/settings/limits.js';
import type { Operation } from './operation.js';
import { mailboxName, pageInput, pageOf } from '../schemas/page.js';

const quotaSchema = z.object({
  /** Id. */
  mailbox: z.string(),
  /** The rule of the verdict that denies an email, or lets it wait, when it is full. */
  rule: z.enum(RULE_CODES),
  /** Whose emails are counted: of the mailbox, of the key that asks, of the mailbox's domain, or of the org. */
  per: z.enum(RATE_SUBJECTS),
  /** Of the clock, in UTC. */
  window: z.enum(RATE_WINDOWS),
  /** Emails that have a place in this window, sent or about to be. */
  current: z.number(),
  limit: z.number(),
  remaining: z.number(),
  /** When the next window begins. */
  resetsAt: z.string(),
});

const OF_ONE = { mailbox: 'mbx_4vks2t7m9q1r8x5c', per: 'mailbox' } as const;

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
      'How full the limits of the mailboxes are: for each mailbox its hourly, daily and monthly limit, and then what ' +
      'its policy adds (`rate_limits`, without those per recipient domain, and `warmup_limit`), counted by clock ' +
      'minute, hour, day and calendar month in UTC. Live and test email count apart. `limit` in the query counts ' +
      'mailboxes. Where `remaining` is 0, a new email is denied or waits until `resetsAt`: do not send it again ' +
      'before then.',
    example: {
      input: { mailbox: 'agent@example.com' },
      output: {
        items: [
          {
            ...{ ...OF_ONE, rule: 'rate_limit_hourly', window: 'hour', current: 3, limit: 50, remaining: 47 },
            resetsAt: '2026-01-31T10:00:00.000Z',
          },
          {
            ...{
              ...OF_ONE,
              rule: 'rate_limit_daily',
              window: 'day',
              current: 120,
              limit: 200,
              remaining: 80,
            },
            resetsAt: '2026-02-01T00:00:00.000Z',
          },
          {
            ...{
              ...OF_ONE,
              rule: 'rate_limit_monthly',
              window: 'month',
              current: 900,
              limit: 3000,
              remaining: 2100,
            },
            resetsAt: '2026-02-01T00:00:00.000Z',
          },
        ],
        cursor: null,
      },
    },
    cli: { words: 'quotas get', args: [], summary: 'Show how much email may still go, and when that resets' },
  },
} as const satisfies Record<string, Operation>;
