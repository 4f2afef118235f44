/**
 * @module The verbs by which an email that has not gone yet gets other content, or another time.
 */
import { canonical } from '../core/email/canonical.js';
import { rescheduleUpdate, reviseUpdate } from '../../workflows/messages.js';
import type { SealedReschedule, SealedRevision } from '../sealed.js';
import { requireAttachments } from './attachments.js';
import { change, changeable } from './change.js';
import type { Verb } from './deps.js';

export const revise: Verb<'messages.revise'> = async (deps, caller, { id, digest, ...content }) => {
  const before = await changeable(deps, caller, id);
  await requireAttachments(deps, caller, content.attachments, before.content.attachments);
  const { org, mode, principal: by, key } = caller;
  const value: SealedRevision = { id, org, mode, digest, content, by, key };
  return await change(deps, caller, before, {
    update: reviseUpdate,
    purpose: 'revision',
    value,
    sameness: [digest, deps.sha256(canonical(content))],
    isDone: () => false,
  });
};

export const reschedule: Verb<'messages.reschedule'> = async (deps, caller, { id, sendAt }) => {
  const before = await changeable(deps, caller, id);
  const value: SealedReschedule = { id, sendAt, version: before.version, by: caller.principal };
  return await change(deps, caller, before, {
    update: rescheduleUpdate,
    purpose: 'reschedule',
    value,
    sameness: sendAt,
    isDone: () => false,
  });
};
