/** @module The verb that forgets a person. */
import { addressKey } from '../core/email/address.js';
import { Problem } from '../errors.js';
import type { Caller } from '../store/store.js';
import { isAdmin, requireLive, requirePerson } from './access.js';
import { cancel } from './decide.js';
import type { ServiceDeps, Verb } from './deps.js';

/** Emails in one transaction, and transactions in one call: what is left then, the next call takes away. */
const BATCH = 100;
const MOST_BATCHES = 100;
/** Emails under way that are named, or canceled, in one call. */
const MOST_OPEN = 50;

export const erasePerson: Verb<'persons.erase'> = async (deps, caller, asked, _raw, { signal }) => {
  const { address, confirm } = asked;
  requireLive(caller, 'data of a person');
  requirePerson(caller);
  if (!isAdmin(caller))
    throw new Problem('scope_missing', { detail: 'a key that is bound to mailboxes erases nobody' });
  if (addressKey(confirm) !== addressKey(address))
    throw new Problem('invalid_request', {
      detail: 'confirm: must be the address again, because nothing of this can be undone',
      field: 'confirm',
    });
  await requireAtRest(deps, caller, address, asked.cancel);
  const step = { org: caller.org, address, by: caller.principal, limit: BATCH };
  let done = await deps.store.eraseSome(step);
  for (let batches = 1; !done.finished && batches < MOST_BATCHES && signal?.aborted !== true; batches++) {
    const before = done;
    done = await deps.store.eraseSome(step);
    // Something new is under way.
    if (done.messages === before.messages && done.drafts === before.drafts) break;
  }
  return done;
};

/** @throws Problem `conflict` where an email to them is under way, and is not to be, or cannot be, canceled. */
async function requireAtRest(
  deps: ServiceDeps,
  caller: Caller,
  address: string,
  isToCancel: boolean,
): Promise<void> {
  const { store } = deps;
  const asked = { org: caller.org, address, limit: MOST_OPEN };
  const open = await store.openMessagesTo(asked);
  if (open.length === 0) return;
  if (isToCancel) for (const id of open) await end(deps, caller, id);
  const left = isToCancel ? await store.openMessagesTo(asked) : open;
  if (left.length === 0) return;
  throw new Problem('conflict', {
    detail: isToCancel
      ? 'some emails to this person can not be canceled now; repeat the call when they have ended'
      : 'emails to this person are under way; wait until they have ended, or give cancel: true',
    ...(isToCancel && { retryAfter: 60 }),
    members: { ids: left },
  });
}

/** What is not sent yet is canceled; what was sent only waits for reports, and waits no longer. */
async function end(deps: ServiceDeps, caller: Caller, id: string): Promise<void> {
  // A test email is canceled by a test key only; here it is the same person's data.
  const detail = await deps.store.message(caller.org, id);
  if (detail === null) return;
  try {
    await cancel(deps, { ...caller, mode: detail.mode }, { id, comment: undefined }, {}, {});
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    await deps.store.close(id);
  }
}
