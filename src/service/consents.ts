/** @module The verbs on the ledger of consents. It is of the whole org, so that keys bound to mailboxes have no part in it. */
import { endsByLaw } from '../core/policy/consent-law.js';
import { Problem } from '../errors.js';
import type { Caller, ConsentRow, NewConsent } from '../store/store.js';
import type { OutputOf, ParsedOf } from './operations.js';
import { csvOf } from './csv.js';
import type { ServiceDeps, Verb } from './deps.js';
import { importRows, parsedRow } from './import.js';
import { bytesOf } from './schemas/bytes.js';
import { CONSENT_COLUMNS, consentRowSchema } from './schemas/consent.js';

export const recordConsent: Verb<'consents.record'> = async (deps, caller, asked) => {
  requireWhole(caller);
  return await recorded(deps, caller, grantOf(asked, deps.clock()));
};

export const revokeConsent: Verb<'consents.revoke'> = async (deps, caller, asked) => {
  requireWhole(caller);
  return await recorded(deps, caller, revocationOf(asked, deps.clock()));
};

export const listConsents: Verb<'consents.list'> = async ({ store }, caller, filter) => {
  requireWhole(caller);
  const { org, mode } = caller;
  const page = await store.consents({ org, mode, ...filter });
  return { ...page, items: page.items.map((row) => shown(caller, row)) };
};

export const importConsents: Verb<'consents.import'> = async (deps, caller, given) => {
  requireWhole(caller);
  const { org, mode, principal } = caller;
  const now = deps.clock();
  return await importRows(
    bytesOf(given),
    CONSENT_COLUMNS,
    async ({ by: _by, createdAt: _createdAt, ...values }): Promise<NewConsent> => {
      const row = parsedRow(consentRowSchema, values);
      return row.kind === 'granted' ? grantOf(row, now) : revocationOf(row, now);
    },
    async (rows) => (await deps.store.recordConsents({ org, mode, by: principal }, rows)).added,
  );
};

export const exportConsents: Verb<'consents.export'> = async ({ store }, caller, page) => {
  requireWhole(caller);
  const { org, mode } = caller;
  const { items, cursor } = await store.consents({ org, mode, ...page });
  return { csv: csvOf(CONSENT_COLUMNS, items, page.cursor === undefined), rows: items.length, cursor };
};

/** What is kept of it: it never lasts longer than the law says. @throws Problem where it is still to come. */
function grantOf(
  { expiresAt, ...asked }: ParsedOf<'consents.record'>,
  now: Date,
): NewConsent & { at: string } {
  const at = pastAt(asked.at, now);
  const byLaw = endsByLaw(asked.basis, asked.jurisdiction, at);
  const ends = [expiresAt, byLaw ?? undefined].filter((one) => one !== undefined).sort();
  return { ...asked, kind: 'granted', at, expiresAt: ends[0] ?? null };
}

const revocationOf = (asked: ParsedOf<'consents.revoke'>, now: Date): NewConsent => ({
  ...{ ...asked, kind: 'revoked', basis: null, jurisdiction: null, expiresAt: null },
  at: pastAt(asked.at, now),
});

/** @throws Problem: the latest entry holds, so that one of tomorrow would outdo what is said today. */
function pastAt(at: string | undefined, now: Date): string {
  if (at === undefined) return now.toISOString();
  if (new Date(at) <= now) return at;
  throw new Problem('invalid_request', { detail: 'at: must not be in the future', field: 'at' });
}

async function recorded(
  { store }: Pick<ServiceDeps, 'store'>,
  caller: Caller,
  entry: NewConsent,
): Promise<OutputOf<'consents.record'>> {
  const { org, mode, principal: by } = caller;
  const { rows } = await store.recordConsents({ org, mode, by }, [entry]);
  const [row] = rows;
  if (row === undefined) throw new Error('a consent was recorded and is not there');
  return shown(caller, row);
}

/** @throws Problem `scope_missing`. */
function requireWhole(caller: Caller): void {
  if (caller.mailboxes === null) return;
  throw new Problem('scope_missing', {
    detail:
      'consents are of the whole organisation, and your key is bound to mailboxes; use a key that is not',
  });
}

const shown = ({ scopes }: Caller, row: ConsentRow): OutputOf<'consents.record'> =>
  scopes.includes('consents:write') ? row : { ...row, evidence: null };
