/** @module The store's port for bytes that emails refer to, and for content that was sent without a key. */
import type { Mode } from '../../core/email/id.js';

export interface ContentStore {
  /** Kept for 30 days, and for as long as a revision names it. */
  putBlob(sha256: string, bytes: Uint8Array): Promise<void>;
  blob(sha256: string): Promise<Uint8Array | null>;
  /** The key under which this content was sent within the window; takes `key` where there was none. */
  claimFingerprint(fingerprint: {
    org: string;
    mailbox: string;
    mode: Mode;
    hash: string;
    key: string;
    windowMs: number;
  }): Promise<string>;
}
