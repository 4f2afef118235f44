/** @module The store's port for principals and their keys. A key itself never comes here, only its hash. */
import type { Mode } from '../../core/email/id.js';
import type { Category } from '../../core/email/request.js';
import type { Page, PageRequest } from '../details.js';
import type { Switch } from './orgs.js';

export type PrincipalKind = 'agent' | 'person' | 'service';

export const SCOPES = [
  'messages:send',
  'messages:read',
  'drafts:write',
  'approvals:decide',
  'suppressions:write',
  'consents:write',
  'webhooks:write',
  'policy:admin',
  'org:admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who stands behind a call, once its key was checked. */
export interface Caller {
  org: string;
  principal: string;
  kind: PrincipalKind;
  key: string;
  mode: Mode;
  scopes: Scope[];
  /** Mailbox ids the key is bound to; null means all of the org. */
  mailboxes: string[] | null;
}

export interface PrincipalRow {
  id: string;
  org: string;
  kind: PrincipalKind;
  name: string;
  version: number;
  createdAt: string;
}

export interface KeyRow {
  id: string;
  org: string;
  principal: string;
  kind: PrincipalKind;
  name: string;
  mode: Mode;
  scopes: Scope[];
  mailboxes: string[] | null;
  /** What its emails may be; null is anything. */
  categories: Category[] | null;
  /** Paused, it sends nothing, and what it sent before waits. */
  status: 'active' | 'paused';
  madeBy: string | null;
  /** The key that it replaced. */
  rotatedFrom: string | null;
  createdAt: string;
  /** From this instant on it is refused; null: until it is revoked. */
  expiresAt: string | null;
  /** At most a minute behind; null: never. */
  lastUsedAt: string | null;
  revokedAt: string | null;
}

export interface NewKey {
  org: string;
  hash: string;
  name: string;
  /** An existing principal's id, or a new principal of this kind. */
  principal: { id: string } | { kind: PrincipalKind; name: string };
  mode: Mode;
  scopes: Scope[];
  mailboxes: string[] | null;
  /** Default: those of its maker; null is all. */
  categories?: Category[] | null | undefined;
  madeBy: string | null;
  /** Default: when its maker ends. */
  expiresAt?: string | undefined;
  /** Only while the org has no live key that administers it. */
  first?: boolean;
}

/** `maker_gone`: revoked or expired meanwhile. `outlives_maker`: a key ends no later than the one that made it. */
export type MakerProblem = 'maker_gone' | 'outlives_maker';

/**
 * Where `line` names a key, only its line: the key itself, those that it replaced or that replaced it, all that were
 * made with any of these, and so on.
 */
export interface KeyScope {
  org: string;
  line: string | null;
}

export interface KeyStore {
  createKey(
    key: NewKey,
  ): Promise<
    KeyRow | MakerProblem | 'more_categories' | 'principal_unknown' | 'scopes_clash' | 'admin_exists'
  >;
  /** A key like it under another hash; it ends itself when the overlap is over, or before where it was to. */
  rotateKey(rotation: {
    org: string;
    id: string;
    hash: string;
    overlapMs: number;
    by: { key: string; principal: string };
  }): Promise<{ made: KeyRow; previous: KeyRow } | MakerProblem | 'unknown' | 'over' | 'rotated'>;
  /** With it goes its line, as far as that is its principal's. `keepSuccessor`: not where it was replaced. */
  revokeKey(
    org: string,
    id: string,
    by: string,
    options?: { keepSuccessor?: boolean },
  ): Promise<KeyRow | null>;
  /**
   * Pauses its line, or resumes it, as far as that is its principal's; of one that was revoked, too, whose email may
   * still wait. Null where there is no such key.
   */
  switchKey(change: Switch & { id: string }): Promise<KeyRow | null>;
  key(scope: KeyScope & { id: string }): Promise<KeyRow | null>;
  keys(
    filter: KeyScope &
      PageRequest & {
        principal?: string | undefined;
        /** Neither those that were revoked nor those that have expired. */
        liveOnly?: boolean | undefined;
      },
  ): Promise<Page<KeyRow>>;
  /** Null where no key has this hash, or it was revoked or has expired. */
  callerOf(keyHash: string): Promise<Caller | null>;
  /** Writes at most once a minute, however often and by however many it is called. */
  keyUsed(id: string): Promise<void>;

  createPrincipal(principal: {
    org: string;
    kind: PrincipalKind;
    name: string;
    by: string;
  }): Promise<PrincipalRow>;
  principal(org: string, id: string): Promise<PrincipalRow | null>;
  /** `id`: only this one. */
  principals(filter: PageRequest & { org: string; id?: string | undefined }): Promise<Page<PrincipalRow>>;
  /** `version`: only while it is this. */
  renamePrincipal(change: {
    org: string;
    id: string;
    name: string;
    version?: number | undefined;
    by: string;
  }): Promise<PrincipalRow | 'stale' | null>;
}
