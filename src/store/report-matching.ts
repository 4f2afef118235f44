/** @module Which message, and which of its recipients, a provider's report is about. */
import { sql } from 'kysely';
import { addressKey } from '../core/email/address.js';
import type { ProviderReport } from '../core/delivery/receipt.js';
import { BLIND } from '../blind.js';
import { cleaned } from './json.js';
import type { Rows } from './tables.js';
import { lockNames, type Work } from './work.js';

/**
 * The message that each report is about, by the name that it gave: our id, our Message-ID header (with or
 * without its angle brackets), or the provider's own id. Providers use their ids again, so that one may name
 * several messages: then the newest that has the recipient, and none where no recipient is named.
 */
export async function matchMessages(
  work: Work,
  provider: string,
  reports: readonly ProviderReport[],
  org: string | undefined,
): Promise<Map<ProviderReport, string>> {
  const candidates = await candidatesOf(work, provider, reports, org);
  const several = [...candidates.values()].filter((ids) => ids.length > 1).flat();
  const recipients = await recipientsOf(work, several);
  return new Map(
    reports.flatMap((report): [ProviderReport, string][] => {
      const ids = candidates.get(cleaned(report.message)) ?? [];
      const { recipient } = report;
      const those =
        ids.length < 2 || recipient === undefined
          ? ids
          : ids.filter(
              (id) => recipientsIn(work, { recipients: recipients.get(id) ?? [] }, recipient).length > 0,
            );
      const [newest] = those;
      return newest === undefined || (those.length > 1 && recipient === undefined) ? [] : [[report, newest]];
    }),
  );
}

/** Message ids by name, newest first; more than one only where a provider used its own id again. */
async function candidatesOf(
  { trx }: Work,
  provider: string,
  reports: readonly ProviderReport[],
  org: string | undefined,
): Promise<Map<string, string[]>> {
  const names = [...new Set(reports.map((one) => cleaned(one.message)))];
  if (names.length === 0) return new Map();
  const headers = names.map((name) => (name.startsWith('<') ? name : `<${name}>`));
  const inOrg = org ?? null;
  // What we named ourselves wins over what a provider did.
  const { rows } = await sql<{ weight: number; name: string; id: string }>`
    select 3 as weight, provider_message_id as name, message as id, at from attempts
    where provider = ${provider} and provider_message_id in (${sql.join(names)})
      and (${inOrg}::text is null or org = ${inOrg})
    union all
    select 2, header_id, message, at from revisions
    where header_id in (${sql.join(headers)}) and (${inOrg}::text is null or org = ${inOrg})
    union all
    select 1, id, id, created_at from messages
    where id in (${sql.join(names)}) and (${inOrg}::text is null or org = ${inOrg})
    order by weight, at desc
  `.execute(trx);
  const found = new Map<string, { weight: number; ids: string[] }>();
  for (const { weight, name, id } of rows)
    for (const spelling of new Set([name, name.replace(/^<(.*)>$/u, '$1')])) {
      const one = found.get(spelling) ?? { weight, ids: [] };
      if (one.weight === weight && !one.ids.includes(id)) one.ids.push(id);
      found.set(spelling, one);
    }
  return new Map([...found].map(([name, { ids }]) => [name, ids]));
}

type Reached = Pick<Rows['recipients'], 'org' | 'index' | 'address' | 'address_key' | 'status'>;

async function recipientsOf({ trx }: Work, ids: readonly string[]): Promise<Map<string, Reached[]>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom('recipients')
    .select(['org', 'message', 'index', 'address', 'address_key', 'status'])
    .where('message', 'in', [...new Set(ids)])
    .execute();
  const found = new Map<string, Reached[]>(ids.map((id) => [id, []]));
  for (const row of rows) found.get(row.message)?.push(row);
  return found;
}

/**
 * Keeps a report by a provider's id apart from the receipt that tells us this id: without it each could look
 * before the other has written, and the report would wait for a message for ever. Taken before any row.
 */
export const lockReportName = (work: Work, provider: string, name: string): Promise<void> =>
  lockReportNames(work, provider, [name]);

export const lockReportNames = (work: Work, provider: string, names: readonly string[]): Promise<void> =>
  lockNames(
    work,
    names.map((name) => `${provider} ${name}`),
  );

/** Of a recipient, in the place of an address. */
const INDEX = /^\d{1,3}$/u;

/**
 * Indexes of the recipients that a report is about: where it names none, all that a provider may have; by address,
 * as written, in another spelling, or under the hash of whoever was erased; or by index, which is how a report that
 * came through Temporal names one.
 */
export function recipientsIn(
  { settings }: Pick<Work, 'settings'>,
  { recipients }: { recipients: readonly Reached[] },
  named: string | undefined,
): number[] {
  if (named === undefined) {
    const taken = recipients.filter((one) => one.status !== 'failed' && one.status !== 'ready');
    return (taken.length > 0 ? taken : recipients).map((one) => one.index);
  }
  if (INDEX.test(named)) return recipients.flatMap(({ index }) => (index === Number(named) ? index : []));
  const exact = recipients.filter((one) => one.address === named);
  const key = addressKey(named);
  const known = exact.length > 0 ? exact : recipients.filter((one) => one.address_key === key);
  const those =
    known.length > 0
      ? known
      : recipients.filter((one) => isErased(one) && settings.blind(one.org, key).includes(one.address_key));
  return those.map((one) => one.index);
}

const isErased = ({ address_key }: Reached): boolean => address_key.startsWith(BLIND);

/**
 * The report in which whoever was erased stands under their hash, without a provider's words, which may name them: what
 * a late report says still counts, and brings back neither.
 */
export function withoutErased(
  work: Pick<Work, 'settings'>,
  email: { recipients: readonly Reached[] } | undefined,
  report: ProviderReport,
): ProviderReport {
  if (email === undefined || !email.recipients.some(isErased)) return report;
  const indexes = recipientsIn(work, email, report.recipient);
  const erased = email.recipients.find((one) => indexes.includes(one.index) && isErased(one));
  if (erased === undefined) return report;
  const { reason: _, recipient, ...rest } = report;
  if (recipient === undefined) return rest;
  return { ...rest, recipient: INDEX.test(recipient) ? recipient : erased.address };
}
