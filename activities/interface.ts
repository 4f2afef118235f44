/**
 * @module The activities as the workflow sees them: types only, so that the sandbox never loads Node.
 * Everything that crosses here is address-free (see View), but for the request itself.
 */
import type { Outcome, View } from '../src/core/email/view.js';

/** Names the message and the run that owns it. */
export interface Owner {
  id: string;
  run: string;
}

/** What `admit` answers. Not the owner: another run has this email, and `outcome` is its. */
export type Admission =
  | { owner: true; view: View; requestHash: string; searchAttribute: boolean; approval: ApprovalHelp }
  | { owner: false; outcome: Outcome; view?: View; requestHash?: string };

/** What a person at the Temporal UI needs to know to decide. */
export interface ApprovalHelp {
  signals: 'any' | 'signed' | 'off';
  reviewUrl?: string;
}

/** What a decision came to; `view` is the state after it, whoever won, and null where there is none. */
export interface DecisionResult {
  result: string;
  view: View | null;
  retryAfter?: number;
}

export interface CoreActivities {
  admit(input: { owner: Owner; namespace: string; request: unknown }): Promise<Admission>;
  /** From a door: sealed. */
  decide(input: { id: string; sealed: string }): Promise<DecisionResult>;
  /** From a signal of the Temporal UI or CLI, or from the workflow itself. */
  decideBySignal(input: {
    id: string;
    action: string;
    argument: unknown;
    /** It came before the email was admitted. */
    early: boolean;
  }): Promise<DecisionResult>;
  expire(input: { id: string }): Promise<DecisionResult>;
  /** The workflow itself was asked to cancel. */
  cancelByTemporal(input: { id: string }): Promise<DecisionResult>;
  revise(input: { id: string; sealed: string }): Promise<DecisionResult>;
  reschedule(input: { id: string; sealed: string }): Promise<DecisionResult>;
  resolve(input: { id: string; sealed: string }): Promise<DecisionResult>;
  applyReport(input: { id: string; report: unknown }): Promise<View>;
  look(input: { id: string }): Promise<View>;
  settle(input: { owner: Owner; attempt: number; provider: string }): Promise<View>;
  /** The feedback window is over: looks once more, then closes. */
  close(input: { id: string }): Promise<View>;
}

/** Input of `mailwarden.deliver.<provider>`. */
export interface DeliverInput {
  owner: Owner;
  digest: string;
  attempt: number;
}
export type Deliver = (input: DeliverInput) => Promise<View>;
