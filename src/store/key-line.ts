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
