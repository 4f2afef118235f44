/** @module The store's port for mailboxes. */
import type { MailboxRoute } from '../../core/delivery/route.js';
import type { Autonomy, Policy, PolicyInput } from '../../core/policy/schema.js';
import type { Page, PageRequest } from '../details.js';

export interface MailboxRow {
  id: string;
  org: string;
  address: string;
  displayName: string | null;
  status: 'active' | 'paused';
  autonomy: Autonomy;
  policy: Policy;
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
  policy?: PolicyInput | undefined;
  route?: MailboxRow['route'] | undefined;
  directStart?: boolean | undefined;
}

export type MailboxChange = Partial<
  Pick<MailboxRow, 'displayName' | 'status' | 'autonomy' | 'route' | 'directStart'> & { policy: PolicyInput }
>;

export interface MailboxStore {
  createMailbox(mailbox: NewMailbox, by: string): Promise<MailboxRow | 'exists'>;
  /** `version`: only while it is this. */
  updateMailbox(
    org: string,
    id: string,
    change: MailboxChange,
    by: string,
    version?: number,
  ): Promise<MailboxRow | 'stale' | null>;
  /** By id or address. */
  mailbox(org: string, idOrAddress: string): Promise<MailboxRow | null>;
  /** `ids`: of these; null is all of the org. */
  mailboxes(filter: PageRequest & { org: string; ids: string[] | null }): Promise<Page<MailboxRow>>;
}
