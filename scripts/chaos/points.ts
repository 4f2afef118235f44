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
  from?: 'server' | 'worker' | undefined;
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

const at =
  (side: Point['side']) =>
  (name: string, what: string, from?: Point['from']): Point => ({ name, what, side, from });
const [before, after] = [at('before'), at('after')];

export const STRETCHES: readonly Stretch[] = [
  {
    points: [
      before('before-start', 'rpc ExecuteMultiOperation'),
      after('after-start-before-answer', 'rpc ExecuteMultiOperation'),
      before('before-admit', 'message.admitted'),
      after('after-admit-before-answer', 'message.admitted'),
      before('before-admission-is-history', 'rpc RespondWorkflowTaskCompleted'),
      after('after-admission-is-history', 'rpc RespondWorkflowTaskCompleted'),
    ],
  },
  {
    needs: 'approval',
    points: [
      before('before-approval', 'message.approved'),
      after('after-approval-before-answer', 'message.approved'),
    ],
  },
  {
    points: [
      before('before-claim', 'delivery.claimed'),
      after('after-claim-before-wire', 'delivery.claimed'),
      before('connected-before-body', 'connected $provider'),
      before('mid-body', 'content $provider'),
      before('after-body-before-reply', 'taken $provider'),
      before('reply-on-its-way', 'reply $provider'),
      before('after-reply-before-receipt', 'message.sent'),
      after('after-receipt-before-completion', 'message.sent'),
      before('before-completion-is-history', 'rpc RespondActivityTaskCompleted'),
      after('after-completion', 'rpc RespondActivityTaskCompleted'),
    ],
  },
  {
    needs: 'refusal',
    points: [
      after('during-retry-wait', 'rpc RespondActivityTaskFailed'),
      before('before-failover', 'settled $provider'),
      after('during-failover', 'settled $provider'),
      before('failover-before-body', 'connected backup'),
    ],
  },
  {
    needs: 'silence',
    points: [
      before('during-lookup', 'lookup $provider'),
      before('after-lookup-before-receipt', 'message.sent'),
    ],
  },
  {
    needs: 'report',
    points: [
      before('during-hook-before-apply', 'message.delivered', 'server'),
      after('after-apply-before-wake', 'message.delivered', 'server'),
      before('during-wake', 'rpc UpdateWorkflowExecution', 'server'),
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
