/** @module The store's port for answers that are kept, so that a call with an Idempotency-Key is answered again alike. */

export interface KeptCall {
  org: string;
  /** The id of the caller's API key. */
  caller: string;
  operation: string;
  /** As the caller named the call. */
  key: string;
}

export interface KeptAnswerStore {
  /**
   * `mine`: run the call. `kept`: it ran, and this was the answer. `busy`: somebody runs it. `differs`: the key
   * was used with another input.
   */
  claimAnswer(
    call: KeptCall & {
      requestHash: string;
      /** Names this call to the others. */
      holder: string;
      leaseMs: number;
      keepMs: number;
    },
  ): Promise<{ result: 'mine' | 'busy' | 'differs' } | { result: 'kept'; answer: string }>;
  /** Nothing where another call took over meanwhile. */
  keepAnswer(call: KeptCall & { holder: string; answer: string }): Promise<void>;
  /** Forgets a call that failed, so that it can be mended under the same key. */
  dropAnswer(call: KeptCall & { holder: string }): Promise<void>;
}
