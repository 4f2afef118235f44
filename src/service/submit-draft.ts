/**
 * @module The verb `drafts.submit`: a draft becomes an email, once.
 *
 * First the draft is frozen, and the version at which that was done becomes part of its email's key
 * (`draft:<id>:<version>`). Then that email is sent as any other. However often it is submitted from here on, by
 * whomever, at once or after a crash, it is the same key and content, so it is the same email and the same answer.
 *
 * It opens again only where it is certain that no email of this key goes out: where the answer is a refusal of the
 * email itself (policy, a limit, an admission that failed: such an email is closed for ever), or where the call that
 * froze it was refused before anything was started. Mended, it is another version, so another key and another email.
 * Everything else (an outage, a crash, a doubt) leaves it frozen: to submit it again is safe, and finds out.
 */
import { requestSchema } from '../core/email/request.js';
import { Problem } from '../errors.js';
import type { DraftRow } from '../store/store.js';
import type { ServiceDeps, Verb } from './deps.js';
import { draftNotFound, placeOf } from './drafts.js';
import { changedSince, versionOf } from './if-match.js';
import { invalidInput } from './invalid.js';
import { isOutage } from './outage.js';
import { send } from './send.js';

export const submitDraft: Verb<'drafts.submit'> = async (
  deps,
  caller,
  { id, ifMatch, sendAt },
  _,
  context,
) => {
  const place = placeOf(caller, id);
  const seen = await deps.store.draft(place);
  if (seen === null) throw draftNotFound();
  const version = seen.submission?.version ?? seen.version;
  // Whoever submits again still names the version that they saw before.
  const named = versionOf(ifMatch) ?? version;
  if (named !== version && named !== seen.version) throw changedSince('draft');
  if (seen.status === 'open') requestOf(seen, sendAt);
  const frozen = await deps.store.freezeDraft({ ...place, version, sendAt: sendAt ?? null });
  if (frozen === null) throw draftNotFound();
  const { result, draft } = frozen;
  if (result === 'stale') throw changedSince('draft');
  if (result === 'differs') throw otherTime(draft);

  const { raw, request } = requestOf(draft, draft.submission?.sendAt ?? undefined);
  const input = { ...request, mailbox: draft.mailbox, idempotencyKey: `draft:${id}:${version}` };
  let answer: Awaited<ReturnType<typeof send>>;
  try {
    answer = await send(deps, caller, input, raw, context);
  } catch (error) {
    if (isRefusal(error, result === 'frozen'))
      await orLater(deps, deps.store.reopenDraft({ ...place, version, by: caller.principal }));
    throw error;
  }
  await orLater(deps, deps.store.draftSent({ ...place, message: answer.id, by: caller.principal }));
  return answer;
};

/** The draft as a request. @throws Problem `invalid_request` where it is not one yet. */
function requestOf({ content }: DraftRow, sendAt: string | undefined): Submittable {
  const raw = { ...content, ...(sendAt !== undefined && { sendAt }) };
  const parsed = requestSchema.safeParse(raw);
  if (!parsed.success) throw invalidInput(parsed.error);
  return { raw, request: parsed.data };
}

interface Submittable {
  raw: Record<string, unknown>;
  request: ReturnType<typeof requestSchema.parse>;
}

/** See above; `first`: this call froze it, so that no other can have started anything before. */
function isRefusal(error: unknown, first: boolean): boolean {
  if (!(error instanceof Problem) || error.status >= 500) return false;
  // What holds the key of a conflict is an email, and may be this draft's.
  return first || (error.code !== 'idempotency_conflict' && error.details.members?.['id'] !== undefined);
}

const otherTime = ({ submission, messageId }: DraftRow): Problem =>
  new Problem('conflict', {
    detail: `this draft was submitted ${submission?.sendAt ? `for ${submission.sendAt}` : 'without a time'}; reschedule its email instead`,
    field: 'sendAt',
    members: { ...(messageId !== null && { id: messageId }) },
  });

/** The email is what it is by now: that the draft does not show it yet is mended by whoever submits it again. */
async function orLater({ log }: ServiceDeps, write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn({ err: error }, 'a draft could not be settled after its submission');
  }
}
