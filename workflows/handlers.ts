/**
 * @module Everything that speaks to the workflow from outside. Each handler hands on to one step and
 * follows the view that comes back; who wins is decided in the store, never here. Sandbox-safe.
 */
import { CancellationScope, setHandler } from '@temporalio/workflow';
import type { DecisionResult } from '../activities/interface.js';
import type { Email } from './email.js';
import * as messages from './messages.js';
import { step } from './proxies.js';

/** A native Cancel cancels the scope in which handlers run; what they have begun is seen through all the same. */
const whole =
  <A extends unknown[], T>(handler: (...args: A) => Promise<T>) =>
  (...args: A): Promise<T> =>
    CancellationScope.nonCancellable(() => handler(...args));

/** Registers every handler; must run before the first await, because updates do not wait for one. */
export function listen(email: Email): void {
  const { id } = email.owner;

  setHandler(messages.statusQuery, () => email.outcome);
  setHandler(
    messages.submitUpdate,
    async () => {
      await email.whenAdmitted;
      const { admission } = email;
      if (admission?.owner === false)
        return {
          view: admission.view ?? null,
          outcome: admission.outcome,
          requestHash: admission.requestHash,
        };
      return { view: email.view, requestHash: admission?.requestHash };
    },
    { validator: () => undefined },
  );

  const sealedSteps = {
    decide: messages.decideUpdate,
    cancel: messages.cancelUpdate,
    revise: messages.reviseUpdate,
    reschedule: messages.rescheduleUpdate,
    resolve: messages.resolveUpdate,
  } as const;
  for (const [name, update] of Object.entries(sealedSteps) as [
    keyof typeof sealedSteps,
    typeof messages.decideUpdate,
  ][])
    setHandler(
      update,
      whole(async ({ sealed }: messages.SealedArgument): Promise<DecisionResult> => {
        await email.whenAdmitted;
        if (!email.isOurs) return { result: 'not_owner', view: null };
        const decided = await step(name === 'cancel' ? 'decide' : name, { id, sealed });
        if (decided.view) email.follow(decided.view);
        return decided;
      }),
      { validator: requireSealed },
    );

  const signals = {
    approve: messages.approveSignal,
    reject: messages.rejectSignal,
    cancel: messages.cancelSignal,
  } as const;
  for (const [action, signal] of Object.entries(signals))
    setHandler(
      signal,
      whole(async (argument?: messages.DecisionArgument) => {
        // Nobody has seen an email that isn't admitted yet: such a signal counts only where it names the digest.
        const early = email.admission === null;
        await email.whenAdmitted;
        if (!email.isOurs) return;
        const decided = await step('decideBySignal', { id, action, argument: argument ?? null, early });
        if (decided.view) email.follow(decided.view);
      }),
    );

  setHandler(
    messages.deliveryReportSignal,
    whole(async (report?: unknown) => {
      await email.whenAdmitted;
      if (!email.isOurs) return;
      email.follow(await (report ? step('applyReport', { id, report }) : step('look', { id })));
    }),
  );
  setHandler(
    messages.deliveryReportUpdate,
    whole(async () => {
      await email.whenAdmitted;
      if (email.isOurs) email.follow(await step('look', { id }));
    }),
    { validator: () => undefined },
  );
}

/** Runs before the update is accepted; throwing here rejects it without a trace in the history. */
function requireSealed(argument: unknown): void {
  const sealed = (argument as { sealed?: unknown } | null | undefined)?.sealed;
  if (typeof sealed !== 'string') throw new Error('the argument must be { "sealed": "…" }, made by a door');
}
