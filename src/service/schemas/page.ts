/**
 * @module What the lists of the API have in common, and the words that stand in every path. Pure.
 */
import { z } from 'zod';
import { CONTROL_CHARACTERS, normaliseAddress } from '../../core/email/address.js';

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

/** The ETag of what the caller saw: its `version` in quotes. */
export const ifMatch = z
  .string()
  .regex(/^"\d{1,9}"$/u, 'must be the ETag of an answer: its version in quotes, such as "3"')
  .optional();

export { instant } from '../../core/email/request.js';

/** One value or a list of them; in a query a repeated field, or one with commas. */
export const someOf = <T extends z.ZodType>(
  item: T,
): z.ZodUnion<[z.ZodPipe<T, z.ZodTransform<z.output<T>[], z.output<T>>>, z.ZodArray<T>]> =>
  z.union([item.transform((one): z.output<T>[] => [one]), z.array(item).min(1).max(20)]);

/** An address to look for, in the form in which recipients are kept. */
export const soughtAddress = line(320).transform((text, context) => {
  const address = normaliseAddress(text.trim());
  if (address !== null) return address;
  context.addIssue({ code: 'custom', message: 'is not a mail address; write it as name@domain.example' });
  return z.NEVER;
});

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
