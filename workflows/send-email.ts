/**
 * @module One email, from the request to its last report. Sandbox-safe.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import type { Outcome } from '../src/core/email/view.js';
import { awaitDecision } from './approval.js';
import { sendByChild } from './child.js';
import { deliver } from './delivery.js';
import { Email } from './email.js';
import { awaitFeedback } from './feedback.js';
import { listen } from './handlers.js';
import { tellParent } from './parent.js';
import { step } from './proxies.js';
import type { SendOptions, SendRequest } from './request.js';
import { awaitTime } from './schedule.js';

/** Runs whose workflow is `sendEmail` itself: only of these does the SDK ask its options, before it calls it. */
const runs = new Set<string>();

/**
 * Sends one email under policy. Called by a workflow, it starts the email as a child and returns as soon as `until`
 * is reached; the email goes on by itself, whatever becomes of the caller. As a workflow it is that email: it always
 * ends with a truthful outcome and never fails because of what the email or a provider did.
 */
export async function sendEmail(request: SendRequest, options: SendOptions = {}): Promise<Outcome> {
  return await (runs.has(workflowInfo().runId) ? run(request, options) : sendByChild(request, options));
}

setWorkflowOptions(() => {
  const { runId, currentDeploymentVersion } = workflowInfo();
  runs.add(runId);
  // An email may be held for days: on a versioned worker it moves on with it. To one without versions this must not be said.
  return currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'AUTO_UPGRADE' } : {};
}, sendEmail);

async function run(request: unknown, second: unknown): Promise<Outcome> {
  const email = new Email();
  listen(email);
  tellParent(email, second);
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
  await email.whenAdmitted;
  if (!email.isOurs) return;
  const decided = await step('cancelByTemporal', { id: email.owner.id });
  if (decided.view) email.follow(decided.view);
}
