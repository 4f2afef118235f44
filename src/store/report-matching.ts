/** @module Which message, and which of its recipients, a provider's report is about. */
import { sql } from 'kysely';
import { addressKey } from '../core/email/address.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import type { Email } from './email.js';
import { cleaned } from './json.js';
import type { Work } from './work.js';

/**
 * Message ids by the name that a report gave: our id, our Message-ID header (with or without its angle
 * brackets), or the provider's own id.
 */
export async function matchMessages(
  { trx }: Work,
  provider: string,
  reports: readonly ProviderReport[],
  org: string | undefined,
): Promise<Map<string, string>> {
  const names = [...new Set(reports.map((one) => cleaned(one.message)))];
  if (names.length === 0) return new Map();
  const headers = names.map((name) => (name.startsWith('<') ? name : `<${name}>`));
  const inOrg = org ?? null;
  // In the order of rising weight: what we named ourselves wins over what a provider did.
  const { rows } = await sql<{ weight: number; name: string; id: string }>`
    select 1 as weight, provider_message_id as name, message as id from attempts
    where provider = ${provider} and provider_message_id in (${sql.join(names)})
      and (${inOrg}::text is null or org = ${inOrg})
    union all
    select 2, header_id, message from revisions
    where header_id in (${sql.join(headers)}) and (${inOrg}::text is null or org = ${inOrg})
    union all
    select 3, id, id from messages
    where id in (${sql.join(names)}) and (${inOrg}::text is null or org = ${inOrg})
    order by weight
  `.execute(trx);
  return new Map(
    rows.flatMap(({ name, id }) => [
      [name, id],
      [name.replace(/^<(.*)>$/u, '$1'), id],
    ]),
  );
}

/**
 * Keeps a report by a provider's id apart from the receipt that tells us this id: without it each could look
 * before the other has written, and the report would wait for a message for ever. Taken before any row.
 */
export async function lockName({ trx }: Work, provider: string, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${provider} ${name}`}, 0))`.execute(trx);
}

/**
 * Indexes of the recipients that a report is about: all where it names none; by address, as written or in
 * another spelling; or by index, which is how a report that came through Temporal names one.
 */
export function recipientsIn({ recipients }: Email, named: string | undefined): number[] {
  if (named === undefined) return recipients.map((one) => one.index);
  if (/^\d{1,3}$/u.test(named))
    return recipients.flatMap(({ index }) => (index === Number(named) ? index : []));
  const exact = recipients.filter((one) => one.address === named);
  const key = addressKey(named);
  const those = exact.length > 0 ? exact : recipients.filter((one) => one.address_key === key);
  return those.map((one) => one.index);
}
