/** @module Many emails in one call, as the API takes and shows them. Pure. */
import { z } from 'zod';
import {
  dedupeKey,
  requestSchema,
  type EmailRequest,
  type EmailRequestInput,
} from '../../core/email/request.js';
import { sentSchema } from './message.js';
import { mailboxName } from './page.js';
import { problemSchema } from './problem.js';

const BATCH_LIMIT = 100;

/** What is no valid email says why; what is wrong with one says nothing of the others. */
export class InvalidEmail {
  constructor(readonly error: z.ZodError) {}
}

const invalid = z.unknown().transform((raw, check) => {
  const { error } = requestSchema.safeParse(raw);
  if (error !== undefined) return new InvalidEmail(error);
  // The branch before this one would have taken it.
  check.addIssue('is a valid email');
  return z.NEVER;
});
const item = requestSchema.or(invalid) as z.ZodType<EmailRequest | InvalidEmail, EmailRequestInput>;

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
