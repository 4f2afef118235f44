/**
 * @module What Temporal may know of a message: ids, codes, numbers and recipient indexes, never an
 * address or a text. Activities answer with it, the workflow lives on it, `status` shows it. Pure.
 */
import type { Priority } from '../delivery/priority.js';
import type { Verdict } from '../policy/verdict.js';
import type { MessageStatus, RecipientStatus, Stage } from './state.js';

export interface RecipientView {
  index: number;
  status: RecipientStatus;
}

/** Why a message waits. */
export type WaitReason =
  | 'approval'
  | 'send_at'
  | 'undo'
  | 'hours'
  | 'rate_limit'
  | 'paused'
  | 'lease'
  | 'retry'
  | 'soft_bounce'
  | 'report'
  | 'unknown';

/** The next delivery step: which provider, and how patient to be with it. */
export interface NextDelivery {
  provider: string;
  /** Number of this attempt within the message, from 1; a new provider or round makes a new one. */
  attempt: number;
  /** Milliseconds. */
  timeouts: { scheduleToStart: number; startToClose: number; heartbeat: number; scheduleToClose: number };
  retry: {
    initialInterval: number;
    backoffCoefficient: number;
    maximumInterval: number;
    maximumAttempts: number;
  };
  /** The provider has a rate limit, and so a queue of its own beside the workflow's; else that (eager dispatch). */
  ownQueue?: boolean;
  priority?: Priority;
}

export interface View {
  id: string;
  /** Rises with every change in the store; a lower one is stale. */
  version: number;
  revision: number;
  digest: string;
  status: MessageStatus;
  stage: Stage;
  recipients: RecipientView[];
  waitingFor?: { reason: WaitReason; until?: string };
  /** The verdict that admitted it, or the latest that changed its way. */
  verdict?: Verdict;
  next?: NextDelivery;
}

/** How an email ended, or stands: the result of the workflow. */
export interface Outcome {
  id: string;
  status: MessageStatus;
  recipients: RecipientView[];
  /** Where the request itself was unusable. */
  problem?: { code: string; fields: { field: string; message: string }[] };
}
