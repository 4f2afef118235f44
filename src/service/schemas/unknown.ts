/** @module Emails of which nobody knows whether they were sent, as the API shows and resolves them. Pure. */
import { z } from 'zod';
import { duration } from '../../duration.js';
import { instant, line, mailboxName, pageInput } from './page.js';

/** `2026-01-31T09:00:00Z`, or how long ago: `30m`, `2h`, `3d`. */
const moment = line(40).refine(
  (text) => duration.safeParse(text).success || instant.safeParse(text).success,
  'must be an ISO 8601 date-time with zone, e.g. 2026-01-31T09:00:00Z, or how long ago: 30m, 2h, 3d',
);

/** The instant that such a text means now, as ISO 8601 in UTC. */
export function momentOf(text: string, now: Date): string {
  const ago = duration.safeParse(text);
  return ago.success ? new Date(now.getTime() - ago.data).toISOString() : instant.parse(text);
}

const filter = {
  /** Where they were sent, or not. */
  provider: line(100).optional(),
  /** When the try began: at this time or later, */
  since: moment.optional(),
  /** and before this one. */
  until: moment.optional(),
  mailbox: mailboxName.optional(),
};

export const unknownListInput = z.strictObject({ ...pageInput, ...filter });

export const unknownSchema = z.object({
  id: z.string(),
  mailbox: z.string(),
  provider: z.string(),
  /** Indexes, as the email itself shows them. */
  recipients: z.array(z.number()),
  /** When the try began. */
  since: z.string(),
  /** How often the provider was asked what became of it. */
  lookups: z.number(),
});

export const unknownResolveInput = z.strictObject({
  ...filter,
  as: z.enum(['sent', 'not_sent', 'abandoned']),
  /** How many at most; `cursor` of the answer goes on. */
  limit: z.number().int().min(1).max(500).default(100),
  cursor: pageInput.cursor,
  /** Only says which they are. */
  dryRun: z.boolean().default(false),
});

const RESULTS = ['resolved', 'would_resolve', 'lease_active', 'not_unknown', 'failed', 'not_tried'] as const;

export const unknownResolvedSchema = z.object({
  as: z.enum(['sent', 'not_sent', 'abandoned']),
  dryRun: z.boolean(),
  /** How many there are of each result. */
  counts: z.partialRecord(z.enum(RESULTS), z.number()),
  results: z.array(
    z.object({
      id: z.string(),
      provider: z.string(),
      recipients: z.array(z.number()),
      /**
       * `lease_active`: the try may still be under way. `not_unknown`: somebody else settled it. `failed`: see `code`;
       * `not_tried`: this call took too long. Both are there for the next call.
       */
      result: z.enum(RESULTS),
      /** Of the problem. */
      code: z.string().optional(),
    }),
  ),
  cursor: z.string().nullable(),
});
export type UnknownResolved = z.output<typeof unknownResolvedSchema>;
