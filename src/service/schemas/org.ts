/** @module An org as a whole, and the switch that stops it, as the API takes and shows them. Pure. */
import { z } from 'zod';
import { prose } from '../../core/email/request.js';

/** Why, for the people who find it paused. */
export const switchReason = { reason: prose(500).optional() };

export const orgSchema = z.object({
  org: z.string(),
  status: z.enum(['active', 'paused']),
  /** Why it is paused; null where it is not, or nobody said. */
  reason: z.string().nullable(),
  /** When it was paused or resumed last; null is never. */
  switchedAt: z.string().nullable(),
});
