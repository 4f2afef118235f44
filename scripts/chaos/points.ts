/**
 * @module The named points of a send at which somebody is killed: each a moment that a wire can see, over every
 * provider alike. What recognises them stands outside of the product, which has no switch for it.
 */
import type { Crossing } from './ambush.js';

export interface Point {
  name: string;
  /** What the wire recognised; `$provider` is the name of the email's own provider. */
  what: string;
  side: Crossing['side'];
  /** Only where the process at the near end is of this kind. */
  from?: 'server' | 'worker';
}

/** Points that emails come to at about the same time, so that one kill meets emails at all of them. */
export interface Stretch {
  points: readonly Point[];
  /**
   * What it takes to come there: a person approves; the provider refuses connections until the kill, so that it is
   * tried again or the backup is asked; the provider takes it and is not heard, and is asked later; a genuine
   * webhook says that it was delivered.
   */
  needs?: 'approval' | 'refusal' | 'silence' | 'report';
}

export const STRETCHES: readonly Stretch[] = [
  {
    points: [
      { name: 'before-start', what: 'rpc ExecuteMultiOperation', side: 'before' },
      { name: 'after-start-before-answer', what: 'rpc ExecuteMultiOperation', side: 'after' },
      { name: 'before-admit', what: 'message.admitted', side: 'before' },
      { name: 'after-admit-before-answer', what: 'message.admitted', side: 'after' },
      { name: 'before-admission-is-history', what: 'rpc RespondWorkflowTaskCompleted', side: 'before' },
      { name: 'after-admission-is-history', what: 'rpc RespondWorkflowTaskCompleted', side: 'after' },
    ],
  },
  {
    needs: 'approval',
    points: [
      { name: 'before-approval', what: 'message.approved', side: 'before' },
      { name: 'after-approval-before-answer', what: 'message.approved', side: 'after' },
    ],
  },
  {
    points: [
      { name: 'before-claim', what: 'delivery.claimed', side: 'before' },
      { name: 'after-claim-before-wire', what: 'delivery.claimed', side: 'after' },
      { name: 'connected-before-body', what: 'connected $provider', side: 'before' },
      { name: 'mid-body', what: 'content $provider', side: 'before' },
      { name: 'after-body-before-reply', what: 'taken $provider', side: 'before' },
      { name: 'reply-on-its-way', what: 'reply $provider', side: 'before' },
      { name: 'after-reply-before-receipt', what: 'message.sent', side: 'before' },
      { name: 'after-receipt-before-completion', what: 'message.sent', side: 'after' },
      { name: 'before-completion-is-history', what: 'rpc RespondActivityTaskCompleted', side: 'before' },
      { name: 'after-completion', what: 'rpc RespondActivityTaskCompleted', side: 'after' },
    ],
  },
  {
    needs: 'refusal',
    points: [
      { name: 'during-retry-wait', what: 'rpc RespondActivityTaskFailed', side: 'after' },
      { name: 'before-failover', what: 'settled $provider', side: 'before' },
      { name: 'during-failover', what: 'settled $provider', side: 'after' },
      { name: 'failover-before-body', what: 'connected backup', side: 'before' },
    ],
  },
  {
    needs: 'silence',
    points: [
      { name: 'during-lookup', what: 'lookup $provider', side: 'before' },
      { name: 'after-lookup-before-receipt', what: 'message.sent', side: 'before' },
    ],
  },
  {
    needs: 'report',
    points: [
      { name: 'during-hook-before-apply', what: 'message.delivered', side: 'before', from: 'server' },
      { name: 'after-apply-before-wake', what: 'message.delivered', side: 'after', from: 'server' },
      { name: 'during-wake', what: 'rpc UpdateWorkflowExecution', side: 'before', from: 'server' },
    ],
  },
];

export const POINTS: readonly Point[] = STRETCHES.flatMap(({ points }) => points);

export const isAt = (point: Point, provider: string, { what, side, process }: Crossing): boolean =>
  side === point.side &&
  what.split(' | ').includes(point.what.replace('$provider', provider)) &&
  (point.from === undefined || process.startsWith(point.from));

export const VICTIMS = ['worker', 'server', 'temporal', 'database'] as const;
export type Victim = (typeof VICTIMS)[number];
