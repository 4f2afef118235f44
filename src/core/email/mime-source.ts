/** @module What the bytes of an email are made from. Types only. */
import type { Revision } from './revision.js';

export interface MimeSource {
  /** Our message id, the tag under which reports come back. */
  id: string;
  revision: Revision;
  /** Bytes of attachments by SHA-256. */
  blobs: ReadonlyMap<string, Uint8Array>;
  /** Default: now. */
  date?: Date;
}
