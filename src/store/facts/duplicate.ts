/** @module The email that said the same to the same people first, within the minutes of the policy. */
import { sql } from 'kysely';
import { part } from './part.js';

/** What went nowhere is not repeated by sending it. */
const UNSENT = ['denied', 'rejected', 'expired', 'canceled', 'failed'];

/** Its id. */
export const duplicateOf = part<string, string | null>(
  ({ org, mode, mailbox, id, policy, contentHash, now }) =>
    !contentHash
      ? null
      : sql`(
          select to_json(id) from messages
          where org = ${org} and mailbox = ${mailbox} and mode = ${mode} and content_hash = ${contentHash}
            and created_at > ${new Date(now.getTime() - policy.duplicateMinutes * 60_000)}
            and id <> ${id} and status <> all(${UNSENT})
          order by created_at, id limit 1
        )`,
  (id) => id,
);
