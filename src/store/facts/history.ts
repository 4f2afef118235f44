/** @module What became of earlier email of the org to the recipients; live and test apart. */
import { sql } from 'kysely';
import { indexesOf, keysOf } from './names.js';
import { part } from './part.js';

/** Indexes of recipients that another message has reached. */
export const contacted = part<string[], number[]>(
  ({ org, mode, id, recipients }) => sql`(
    select json_agg(key) from unnest(${keysOf(recipients)}::text[]) key where exists (
      select from recipients
      where org = ${org} and mode = ${mode} and address_key = key
        and delivered_at is not null and message <> ${id})
  )`,
  (keys, { recipients }) => indexesOf(recipients, keys ?? []),
);

/**
 * Indexes of recipients at whom an email bounced for good, and of whom nobody has said since that they can be written
 * to: by removing their suppression. An email that was under way then and bounced later has made a new one.
 */
export const hardBounced = part<string[], number[]>(
  ({ org, mode, recipients }) => sql`(
    select json_agg(key) from unnest(${keysOf(recipients)}::text[]) key where exists (
      select from recipients
      where org = ${org} and mode = ${mode} and address_key = key and bounce = 'hard'
        and not exists (
          select from suppressions removed
          where removed.org = ${org} and removed.mode = ${mode} and removed.address_key = key
            and removed.scope = 'org' and removed.reason <> 'unsubscribe'
            and removed.removed_at >= recipients.created_at and removed.removed_by <> 'expiry'))
  )`,
  (keys, { recipients }) => indexesOf(recipients, keys ?? []),
);
