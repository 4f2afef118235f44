/** @module The store's port for mailboxes. */
import type { MailboxRoute } from '../../core/delivery/route.js';
import type { Patch } from '../../core/policy/patch.js';
import type { Autonomy, Policy } from '../../core/policy/schema.js';
import type { Page, PageRequest } from '../details.js';

export interface MailboxRow {
  id: string;
  org: string;
  address: string;
  displayName: string | null;
  status: 'active' | 'paused';
  autonomy: Autonomy;
  /** That holds for it: its own on its org's. */
  policy: Policy;
  /** What it says itself: a merge patch (RFC 7396) on the policy of its org. */
  ownPolicy: Patch;
  /** Its own providers, alone or with their triggers; null for the server's routes. */
  route: MailboxRoute | null;
  /** Whether a workflow may be started for it without a door (DESIGN: direct start). */
  directStart: boolean;
  /** Raised by every change. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface NewMailbox {
  org: string;
  address: string;
  displayName?: string | undefined;
  autonomy?: Autonomy | undefined;
  /** A merge patch. */
  policy?: Patch | undefined;
  route?: MailboxRow['route'] | undefined;
  directStart?: boolean | undefined;
}

export type MailboxChange = Partial<
  Pick<MailboxRow, 'displayName' | 'status' | 'autonomy' | 'route' | 'directStart'> & { policy: Patch }
>;

export interface MailboxStore {
  createMailbox(mailbox: NewMailbox, by: string): Promise<MailboxRow | 'exists'>;
  /** `version`: only while it is this. `basedOn`: only while the digest of its policy is this; see PolicyFound. */
  updateMailbox(
    org: string,
    id: string,
    change: MailboxChange,
    by: string,
    version?: number,
    basedOn?: string,
  ): Promise<MailboxRow | 'stale' | null>;
  /** By id or address. */
  mailbox(org: string, idOrAddress: string): Promise<MailboxRow | null>;
  /** `ids`: of these; null is all of the org. */
  mailboxes(filter: PageRequest & { org: string; ids: string[] | null }): Promise<Page<MailboxRow>>;
}
