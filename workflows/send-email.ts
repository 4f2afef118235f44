/**
 * @module One email, from the request to its last report. Sandbox-safe.
 */
import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { Outcome } from '../src/core/email/view.js';
import { awaitDecision } from './approval.js';
import { deliver } from './delivery.js';
import { Email } from './email.js';
import { awaitFeedback } from './feedback.js';
import { listen } from './handlers.js';
import { step } from './proxies.js';
import { awaitTime } from './schedule.js';

/**
 * Sends one email under policy. The argument is a request with its mailbox, or `{ mailbox, sealed }`.
 * Always ends with a truthful outcome; it never fails because of what the email or a provider did.
 */
export async function sendEmail(request: unknown): Promise<Outcome> {
  const email = new Email();
  listen(email);
  // A native Cancel asks, like the signal; what is on its way to a provider is always seen through.
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => cancelByTemporal(email)),
  );
  return await CancellationScope.nonCancellable(async () => {
    email.admitted(await step('admit', { owner: email.owner, namespace: workflowInfo().namespace, request }));
    if (email.isOurs) {
      do {
        await follow(email);
        await condition(allHandlersFinished);
      } while (email.view.stage !== 'closed');
    } else await condition(allHandlersFinished);
    return email.outcome as Outcome;
  });
}

async function follow(email: Email): Promise<void> {
  while (email.view.stage !== 'closed') {
    switch (email.view.stage) {
      case 'held':
        await awaitDecision(email);
        break;
      case 'waiting':
        await awaitTime(email);
        break;
      case 'ready':
        await deliver(email);
        break;
      case 'feedback':
        await awaitFeedback(email);
        break;
    }
  }
}

async function cancelByTemporal(email: Email): Promise<void> {
  await condition(() => email.admission !== null);
  if (!email.isOurs) return;
  const decided = await step('cancelByTemporal', { id: email.owner.id });
  if (decided.view) email.follow(decided.view);
}
