/**
 * @module Nobody decides on an email of their own: by name, by principal, or by a key that theirs made.
 * Whoever wrote what is decided on counts as its sender too, but a person who put it right may approve it.
 */
import { sql } from 'kysely';
import type { Decision } from './store.js';
import type { Rows } from './tables.js';
import type { Work } from './work.js';

export async function isOwnDecision(
  { trx }: Work,
  { org, id, revision, principal, key }: Rows['messages'],
  decision: Pick<Decision, 'by' | 'key'>,
): Promise<boolean> {
  const { by: author } = await trx
    .selectFrom('revisions')
    .select('by')
    .where('org', '=', org)
    .where('message', '=', id)
    .where('revision', '=', revision)
    .executeTakeFirstOrThrow();
  const known = await trx
    .selectFrom('principals')
    .select(['id', 'name', 'kind'])
    .where('org', '=', org)
    .where('id', 'in', [principal, author])
    .execute();
  const isPerson = known.some((one) => one.id === author && one.kind === 'person');
  const own = author === principal || isPerson ? [principal] : [principal, author];
  const names = known.filter((one) => own.includes(one.id)).map((one) => one.name);
  const by = spelled(decision.by);
  if ([...own, ...names].some((name) => by === spelled(name))) return true;
  return decision.key !== undefined && (await descends(trx, org, decision.key, { key, principals: own }));
}

/** Whether a key is, or was made by, this key or one of these principals. */
export async function descends(
  trx: Work['trx'],
  org: string,
  id: string,
  from: { key: string | null; principals: readonly string[] },
): Promise<boolean> {
  // The key and every key that it descends from. `union` ends a circle, should there be one.
  const { rows } = await sql<{ own: boolean }>`
    with recursive lineage (id, principal, made_by) as (
      select id, principal, made_by from keys where org = ${org} and id = ${id}
      union
      select parent.id, parent.principal, parent.made_by
      from keys parent join lineage on parent.id = lineage.made_by
      where parent.org = ${org}
    )
    select exists (
      select from lineage where id = ${from.key} or principal in (${sql.join(from.principals)})
    ) as own
  `.execute(trx);
  return rows[0]?.own === true;
}

/** Names in signals are typed by people. */
const spelled = (name: string): string => name.normalize('NFKC').trim().toLowerCase();
