/**
 * @module The port to those who carry mail. One `send`, one `readHook`, capabilities as flags.
 */
import type { HookReading, ProviderReport, Receipt } from '../core/delivery/receipt.js';
import type { Recipient, Revision } from '../core/email/revision.js';

/** The provider at which everything made with a test key ends. */
export const SANDBOX = 'sandbox';

/** What a provider can do beyond carrying a message once. */
export interface Capabilities {
  /** Sends to a subset of the recipients that the headers name. */
  envelope: boolean;
  /** Milliseconds for which it deduplicates by `Delivery.key`, so that an unknown outcome may be tried again; 0: never. */
  dedupesFor: number;
  /** Whether `lookup` finds what was sent: `complete` where what it does not find was certainly not sent. */
  lookup: 'none' | 'partial' | 'complete';
}

/** One call to a provider. */
export interface Delivery {
  /** Our message id: the tag under which reports come back. */
  id: string;
  revision: Revision;
  /** The envelope of this call: a subset of the revision's recipients. */
  recipients: Recipient[];
  /** Attachment bytes by SHA-256. */
  blobs: ReadonlyMap<string, Uint8Array>;
  /** Which attempt of the message this is; differs for each call. */
  attempt: string;
  /** For a provider that dedupes: the same for each repetition of one send whose outcome nobody knows, else another. */
  key: string;
  /** Called right before the content goes out; throws where the claim's lease is over. */
  beforeWire: () => void;
  /** Aborts when the lease ends. */
  signal: AbortSignal;
}

/** A send whose outcome nobody knows, as `lookup` may search for it. */
export interface Sought {
  /** Our message id, which is its tag there. */
  id: string;
  /** RFC 5322 Message-ID with angle brackets. */
  messageId: string;
  recipients: Recipient[];
  /** When the try began. */
  at: Date;
  /** Aborts when nobody waits any more. */
  signal: AbortSignal;
}

/** A webhook as it came in, not believed yet. */
export interface HookRequest {
  /** As received: signatures are over bytes. */
  body: Uint8Array;
  headers: Headers;
  now: Date;
}

/**
 * A provider never throws for an answer it got or could not get: it says per recipient what is certain,
 * and `unknown` where nothing is. What it throws counts as `unknown` once `beforeWire` was called, and
 * as not sent before.
 */
export interface Provider {
  /** The name in routes, activity types and hook paths: lower-case letters, digits and dashes. */
  name: string;
  capabilities: Capabilities;
  send(delivery: Delivery): Promise<Receipt>;
  /**
   * What the provider already knows will be reported (the sandbox, which has no webhooks of its own).
   * Applied in the transaction of the receipt.
   */
  reportsOf?(delivery: Delivery): ProviderReport[];
  /** Verifies a webhook on its raw bytes and reads it. @throws WebhookRefused where it isn't genuine. */
  readHook(hook: HookRequest): Promise<HookReading>;
  /**
   * Searches for a send: what it answers per recipient, as a receipt; null where it finds nothing.
   * @throws where it could not look.
   */
  lookup?(sought: Sought): Promise<Receipt | null>;
  /** For error texts and the CLI: host and port, never credentials. */
  describe(): string;
  /** Reaches it and signs in, without sending anything; throws where it can't. */
  check?(): Promise<void>;
  close?(): Promise<void>;
}

/**
 * The webhook's signature, freshness or shape is not what it has to be; or (`unavailable`) what it is to be verified
 * with cannot be had right now, so that the vendor has to come again: after a 4xx, SNS does not.
 */
export class WebhookRefused extends Error {
  override name = 'WebhookRefused';
  constructor(
    readonly code: 'invalid_signature' | 'invalid_report' | 'unavailable',
    message: string,
  ) {
    super(message);
  }
}
