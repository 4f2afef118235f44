/**
 * @module A key's line: the key, those that it replaced or that replaced it (together they are one credential), all
 * that were made with any of these, and so on. Whoever holds a key sees and ends its line.
 */
import { sql, type RawBuilder } from 'kysely';

/**
 * Whether a row of `keys` is of the line. `principal`: a key of another one is left out, and so is what was made with
 * that. An array, so that the keys of the line are looked up; a join would read all keys of the org.
 */
export const isOfLine = (org: string, id: string, principal?: string): RawBuilder<boolean> => sql<boolean>`
  keys.id = any(array(
    with recursive line (id, rotated_from) as (
      select id, rotated_from from keys where org = ${org} and id = ${id}
      union
      select near.id, near.rotated_from
      from line join keys near
        on near.made_by = line.id or near.rotated_from = line.id or near.id = line.rotated_from
      where near.org = ${org} ${principal === undefined ? sql`` : sql`and near.principal = ${principal}`}
    )
    select id from line
  ))`;

/**
 * Id of the key with which a line begins, as far as it is of this key's principal and mode: whoever makes itself one
 * key after the other is still found there. An expression; null where there is no such key.
 */
export const rootOf = (org: string, id: string): RawBuilder<string | null> => sql<string | null>`(
  with recursive line (id, principal, mode, made_by, rotated_from) as (
    select id, principal, mode, made_by, rotated_from from keys where org = ${org} and id = ${id}
    union
    select above.id, above.principal, above.mode, above.made_by, above.rotated_from
    from line join keys above on above.id = line.made_by or above.id = line.rotated_from
    where above.org = ${org} and above.principal = line.principal and above.mode = line.mode
  )
  select id from line
  where not exists (select from line above where above.id = line.made_by or above.id = line.rotated_from)
  order by id limit 1
)`;
