/**
 * @module The verb by which a person says what became of an email whose outcome nobody knows.
 */
import { resolveUpdate } from '../../workflows/messages.js';
import type { SealedResolution } from '../sealed.js';
import type { MessageDetail, UnknownTry } from '../store/store.js';
import { requirePerson } from './access.js';
import { change, changeable } from './change.js';
import type { Verb } from './deps.js';

/** The end of a lease changes no row, so the time is part of what makes two calls the same one. */
const SAME_CALL_MS = 10_000;

export const resolve: Verb<'messages.resolve'> = async (deps, caller, { id, as }) => {
  requirePerson(caller);
  const before = await changeable(deps, caller, id);
  const value: SealedResolution = { id, as, unknown: unknownOf(before), by: caller.principal };
  return await change(deps, caller, before, {
    update: resolveUpdate,
    purpose: 'resolution',
    value,
    sameness: [as, Math.floor(deps.clock().getTime() / SAME_CALL_MS)],
    isDone: () => false,
    withoutWorkflow: () => deps.store.resolveUnknown({ ...value, workflowOver: true }),
  });
};

function unknownOf({ recipients }: MessageDetail): UnknownTry[] {
  return recipients.flatMap(({ index, status, attempt, try: number }) =>
    status === 'unknown' && attempt !== null && number !== null ? [{ index, attempt, try: number }] : [],
  );
}
