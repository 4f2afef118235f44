/**
 * @module What the lists of the API have in common, and the words that stand in every path. Pure.
 */
import { z } from 'zod';
import { CONTROL_CHARACTERS } from '../../core/email/address.js';

/** One line of a bounded length. */
export const line = (max: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !CONTROL_CHARACTERS.test(text), 'must be one line without control characters');

/** A message's id: its workflow id, which a direct start may have chosen itself. */
export const messageId = line(255);

/** Id or address of a mailbox. */
export const mailboxName = line(320);

export const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/u, 'must be the SHA-256 digest that the message shows');

export { instant } from '../../core/email/request.js';

export const pageInput = {
  /** How many at most. */
  limit: z.number().int().min(1).max(200).default(50),
  /** The `cursor` of the page before. */
  cursor: line(500).optional(),
};

/** A page of a list, newest first; `cursor` continues it, null ends it. */
export const pageOf = <T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; cursor: z.ZodNullable<z.ZodString> }> =>
  z.object({ items: z.array(item), cursor: z.string().nullable() });
