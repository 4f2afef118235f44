/** @module Drafts to one person are deleted. One that is being submitted becomes an email first. */
import { sql } from 'kysely';
import { addressKey, domainOf } from '../core/email/address.js';
import type { DraftContent } from '../core/email/draft.js';
import type { Person } from './erasures.js';
import { fromJson } from './json.js';
import type { Work } from './work.js';

/** Deleted at a time. */
const MOST = 1_000;

type Head = Pick<DraftContent, 'to' | 'cc' | 'bcc'>;

/** `isMore`: others are left, or one is being submitted. */
export async function eraseDrafts(
  { trx }: Pick<Work, 'trx'>,
  { org, key }: Person,
): Promise<{ erased: number; isMore: boolean }> {
  const candidates = await trx
    .selectFrom('drafts')
    .select(['id', 'head', 'status'])
    .where('org', '=', org)
    .where(sql<boolean>`position(${domainOf(key)} in lower(head)) > 0`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const theirs = candidates.filter(({ head }) => isTo(fromJson<Head>(head), key));
  const ids = theirs.filter((one) => one.status !== 'submitting').map((one) => one.id);
  const some = ids.slice(0, MOST);
  if (some.length > 0)
    await trx.deleteFrom('drafts').where('org', '=', org).where('id', 'in', some).execute();
  return { erased: some.length, isMore: some.length < theirs.length };
}

const isTo = ({ to = [], cc = [], bcc = [] }: Head, key: string): boolean =>
  [...to, ...cc, ...bcc].some((one) => addressKey(one.address) === key);
