/** @module Operations: people who ask to be forgotten. */
import { z } from 'zod';
import type { Operation } from './operation.js';
import { soughtAddress } from '../schemas/page.js';

export const PERSONS = {
  'persons.erase': {
    method: 'POST',
    path: '/v1/erasures',
    scopes: ['org:admin'],
    input: z.strictObject({
      address: soughtAddress,
      /** The address again: nothing of this can be undone. */
      confirm: soughtAddress,
      /** Emails to them that are under way are canceled, and late reports no longer waited for. */
      cancel: z.boolean().default(false),
    }),
    output: z.object({
      id: z.string(),
      /** False: there is more than one call takes away; repeat it. */
      finished: z.boolean(),
      /** Emails and drafts whose content is gone. */
      messages: z.number(),
      drafts: z.number(),
    }),
    problems: ['person_required', 'conflict'],
    success: 200,
    idempotent: true,
    destructive: true,
    description:
      'Forgets a person, live and test: the content of every email to them (also for its other recipients), their ' +
      'address, drafts to them, and what proves their consent. Their suppressions and objections hold on under a ' +
      'keyed hash, so that nobody writes to them again by mistake. What stays: an address that a policy lists, there ' +
      'until somebody changes the policy, and in its past versions; digests, statuses and the audit, which ' +
      'hold no address and no text; attachments, by digest, which other emails may name; answers kept for an ' +
      'Idempotency-Key for a day, and what Temporal retains of closed workflows, both sealed. While an email to them ' +
      'is under way this is a 409 that names it in `ids`, unless `cancel` is true. Only a person does this.',
    example: {
      input: { address: 'ada@example.com', confirm: 'ada@example.com' },
      output: { id: 'era_4c6e8g', finished: true, messages: 12, drafts: 1 },
    },
    cli: { words: 'persons erase', args: ['address'], summary: 'Forget a person: content, address, drafts' },
  },
} as const satisfies Record<string, Operation>;
