/**
 * @module The verbs by which an email is approved, rejected or canceled.
 */
import { cancelUpdate, decideUpdate } from '../../workflows/messages.js';
import type { SealedDecision } from '../sealed.js';
import type { DecisionAction, MessageDetail } from '../store/store.js';
import { requirePerson } from './access.js';
import { change, changeable } from './change.js';
import type { Verb } from './deps.js';

export const decide: Verb<'messages.decide'> = async (deps, caller, { id, action, digest, comment }) => {
  requirePerson(caller);
  const before = await changeable(deps, caller, id);
  const decision: SealedDecision = { id, action, digest, by: caller.principal, key: caller.key, comment };
  return await change(deps, caller, before, {
    update: decideUpdate,
    purpose: 'decision',
    value: decision,
    sameness: [action, digest],
    isDone: (now) => now.digest === digest && now.status !== 'held' && lastIs(now, action, caller.principal),
  });
};

export const cancel: Verb<'messages.cancel'> = async (deps, caller, { id, comment }) => {
  const before = await changeable(deps, caller, id);
  const decision: SealedDecision = { id, action: 'cancel', by: caller.principal, key: caller.key, comment };
  return await change(deps, caller, before, {
    update: cancelUpdate,
    purpose: 'decision',
    value: decision,
    sameness: 'cancel',
    isDone: (now) => now.status === 'canceled',
  });
};

/** Whether the last decision is this one, by the same principal. */
function lastIs({ decisions, revision }: MessageDetail, action: DecisionAction, by: string): boolean {
  const last = decisions.at(-1);
  return last?.action === action && last.by === by && last.revision === revision;
}
