/** @module The store's port for policies: what holds, what held, and what somebody asks to loosen. */
import type { PolicyChangeStatus } from '../../core/policy/change-status.js';
import type { Patch } from '../../core/policy/patch.js';
import type { Autonomy, Policy } from '../../core/policy/schema.js';
import type { Page, PageRequest } from '../details.js';

/** Whose policy: of a mailbox (id), or, with null, of the org. */
export interface PolicySubject {
  org: string;
  mailbox: string | null;
}

export interface PolicyFound extends PolicySubject {
  /** What it says itself: a merge patch (RFC 7396) on `below`. */
  own: Patch;
  /** What the org says; nothing where the subject is the org. */
  below: Patch;
  /** What holds. */
  policy: Policy;
  /** Null for the org. */
  autonomy: Autonomy | null;
  /** The number of its last version; 0 where it was never set. */
  version: number;
  /** Names what holds: a verdict of now has it. */
  digest: string;
}

export interface PolicyWrite extends PolicySubject {
  /** All that it is to say itself. */
  patch: Patch;
  /** The digest of what was seen; of anything else it is `stale`. */
  basedOn: string;
  /**
   * All that it may loosen (`loosenedFields`). What lies below may have changed under the same digest: where the patch
   * would now loosen anything else, it is `stale`. Absent: whatever it loosens.
   */
  loosens?: readonly string[] | undefined;
  by: string;
  why?: string | undefined;
}

export interface PolicyVersionRow extends PolicySubject {
  id: string;
  /** 1, 2, … of this mailbox, or of the org. */
  number: number;
  patch: Patch;
  digest: string;
  by: string;
  why: string | null;
  createdAt: string;
}

/** What a digest in a verdict stands for. */
export interface PolicyDocument {
  org: string;
  digest: string;
  policy: Policy;
  /** Of the mailbox; null where it is the org's policy alone. */
  autonomy: Autonomy | null;
  /** When it judged an email first, or was set. */
  createdAt: string;
}

export interface PolicyProposal extends PolicyWrite {
  mailbox: string;
  /** What it loosens. */
  fields: string[];
  /** Id of the key that asked. */
  key: string;
}

export interface PolicyChangeRow {
  id: string;
  org: string;
  mailbox: string;
  patch: Patch;
  basedOn: string;
  fields: string[];
  why: string | null;
  by: string;
  status: PolicyChangeStatus;
  decidedBy: string | null;
  comment: string | null;
  decidedAt: string | null;
  createdAt: string;
}

/** A page of one org; `mailboxes`: of these, null is all, and for versions the org's too. */
interface Filter extends PageRequest {
  org: string;
  mailboxes: readonly string[] | null;
}

export interface PolicyDecision {
  org: string;
  mailboxes: readonly string[] | null;
  id: string;
  action: 'approve' | 'reject';
  /** Principal and key of the person. */
  by: string;
  key: string;
  comment?: string | undefined;
}

export interface PolicyStore {
  /** Null where there is no such mailbox. */
  policy(subject: PolicySubject): Promise<PolicyFound | null>;
  /**
   * Leaves a version, unless nothing changes. @throws Problem `invalid_request` where a mailbox of the org could not
   * live with it.
   */
  applyPolicy(write: PolicyWrite): Promise<PolicyFound | 'stale' | null>;
  policyVersion(org: string, id: string): Promise<PolicyVersionRow | null>;
  /** `subject`: only its own. */
  policyVersions(filter: Filter & { subject?: PolicySubject | undefined }): Promise<Page<PolicyVersionRow>>;
  /** What judged emails of one of these mailboxes; null: of any of the org. */
  policyDocument(
    org: string,
    digest: string,
    mailboxes: readonly string[] | null,
  ): Promise<PolicyDocument | null>;
  /** The same by the same principal once more is the one that waits already; `full` where too many wait. */
  proposePolicy(proposal: PolicyProposal): Promise<PolicyChangeRow | 'stale' | 'full' | null>;
  policyChange(org: string, mailboxes: Filter['mailboxes'], id: string): Promise<PolicyChangeRow | null>;
  policyChanges(filter: Filter & { status?: PolicyChangeStatus | undefined }): Promise<Page<PolicyChangeRow>>;
  /** `decided`: by somebody before, otherwise than this. A stale one stays so. */
  decidePolicyChange(decision: PolicyDecision): Promise<PolicyChangeRow | 'own' | 'decided' | null>;
}
