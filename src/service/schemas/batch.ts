/** @module Many emails in one call, as the API takes and shows them. Pure. */
import { z } from 'zod';
import { dedupeKey, requestSchema, type EmailRequestInput } from '../../core/email/request.js';
import { sentSchema } from './message.js';
import { mailboxName } from './page.js';
import { problemSchema } from './problem.js';

const BATCH_LIMIT = 100;

/** Not checked here but one by one: what is wrong with one email says nothing of the others. */
const item = requestSchema.or(z.unknown()) as z.ZodType<unknown, EmailRequestInput>;

export const batchSchema = z.strictObject({
  messages: z.array(item).min(1).max(BATCH_LIMIT),
  mailbox: mailboxName.optional(),
  /** Names the emails that have no dedupeKey: `<key>:<index>`. */
  idempotencyKey: dedupeKey(255).optional(),
});

const index = z.number().int();
export const batchAnswerSchema = z.object({
  /** One for each email, in their order. */
  items: z.array(
    z.discriminatedUnion('ok', [
      sentSchema.extend({ index, ok: z.literal(true) }),
      z.object({ index, ok: z.literal(false), problem: problemSchema }),
    ]),
  ),
});
export type BatchItem = z.output<typeof batchAnswerSchema>['items'][number];
