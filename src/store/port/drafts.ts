/** @module The store's port for drafts: requests that are still being written, and their one way into an email. */
import type { DraftChange, DraftContent, DraftStatus } from '../../core/email/draft.js';
import type { Mode } from '../../core/email/id.js';
import type { Page, PageRequest } from '../details.js';

/** Where a draft is looked for: what a key may not see is not found. */
export interface DraftPlace {
  org: string;
  mode: Mode;
  /** Null: any. */
  mailboxes: readonly string[] | null;
  id: string;
}

/** A draft in a list: only what is short. */
export interface DraftSummary extends Pick<DraftContent, 'to' | 'cc' | 'bcc' | 'subject'> {
  id: string;
  mailbox: string;
  mode: Mode;
  status: DraftStatus;
  version: number;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  messageId: string | null;
}

export interface DraftRow extends Omit<DraftSummary, 'to' | 'cc' | 'bcc' | 'subject'> {
  content: DraftContent;
  /** While frozen: the version that was submitted, and the time that submit gave, if any. */
  submission: { version: number; sendAt: string | null } | null;
}

export interface NewDraft {
  org: string;
  mode: Mode;
  mailbox: string;
  content: DraftContent;
  by: string;
}

export interface DraftStore {
  /** `full`: the mailbox has `mostOpen` of this mode that are not submitted. */
  createDraft(
    draft: NewDraft & { mostOpen: number; mostBytes: number },
  ): Promise<DraftRow | 'full' | 'too_large'>;
  draft(place: DraftPlace): Promise<DraftRow | null>;
  /** Newest first. */
  drafts(
    filter: PageRequest & Omit<DraftPlace, 'id'> & { status?: DraftStatus | undefined },
  ): Promise<Page<DraftSummary>>;
  /**
   * `closed`: it is frozen or submitted. `stale`: it is not of this version. A change that is already so is no
   * change, whatever its version: a repeated call is answered alike.
   */
  updateDraft(
    place: DraftPlace & { change: DraftChange; version?: number | undefined; mostBytes: number; by: string },
  ): Promise<{ result: 'updated' | 'closed' | 'stale' | 'too_large'; draft: DraftRow } | null>;
  /** Only an open one. */
  deleteDraft(
    place: DraftPlace & { by: string },
  ): Promise<{ result: 'deleted' | 'closed'; draft: DraftRow } | null>;
  /**
   * Ends its writing: from here on its version is its email's key. `joined`: that version was submitted before,
   * with this time. `stale`: another version is there, or was submitted. `differs`: submitted with another time.
   */
  freezeDraft(
    place: DraftPlace & { version: number; sendAt: string | null },
  ): Promise<{ result: 'frozen' | 'joined' | 'stale' | 'differs'; draft: DraftRow } | null>;
  /** Its email was refused for good, so it may be mended. Nothing where it is no longer frozen at this version. */
  reopenDraft(place: DraftPlace & { version: number; by: string }): Promise<void>;
  /** Its email exists. The first one stays. */
  draftSent(place: DraftPlace & { message: string; by: string }): Promise<void>;
}
