/**
 * @module One delivery step: the activity of the next provider in the route. It claims, sends and writes
 * the receipt; where it gives no answer, `settle` finds out from the store what is certain. Sandbox-safe.
 */
import { ActivityFailure } from '@temporalio/workflow';
import type { Email } from './email.js';
import { deliverBy, step } from './proxies.js';

export async function deliver(email: Email): Promise<void> {
  const { owner } = email;
  const { version, digest, next } = email.view;
  if (next !== undefined) {
    try {
      email.follow(await deliverBy(next)({ owner, digest, attempt: next.attempt }));
      if (email.view.version !== version) return;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
    }
  }
  // No provider, no answer, or an answer that changed nothing: never ask the same thing again at once.
  email.follow(await step('settle', { owner, attempt: next?.attempt ?? 0, provider: next?.provider ?? '' }));
}
