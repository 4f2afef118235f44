/**
 * @module The verbs that read emails: one, its trace, and lists of them.
 */
import { adviceOn } from '../core/delivery/advice.js';
import type { Caller, MessageDetail, MessageFilter, MessageSummary, Page } from '../store/store.js';
import { maySeeStart, messageNotFound, visibleMailbox, visibleMessage } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';
import type { AdmittedMessage, PendingMessage } from './schemas/message.js';
import { approvalUrlOf, shownVerdict } from './shown.js';
import { askTemporal } from './temporal.js';
import { readUntil } from './wait.js';

export const get: Verb<'messages.get'> = async (deps, caller, { id, wait, until }, _raw, { signal }) =>
  await readUntil(deps, id, { wait, until, of: `${caller.org} ${caller.mode}`, signal }, async () => {
    const detail = await visibleMessage(deps, caller, id);
    return detail ? shownDetail(deps, detail) : await pending(deps, caller, id);
  });

export const trace: Verb<'messages.trace'> = async (deps, caller, { id }) => {
  const detail = await visibleMessage(deps, caller, id);
  if (detail) return { id, entries: await deps.store.trace(caller.org, id) };
  await pending(deps, caller, id);
  return { id, entries: [] };
};

export const list: Verb<'messages.list'> = async (deps, caller, { mailbox, ...filter }) => {
  const only = mailbox === undefined ? null : (await visibleMailbox(deps, caller, mailbox)).id;
  return await listOf(deps, caller, filter, only);
};

export const listHeld: Verb<'approvals.list'> = async (deps, caller, page) =>
  await listOf(deps, caller, { ...page, status: ['held'] });

async function listOf(
  deps: ServiceDeps,
  { org, mode, mailboxes }: Caller,
  filter: Omit<MessageFilter, 'org' | 'mode' | 'mailboxes'>,
  only: string | null = null,
): Promise<Page<MessageSummary>> {
  return await deps.store.messages({ org, mode, mailboxes: only === null ? mailboxes : [only], ...filter });
}

/** An id that the store does not know: accepted but not admitted yet, or ended before it was. */
async function pending(deps: ServiceDeps, caller: Caller, id: string): Promise<PendingMessage> {
  if ((await deps.store.view(id)) !== null) {
    // Admitted since it was asked for; else it is of another org, mode or mailbox, and does not exist here.
    const admitted = await visibleMessage(deps, caller, id);
    if (admitted === null) throw messageNotFound();
    return shownDetail(deps, admitted);
  }
  const known = await askTemporal(deps, id);
  if (known === null || !maySeeStart(caller, known.memo)) throw messageNotFound();
  // It may have been admitted between the two questions.
  const detail = known.running ? await visibleMessage(deps, caller, id) : null;
  if (detail) return shownDetail(deps, detail);
  const { outcome } = known;
  return outcome ? { ...outcome, id } : { id, status: 'queued' };
}

function shownDetail({ publicUrl, clock }: ServiceDeps, detail: MessageDetail): AdmittedMessage {
  const { requestHash: _hash, version: _version, verdict, ...rest } = detail;
  return {
    ...rest,
    recipients: detail.recipients.map(({ attempt: _attempt, try: _try, ...one }) => {
      const advice = adviceOn(one);
      return { ...one, ...(advice !== undefined && { advice }) };
    }),
    verdict: shownVerdict(verdict, detail.recipients, { status: detail.status, now: clock() }),
    ...(detail.status === 'held' && { approvalUrl: approvalUrlOf(publicUrl, detail.id) }),
  };
}
