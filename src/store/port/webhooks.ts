/**
 * @module The store's port for webhook endpoints and their deliveries. Secrets come and go sealed: the store could
 * not sign anything.
 */
import type { Mode } from '../../core/email/id.js';
import type { Page, PageRequest } from '../details.js';

export type WebhookStatus = 'active' | 'paused' | 'disabled';
/** Why it was disabled: it answered 410, or all failed for days. */
export type WebhookReason = 'gone' | 'failing';

export interface WebhookRow {
  id: string;
  org: string;
  mode: Mode;
  url: string;
  description: string | null;
  /** Empty: all. */
  types: string[];
  /** Null: every mailbox of the org. */
  mailboxes: string[] | null;
  status: WebhookStatus;
  reason: WebhookReason | null;
  /** Until when the secret before the last rotation signs as well. */
  previousSecretUntil: string | null;
  version: number;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
}

export interface NewWebhook {
  org: string;
  mode: Mode;
  url: string;
  description: string | null;
  types: readonly string[];
  mailboxes: readonly string[] | null;
  /** Sealed. */
  secret: string;
  by: string;
}

/** Whose endpoints: where `mailboxes` is a list, only those that are for some of these and no others. */
export interface WebhookOwner {
  org: string;
  mode: Mode;
  mailboxes: readonly string[] | null;
}

export type OneWebhook = WebhookOwner & { id: string };

export type WebhookChange = Partial<
  Pick<WebhookRow, 'url' | 'description' | 'types' | 'mailboxes'> & { status: 'active' | 'paused' }
>;

export type DeliveryStatus = 'pending' | 'delivered' | 'dead';

export interface DeliveryRow {
  id: string;
  webhook: string;
  event: string;
  type: string;
  message: string | null;
  status: DeliveryStatus;
  tries: number;
  /** Null where no try is to come. */
  nextTryAt: string | null;
  lastStatus: number | null;
  lastError: string | null;
  createdAt: string;
  finishedAt: string | null;
}

/** A delivery that its taker may try once, until the lease ends. */
export interface TakenDelivery {
  id: string;
  org: string;
  mode: Mode;
  /** Those that the endpoint is for now, whatever it was for when the event was published. */
  mailboxes: readonly string[] | null;
  webhook: string;
  url: string;
  /** Sealed: the current one, and the one before it where it still signs. */
  secrets: string[];
  event: string;
  type: string;
  createdAt: string;
  /** This try included. */
  tries: number;
  /** All failed since its last success. */
  failing: boolean;
  /** Names the lease. */
  leaseUntil: string;
}

/** What a try came to. */
export interface DeliveryOutcome {
  id: string;
  leaseUntil: string;
  /** As it was taken: where it was redelivered since, a failure does not end it, and it goes again at once. */
  tries: number;
  status?: number | undefined;
  error?: string | undefined;
  /** `retry` where it is to be tried again at `at`. */
  then: { is: 'delivered' } | { is: 'dead' } | { is: 'retry'; at: string };
  /** Nothing is sent to the endpoint any more. */
  gone?: boolean;
  /** It failed before the endpoint was asked, and says nothing of it. */
  blameless?: boolean;
}

export interface WebhookStore {
  /** `most`: of its org and mode. */
  createWebhook(webhook: NewWebhook, most: number): Promise<WebhookRow | 'too_many'>;
  webhook(one: OneWebhook): Promise<WebhookRow | null>;
  webhooks(filter: WebhookOwner & PageRequest): Promise<Page<WebhookRow>>;
  /** `version`: only while it is this. Deliveries about mailboxes that it is no longer for are gone from then on. */
  updateWebhook(
    one: OneWebhook & { change: WebhookChange; version?: number | undefined; by: string },
  ): Promise<WebhookRow | 'stale' | null>;
  /** The secret until now signs on until `previousUntil`. */
  rotateWebhook(
    one: OneWebhook & { secret: string; previousUntil: string; by: string },
  ): Promise<WebhookRow | null>;
  deleteWebhook(one: OneWebhook & { by: string }): Promise<boolean>;

  /** An event that is in no log, to this endpoint alone. */
  pingWebhook(one: OneWebhook): Promise<DeliveryRow | null>;
  deliveries(
    filter: OneWebhook & PageRequest & { status?: DeliveryStatus | undefined; event?: string | undefined },
  ): Promise<Page<DeliveryRow>>;
  /** From the start, with all its tries. */
  redeliver(one: OneWebhook & { delivery: string }): Promise<DeliveryRow | null>;
  /**
   * Delivers published events of the log again that are for this endpoint, the oldest first; those that are pending
   * are left as they are. `next`: the event to go on after, where there are more.
   */
  replayTo(
    one: OneWebhook & {
      /** After this place in the log. */
      after: number;
      until?: string | undefined;
      /** Empty: all. */
      types: readonly string[];
      limit: number;
    },
  ): Promise<{ enqueued: number; next: { event: string; position: number } | null }>;

  // The dispatcher
  /**
   * Takes deliveries that are due, fairly: of each endpoint no more than `perEndpoint` are taken at a time by all
   * dispatchers together, of one that fails only one, and of each org no more than `perOrg`. `after`: the `last` of the round before; null begins anew.
   */
  takeDeliveries(wanted: {
    limit: number;
    /** Of those, to endpoints that fail. */
    failing: number;
    perEndpoint: number;
    perOrg: number;
    leaseMs: number;
    after: string | null;
    /** `more`: another round at once may find more. */
  }): Promise<{ taken: TakenDelivery[]; last: string | null; more: boolean }>;
  /** False where the lease was lost meanwhile, and somebody else tries it. */
  recordDelivery(outcome: DeliveryOutcome): Promise<boolean>;
}
