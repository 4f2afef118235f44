/**
 * @module The ledger of consents: entries are added and never changed. The state of an address is its latest entry, and
 * of two at one instant that which takes consent back; see src/store/facts/consents.ts.
 */
import { sql, type Kysely } from 'kysely';
import { addressKey } from '../core/email/address.js';
import type { Mode } from '../core/email/id.js';
import type { ConsentBasis, Jurisdiction } from '../core/policy/settings/consent.js';
import { idWith } from './id.js';
import { cleaned, dateOf, dateOrNull, iso, isoOrNull } from './json.js';
import { newestPage } from './page.js';
import type { ConsentRow, ConsentStore, NewConsent, Recorder } from './port/consents.js';
import type { StoreSettings } from './settings.js';
import type { Rows, Tables } from './tables.js';
import { inOne, type Work } from './work.js';

export interface ConsentsTable {
  org: string;
  id: string;
  mode: Mode;
  address: string;
  address_key: string;
  kind: 'granted' | 'revoked';
  basis: ConsentBasis | null;
  jurisdiction: Jurisdiction | null;
  source: string;
  evidence: string | null;
  at: Date;
  expires_at: Date | null;
  by: string;
  created_at: Date;
}

export function consents(db: Kysely<Tables>, settings: StoreSettings): ConsentStore {
  return {
    recordConsents: inOne(db, settings)(recordConsents),

    consents: async ({ org, mode, address, limit, cursor }) =>
      await newestPage(
        db
          .selectFrom('consents')
          .selectAll()
          .where('org', '=', org)
          .where('mode', '=', mode)
          .$if(address !== undefined, (query) =>
            query.where('address_key', 'in', keysOfAddress(settings, org, address ?? '')),
          ),
        { limit, cursor },
        consentOf,
      ),
  };
}

/** The key of an address, and those under which it stands once its owner was erased. */
export const keysOfAddress = (
  { blind }: Pick<StoreSettings, 'blind'>,
  org: string,
  address: string,
): string[] => [addressKey(address), ...blind(org, addressKey(address))];

export async function recordConsents(
  { trx, now, note }: Pick<Work, 'trx' | 'now' | 'note'>,
  { org, mode, by }: Recorder,
  entries: readonly NewConsent[],
): ReturnType<ConsentStore['recordConsents']> {
  const wanted = entries.map((entry): Rows['consents'] => ({
    ...{ org, id: idWith('con'), mode, kind: entry.kind },
    ...{ address: entry.address, address_key: addressKey(entry.address) },
    ...{ basis: entry.basis, jurisdiction: entry.jurisdiction, source: cleaned(entry.source) },
    evidence: entry.evidence === undefined ? null : cleaned(entry.evidence),
    at: entry.at === undefined ? now : dateOf(entry.at),
    expires_at: dateOrNull(entry.expiresAt ?? undefined),
    ...{ by: cleaned(by), created_at: now },
  }));
  const unique = new Map(wanted.map((row) => [sameness(row), row]));
  if (unique.size === 0) return { rows: [], added: 0 };
  const kept = await trx
    .insertInto('consents')
    // In one order everywhere, so that two imports of the same people never deadlock.
    .values([...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row))
    .onConflict((conflict) =>
      conflict
        .expression(
          sql`org, mode, address_key, at, kind, coalesce(basis, ''), coalesce(jurisdiction, ''), source`,
        )
        .doNothing(),
    )
    .returningAll()
    .execute();
  const found = kept.length === unique.size ? [] : await sameAs(trx, [...unique.values()]);
  for (const { id, kind, basis, jurisdiction } of kept)
    note({ org, type: `consent.${kind}`, by, mode, data: { consent: id, basis, jurisdiction } });
  const all = new Map([...found, ...kept].map((row) => [sameness(row), row]));
  const rows = wanted.flatMap((row) => all.get(sameness(row)) ?? []);
  return { rows: rows.map(consentOf), added: kept.length };
}

const sameness = (row: Rows['consents']): string =>
  JSON.stringify([row.address_key, iso(row.at), row.kind, row.basis, row.jurisdiction, row.source]);

/** Those that stand there already. */
async function sameAs(trx: Work['trx'], rows: readonly Rows['consents'][]): Promise<Rows['consents'][]> {
  const [{ org, mode } = { org: '', mode: 'live' as const }] = rows;
  return await trx
    .selectFrom('consents')
    .selectAll()
    .where('org', '=', org)
    .where('mode', '=', mode)
    .where('address_key', 'in', [...new Set(rows.map((row) => row.address_key))])
    .where('at', 'in', [...new Set(rows.map((row) => row.at))])
    .execute();
}

export const consentOf = (row: Rows['consents']): ConsentRow => ({
  ...{ id: row.id, mode: row.mode, address: row.address, kind: row.kind, basis: row.basis },
  ...{ jurisdiction: row.jurisdiction, source: row.source, evidence: row.evidence, by: row.by },
  ...{ at: iso(row.at), expiresAt: isoOrNull(row.expires_at), createdAt: iso(row.created_at) },
});
