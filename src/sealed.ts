/**
 * @module What the doors put under seal for the activities: one type per purpose. The activities trust
 * it because only a door that authenticated its caller holds the key ring.
 */
import type { EmailContent } from './core/email/request.js';
import type { Mode } from './core/email/id.js';
import type { UnknownTry } from './store/store.js';

/** Purpose `request`. */
export interface SealedRequest {
  org: string;
  /** Mailbox id. */
  mailbox: string;
  mode: Mode;
  principal: string;
  key: string;
  dedupeKey: string;
  /** Hash of the request as the caller wrote it, so that another content under the same key is seen. */
  requestHash: string;
  /** The only provider by which it may go. */
  via?: string;
  /** The request body as parsed by `requestSchema`'s input (parsed again in `admit`). */
  request: unknown;
}

/** Purpose `decision`; also `approval-token`, where a person carries it to the Temporal CLI or UI. */
export interface SealedDecision {
  id: string;
  action: 'approve' | 'reject' | 'cancel';
  digest?: string;
  by: string;
  key: string;
  comment?: string;
  /** ISO 8601; only in an approval token. */
  expiresAt?: string;
}

/** Purpose `revision`. */
export interface SealedRevision {
  id: string;
  /** Whose uploads it may name. */
  org: string;
  mode: Mode;
  digest: string;
  content: EmailContent;
  by: string;
  key: string;
}

/** Purpose `reschedule`. */
export interface SealedReschedule {
  id: string;
  sendAt: string;
  /** The version of the message that the door saw: after a reset of the workflow it moves nothing again. */
  version: number;
  by: string;
}

/** Purpose `resolution`. */
export interface SealedResolution {
  id: string;
  as: 'sent' | 'not_sent' | 'abandoned';
  /** What the door saw as unknown: the answer is for these and not for whatever is unknown later. */
  unknown: UnknownTry[];
  by: string;
}
