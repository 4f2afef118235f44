/** @module The store's port for attachments that are uploaded before an email names them. */
import type { Mode } from '../../core/email/id.js';

export interface UploadRow {
  sha256: string;
  size: number;
  contentType: string;
  expiresAt: string;
}

/** Whose uploads: live and test apart. */
export interface UploadOwner {
  org: string;
  mode: Mode;
}

export interface NewUpload extends UploadOwner {
  sha256: string;
  bytes: Uint8Array;
  contentType: string;
  by: string;
}

export interface UploadStore {
  /**
   * Kept for 30 days; the same bytes again are kept for 30 days from then.
   * @throws Problem `rate_limited` where the org keeps too much that no email names.
   */
  putUpload(upload: NewUpload): Promise<UploadRow>;
  upload(owner: UploadOwner, sha256: string): Promise<UploadRow | null>;
  /** Those of these that an email may name, each kept for weeks from now: the email may wait for a worker. */
  holdUploads(owner: UploadOwner, digests: readonly string[]): Promise<UploadRow[]>;
  /** The bytes that the email `id` may carry: uploaded by its org, or in one of its own revisions. */
  uploadedBytes(
    owner: UploadOwner & { id: string },
    digests: readonly string[],
  ): Promise<Map<string, Uint8Array>>;
}
