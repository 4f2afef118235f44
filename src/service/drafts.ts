/**
 * @module The verbs on drafts: emails that are still being written. Whoever may write one may not thereby send it.
 */
import { DRAFT_LIMITS } from '../core/email/draft.js';
import { Problem } from '../errors.js';
import type { Caller, DraftPlace, DraftRow, DraftSummary } from '../store/store.js';
import { mailboxFor, mailboxesAsked } from './access.js';
import type { Verb } from './deps.js';
import { changedSince, versionOf } from './if-match.js';
import type { ShownDraft, ShownDraftSummary } from './schemas/draft.js';

export const createDraft: Verb<'drafts.create'> = async (deps, caller, input) => {
  const { mailbox: name, idempotencyKey: _key, ...content } = input;
  const { org, mode, principal } = caller;
  const { id: mailbox } = await mailboxFor(deps, caller, name, 'with the field mailbox');
  const made = await deps.store.createDraft({
    ...{ org, mode, mailbox, content, by: principal },
    ...{ mostOpen: DRAFT_LIMITS.open, mostBytes: DRAFT_LIMITS.bytes },
  });
  if (made === 'too_large') throw tooLarge();
  if (made !== 'full') return shown(made);
  throw new Problem('conflict', {
    detail: `the mailbox has ${DRAFT_LIMITS.open} drafts that were not submitted; submit or delete some`,
    field: 'mailbox',
  });
};

export const listDrafts: Verb<'drafts.list'> = async (deps, caller, { mailbox, ...filter }) => {
  const { org, mode } = caller;
  const mailboxes = await mailboxesAsked(deps, caller, mailbox);
  const { items, cursor } = await deps.store.drafts({ org, mode, mailboxes, ...filter });
  return { items: items.map(shownSummary), cursor };
};

export const getDraft: Verb<'drafts.get'> = async ({ store }, caller, { id }) => {
  const draft = await store.draft(placeOf(caller, id));
  if (draft === null) throw draftNotFound();
  return shown(draft);
};

export const updateDraft: Verb<'drafts.update'> = async ({ store }, caller, { id, ifMatch, ...change }) => {
  const updated = await store.updateDraft({
    ...placeOf(caller, id),
    ...{ change, version: versionOf(ifMatch), mostBytes: DRAFT_LIMITS.bytes, by: caller.principal },
  });
  if (updated === null) throw draftNotFound();
  const { result, draft } = updated;
  if (result === 'closed') throw closed(draft);
  if (result === 'stale') throw changedSince('draft');
  if (result === 'too_large') throw tooLarge();
  return shown(draft);
};

export const deleteDraft: Verb<'drafts.delete'> = async ({ store }, caller, { id }) => {
  const gone = await store.deleteDraft({ ...placeOf(caller, id), by: caller.principal });
  if (gone === null) throw draftNotFound();
  if (gone.result === 'closed') throw closed(gone.draft);
  return { id, deleted: true };
};

export const placeOf = ({ org, mode, mailboxes }: Caller, id: string): DraftPlace => ({
  ...{ org, mode, mailboxes, id },
});

export const draftNotFound = (): Problem =>
  new Problem('not_found', { detail: 'there is no such draft, or the key may not see it', field: 'id' });

const closed = ({ status, messageId }: DraftRow): Problem =>
  new Problem('conflict', {
    detail:
      status === 'submitted'
        ? 'this draft was submitted; revise or cancel its email instead'
        : 'the submission of this draft was begun, and its end is not known; submit it again to find out',
    members: { draftStatus: status, ...(messageId !== null && { id: messageId }) },
  });

const tooLarge = (): Problem =>
  new Problem('body_too_large', {
    detail: `the whole draft must be at most ${DRAFT_LIMITS.bytes} bytes of JSON; upload large attachments and name their sha256`,
  });

const shownSummary = ({ messageId, ...draft }: DraftSummary): ShownDraftSummary => ({
  ...draft,
  ...(messageId !== null && { messageId }),
});

const shown = ({ content, submission: _submission, messageId, ...draft }: DraftRow): ShownDraft => ({
  ...draft,
  ...content,
  ...(messageId !== null && { messageId }),
});
