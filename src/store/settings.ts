/** @module What the store must be told: its clock, its hash, and how patient it is. */
import type { Hash } from '../core/email/canonical.js';

export interface StoreSettings {
  clock: () => Date;
  sha256: Hash;
  softBounces: {
    /** Minutes before the next try, per soft bounce; the last one repeats. */
    backoffMinutes: number[];
    /** The address is suppressed at this many final soft bounces of one message. */
    suppressAfter: number;
  };
  /** How long a sent email listens for reports; 0 closes it at `sent`. */
  feedbackWindowMs: number;
  /** Waits between rounds through a route; the last one repeats. */
  roundBackoffMs: number[];
  /** After this, what could not be sent is `failed`. */
  giveUpAfterMs: number;
  /** Published events are deleted when they are this old. */
  keepEventsMs: number;
  /** A message that nobody touched for this long is looked at by the sweep. */
  quietForMs: number;
}
