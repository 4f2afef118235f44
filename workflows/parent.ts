/** @module What an email tells the workflow that asked for it. Sandbox-safe. */
import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  workflowInfo,
  type SignalDefinition,
} from '@temporalio/workflow';
import type { Outcome } from '../src/core/email/view.js';
import type { Email } from './email.js';
import type { Tell } from './request.js';

/** A name of its own for each child, so that a parent with many tells them apart. */
export const outcomeSignal = (id: string): SignalDefinition<[Outcome]> =>
  defineSignal(`mailwarden.outcome:${id}`);

const UNSENT: readonly Outcome['status'][] = ['queued', 'held', 'scheduled', 'sending'];

/**
 * Signals the parent once, as soon as the email has come as far as it asked. Nobody waits for that: a parent that is
 * gone changes nothing for the email.
 */
export function tellParent(email: Email, second: unknown): void {
  const { parent } = workflowInfo();
  const tell = (second as Partial<Tell> | null | undefined)?.tell;
  if (parent === undefined || (tell !== 'admitted' && tell !== 'sent')) return;
  const reached = ({ status }: Outcome): boolean => tell === 'admitted' || !UNSENT.includes(status);
  CancellationScope.nonCancellable(async () => {
    await condition(() => email.outcome !== null && reached(email.outcome));
    const { outcome } = email;
    // Of an email that ends here and now the parent hears by its result.
    if (outcome === null || !email.isOurs || email.view.stage === 'closed') return;
    // No run id: after a reset of the parent its new run is the one that waits.
    await getExternalWorkflowHandle(parent.workflowId).signal(outcomeSignal(outcome.id), outcome);
  }).catch(() => undefined);
}
