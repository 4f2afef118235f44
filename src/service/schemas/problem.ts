/** @module A problem inside an answer, where only a part of the call failed. Pure. */
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../../errors.js';

/** The members of RFC 9457 problem details as a failed call has them, and those that its code adds. */
export const problemSchema = z.looseObject({
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  /** As HTTP would have it. */
  status: z.number(),
  title: z.string(),
  detail: z.string(),
  /** The same item, unchanged, can succeed later. */
  retryable: z.boolean(),
  /** Relative to the item. */
  field: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  /** Seconds. */
  retryAfter: z.number().optional(),
  /** Of the email, where there is or may be one. */
  id: z.string().optional(),
});
