/** @module The store's port for the ledger of consents. */
import type { Mode } from '../../core/email/id.js';
import type { ConsentBasis, Jurisdiction } from '../../core/policy/settings/consent.js';
import type { Page, PageRequest } from '../details.js';

/** One entry of the ledger; nobody ever changes one. */
export interface ConsentRow {
  id: string;
  mode: Mode;
  /** Of a person who was erased: a keyed hash. */
  address: string;
  kind: 'granted' | 'revoked';
  /** Null where it was revoked, as the next. */
  basis: ConsentBasis | null;
  jurisdiction: Jurisdiction | null;
  /** Where it was given or taken back. */
  source: string;
  /** What proves it. */
  evidence: string | null;
  /** When it was given or taken back (ISO 8601). */
  at: string;
  /** When it ends by itself; null: never. */
  expiresAt: string | null;
  /** Principal who recorded it. */
  by: string;
  /** When it was recorded. */
  createdAt: string;
}

export type NewConsent = Pick<ConsentRow, 'kind' | 'basis' | 'jurisdiction' | 'source' | 'expiresAt'> & {
  /** Normalised. */
  address: string;
  evidence?: string | undefined;
  /** Default: now. */
  at?: string | undefined;
};

/** Whose ledger, and who writes there. */
export interface Recorder {
  org: string;
  mode: Mode;
  by: string;
}

export interface ConsentStore {
  /** In their order; the same entry twice is one row. `added`: how many were new. */
  recordConsents(
    recorder: Recorder,
    entries: readonly NewConsent[],
  ): Promise<{ rows: ConsentRow[]; added: number }>;
  consents(
    filter: PageRequest & { org: string; mode: Mode; address?: string | undefined },
  ): Promise<Page<ConsentRow>>;
}
