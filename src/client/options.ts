/** @module What a caller may set: for a client, and for one call. */
import type { MailwardenError } from './errors.js';

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:8025`. */
  url: string;
  apiKey: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** How often a call that has no second effect is repeated. Default 3; 0 is never. */
  retries?: number;
  /** Milliseconds that all pauses between the tries of one call may last together. Default 60 000. */
  patience?: number;
  /** Milliseconds for one try. Default 30 000. */
  timeout?: number;
  /** Told before each pause. */
  onRetry?: (retry: Retry) => void;
  /** From 0 up to 1, so that many clients do not come back at the same moment. Default: Math.random. */
  random?: () => number;
}

export interface Retry {
  /** Such as `messages.send`. */
  operation: string;
  /** 1 for the first repetition. */
  attempt: number;
  /** Milliseconds until it starts. */
  delay: number;
  /** Why the try before was no success. */
  error: MailwardenError;
}

/** The second argument of every call. */
export interface CallOptions {
  /** Ends the call at once, also in a pause; it is then rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds for one try. */
  timeout?: number;
  /**
   * Instead of the key that the client makes for this call, so that a later process may repeat it. Null: none, and
   * an equal email within minutes is the same one.
   */
  idempotencyKey?: string | null;
  retries?: number;
}
