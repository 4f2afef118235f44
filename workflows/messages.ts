/**
 * @module The names by which anyone speaks to a `sendEmail` workflow. They are fixed: doors, scripts and
 * people at the Temporal UI rely on them. Sandbox-safe.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Outcome, View } from '../src/core/email/view.js';
import type { DecisionResult } from '../activities/interface.js';

/** What `submit` answers: the view after admission, and the hash of the request that won. */
export interface Submitted {
  view: View | null;
  outcome?: Outcome;
  requestHash?: string;
}
/** Argument of the updates that a door sends: everything is under seal. */
export interface SealedArgument {
  sealed: string;
}
/** Argument of the signals that a person sends. */
export interface DecisionArgument {
  by: string;
  digest?: string;
  comment?: string;
  token?: string;
}

export const submitUpdate = defineUpdate<Submitted, []>('submit');
export const decideUpdate = defineUpdate<DecisionResult, [SealedArgument]>('decide');
export const cancelUpdate = defineUpdate<DecisionResult, [SealedArgument]>('cancel');
export const reviseUpdate = defineUpdate<DecisionResult, [SealedArgument]>('revise');
export const rescheduleUpdate = defineUpdate<DecisionResult, [SealedArgument]>('reschedule');
export const resolveUpdate = defineUpdate<DecisionResult, [SealedArgument]>('resolve');
/** A wake-up without effect of its own: the report is in the store already. */
export const deliveryReportUpdate = defineUpdate<void, []>('deliveryReport');

export const approveSignal = defineSignal<[DecisionArgument?]>('approve');
export const rejectSignal = defineSignal<[DecisionArgument?]>('reject');
export const cancelSignal = defineSignal<[DecisionArgument?]>('cancel');
/** With a payload it is a report of the user's own; without one it only wakes. */
export const deliveryReportSignal = defineSignal<[unknown?]>('deliveryReport');

export const statusQuery = defineQuery<Outcome | null>('status');
