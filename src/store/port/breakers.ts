/** @module The store's port for what is known of providers: their breakers, and which are drained by hand. */
import type { BreakerState } from '../../core/delivery/breaker.js';

/** A provider as one sending domain of an org finds it; there is none where it answers. */
export interface BreakerRow {
  provider: string;
  domain: string;
  state: BreakerState;
  /** In a row, lately. */
  failures: number;
  /** A code: of the last failure. */
  reason: string;
  openedAt: string | null;
  /** When the next probe may go. */
  retryAt: string | null;
}

/** Given no mail until it is resumed. */
export interface Drain {
  provider: string;
  reason: string | null;
  by: string;
  at: string;
}

export interface BreakerStore {
  /** Of the org, by provider and domain; at most 1,000. `mailboxes`: of the domains of these; null is all. */
  breakers(scope: { org: string; mailboxes: readonly string[] | null }): Promise<BreakerRow[]>;
  drains(): Promise<Drain[]>;
  /** No new attempt begins there, in no org; what is under way ends. Again: the first one stands. */
  drain(drain: { provider: string; org: string; reason?: string | undefined; by: string }): Promise<Drain>;
  /** False where it is not drained. */
  resume(resumption: { provider: string; org: string; by: string }): Promise<boolean>;
}
