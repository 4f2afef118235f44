/** @module To whom and how often: settings of the rules on recipients. Pure. */
import { z } from 'zod';

const count = (most: number): z.ZodInt => z.int().min(0).max(most);

export const recipientsSchema = z.strictObject({
  /** Recipients of one email, over To, Cc and Bcc. */
  max: z.int().min(1).max(50).default(50),
  /** Recipients of one email outside of the mailbox's own domain; absent: as many as `max`. */
  maxExternal: count(50).optional(),
  /** Emails to one recipient in any 60 minutes, over all mailboxes of the org; 0 lets nothing through. */
  perHour: count(100_000).default(5),
  /** Minutes that must pass between two emails to one recipient; 0 is none. */
  cooldownMinutes: count(43_200).default(0),
  /** Different recipients of the mailbox in any such time; absent: any number. */
  distinct: z
    .strictObject({
      /** In any 5 minutes. */
      fiveMinutes: count(1_000_000).optional(),
      /** In any 24 hours. */
      day: count(1_000_000).optional(),
      /** In any 30 days. */
      month: count(1_000_000).optional(),
    })
    .prefault({}),
});
