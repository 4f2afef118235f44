/** @module The store's port for the sweep: what was left behind, and what has had its time. */
import type { Owner } from './admission.js';
import type { StoredView } from './messages.js';

/** What became of a workflow whose message is still open: a reason code in the trace. */
export type WorkflowEnd = 'terminated' | 'timed_out' | 'failed' | 'canceled' | 'completed' | 'not_found';

/** A message that the sweep has to look at. */
export interface Unswept extends Owner {
  /** It is closed, and its workflow may not know. */
  isOver: boolean;
  /** An attempt is under way, or was when its worker died. */
  isClaimed: boolean;
  /** Its workflow ought to have moved it by now, or to have ended. */
  isLate: boolean;
  /** The time that had come. */
  lookedFor: string;
  /** When to look again, where this look changes nothing. */
  again: string;
}

export interface SweepStore {
  /**
   * Settles what a workflow left behind that ended without closing its message: what was not sent has failed,
   * what may have been is unknown. Of one that is `running` only a claim whose answer nobody waits for.
   */
  settleLost(loss: Owner & { workflow: WorkflowEnd | 'running' }): Promise<{
    /** `unchanged` also where all was sent and only reports are awaited. */
    result: 'settled' | 'lease_active' | 'unchanged' | 'over';
    view: StoredView;
  }>;
  /** Takes the lease or renews one's own; false while somebody else holds it. */
  takeLease(lease: { name: string; holder: string; forMs: number }): Promise<boolean>;
  /** The messages whose look is due, the longest due first. */
  unswept(limit: number): Promise<Unswept[]>;
  /** Sets the next look, unless the message was written meanwhile; null for none. */
  looked(look: { id: string; lookedFor: string; again: string | null }): Promise<void>;
  /** Their workflows may not have heard of the last change, even where that closed the message. */
  lookSoon(ids: readonly string[]): Promise<void>;
  /** Deletes fingerprints past their window, old uploads, input that nobody will ask for, old answers and events: some at a time. */
  deleteExpired(bounds: { dedupeWindowMs: number; limit: number }): Promise<{
    fingerprints: number;
    uploads: number;
    blobs: number;
    answers: number;
    events: number;
    deliveries: number;
    tokens: number;
  }>;
}
