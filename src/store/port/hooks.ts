/** @module The store's port for webhooks of providers whose signature does not cover the body. */
import type { ProviderReport } from '../../core/delivery/receipt.js';
import type { Applied } from '../store.js';

/** What came: SHA-256 of the token and of the body, as lower-case hex. */
export interface HookToken {
  token: string;
  body: string;
  /** Where it is good once; default: the provider. */
  scope?: string | undefined;
}

export interface HookStore {
  /**
   * Keeps the token and applies the reports, in one transaction. The same token with the same body is a repetition,
   * and its reports are duplicates; with another body it is `replayed`, and nothing is done.
   */
  applyHook(provider: string, token: HookToken, reports: ProviderReport[]): Promise<Applied[] | 'replayed'>;
}
