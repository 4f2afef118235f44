/**
 * @module The verb by which a person says what became of an email whose outcome nobody knows.
 */
import { resolveUpdate } from '../../workflows/messages.js';
import type { SealedResolution } from '../sealed.js';
import type { Caller, MessageDetail, UnknownTry } from '../store/store.js';
import { requirePerson } from './access.js';
import { change, changeable } from './change.js';
import type { ServiceDeps, Verb } from './deps.js';
import type { Changed } from './schemas/message.js';

/** The end of a lease changes no row, so the time is part of what makes two calls the same one. */
const SAME_CALL_MS = 10_000;

export const resolve: Verb<'messages.resolve'> = async (deps, caller, { id, as }) => {
  requirePerson(caller);
  const before = await changeable(deps, caller, id);
  return await resolveTries(deps, caller, before, { as, unknown: unknownOf(before) });
};

/** What a person says of these, and of nobody who becomes unknown later. @throws Problem as `change`. */
export async function resolveTries(
  deps: ServiceDeps,
  caller: Caller,
  before: MessageDetail,
  { as, unknown }: Pick<SealedResolution, 'as' | 'unknown'>,
): Promise<Changed> {
  const value: SealedResolution = { id: before.id, as, unknown, by: caller.principal };
  return await change(deps, caller, before, {
    update: resolveUpdate,
    purpose: 'resolution',
    value,
    sameness: [as, unknown, Math.floor(deps.clock().getTime() / SAME_CALL_MS)],
    isDone: () => false,
    withoutWorkflow: () => deps.store.resolveUnknown({ ...value, workflowOver: true }),
  });
}

function unknownOf({ recipients }: MessageDetail): UnknownTry[] {
  return recipients.flatMap(({ index, status, attempt, try: number }) =>
    status === 'unknown' && attempt !== null && number !== null ? [{ index, attempt, try: number }] : [],
  );
}
