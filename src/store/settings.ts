/** @module What the store must be told: its clock, its hash, and how patient it is. */
import type { BreakerSettings } from '../core/delivery/breaker.js';
import type { UnknownPolicy, UnknownSchedule } from '../core/delivery/unknown.js';
import type { Hash } from '../core/email/canonical.js';

export interface StoreSettings {
  clock: () => Date;
  sha256: Hash;
  /**
   * What an erased person's address key is kept as, in this org: `hmac:` and hex; the first form is written, every form
   * is looked for. Empty where nothing can be erased.
   */
  blind: (org: string, addressKey: string) => string[];
  bounceHandling: {
    hardBounces: 'suppress_immediately';
    softBounces: {
      /** How often one message is tried again at one recipient; after that its soft bounce is final. */
      maxRetries: number;
      /** Minutes before the next try, per soft bounce; the last one repeats. */
      backoffMinutes: number[];
      /** The address is suppressed at this many final soft bounces in a row, over all messages. */
      suppressAfter: number;
    };
    complaints: 'suppress_and_investigate' | 'suppress';
  };
  /** How long a sent email listens for reports; 0 closes it at `sent`. */
  feedbackWindowMs: number;
  /** Waits between rounds through a route; the last one repeats. */
  roundBackoffMs: number[];
  /** After this, what could not be sent is `failed`. */
  giveUpAfterMs: number;
  breaker: BreakerSettings;
  /** What is done about an outcome that nobody knows, and when. */
  onUnknown: UnknownPolicy;
  unknown: UnknownSchedule;
  /** Published events are deleted when they are this old. */
  keepEventsMs: number;
  /** A message that nobody touched for this long is looked at by the sweep. */
  quietForMs: number;
}
