/**
 * @module What a key may see and do. Whatever it may not see does not exist for it, so that nobody can
 * learn by asking.
 */
import { Problem } from '../errors.js';
import type { Caller, MailboxRow, MessageDetail, Scope } from '../store/store.js';
import type { ServiceDeps } from './deps.js';
import type { StartMemo } from './temporal.js';

/** @throws Problem `scope_missing` where the key has none of these scopes. */
export function requireScope(caller: Caller, anyOf: readonly Scope[]): void {
  if (anyOf.length === 0 || anyOf.some((scope) => caller.scopes.includes(scope))) return;
  throw new Problem('scope_missing', {
    detail: `the key needs the scope ${anyOf.join(' or ')}; ask an admin of your organisation for a key that has it`,
    members: { scope: anyOf[0] },
  });
}

/** @throws Problem `person_required`: an agent never decides, whatever scopes its key was given. */
export function requirePerson(caller: Caller): void {
  if (caller.kind === 'person') return;
  throw new Problem('person_required', {
    detail: `this key belongs to ${caller.kind === 'agent' ? 'an agent' : 'a service'}; use the key of a person`,
  });
}

export const maySee = (caller: Caller, mailbox: string): boolean =>
  caller.mailboxes === null || caller.mailboxes.includes(mailbox);

/** Whoever is bound to mailboxes has no say over the rest of the org, whatever its scopes. */
export const isAdmin = (caller: Caller): boolean =>
  caller.scopes.includes('org:admin') && caller.mailboxes === null;

/** @throws Problem `scope_missing`: a test key never changes what live email depends on. */
export function requireLive(caller: Caller, what: string): void {
  if (caller.mode === 'live') return;
  throw new Problem('scope_missing', { detail: `a test key changes no ${what}; use a live key` });
}

/** Before admission only the start says whose it is; a direct start is shown to keys bound to no mailbox. */
export function maySeeStart(caller: Caller, memo: Partial<StartMemo>): boolean {
  if (memo.org === undefined) return caller.mode === 'live' && caller.mailboxes === null;
  return (
    memo.org === caller.org &&
    memo.mode === caller.mode &&
    memo.mailbox !== undefined &&
    maySee(caller, memo.mailbox)
  );
}

/** A mailbox by id or address. @throws Problem `mailbox_unknown`. */
export async function visibleMailbox(deps: ServiceDeps, caller: Caller, name: string): Promise<MailboxRow> {
  const mailbox = await deps.store.mailbox(caller.org, name);
  if (mailbox && maySee(caller, mailbox.id)) return mailbox;
  throw new Problem('mailbox_unknown', {
    detail: 'there is no such mailbox, or the key is not bound to it; list yours with GET /v1/mailboxes',
    field: 'mailbox',
  });
}

/** The named mailbox, or the only one that the key has; `how` says how to name it. @throws Problem. */
export async function mailboxFor(
  deps: ServiceDeps,
  caller: Caller,
  name: string | undefined,
  how: string,
): Promise<MailboxRow> {
  if (name !== undefined) return await visibleMailbox(deps, caller, name);
  // Two are enough to know that there is not one.
  const own = await deps.store.mailboxes({ org: caller.org, ids: caller.mailboxes, limit: 2 });
  const [only, ...others] = own.items;
  if (only !== undefined && others.length === 0) return only;
  throw new Problem('invalid_request', {
    detail: `the key has ${only === undefined ? 'no mailbox' : 'more than one mailbox'}: name it, ${how}`,
    field: 'mailbox',
  });
}

/** The ids of what is asked about: the named mailbox, else all that the key has; null is all of the org. @throws Problem. */
export async function mailboxesAsked(
  deps: ServiceDeps,
  caller: Caller,
  name: string | undefined,
): Promise<string[] | null> {
  return name === undefined ? caller.mailboxes : [(await visibleMailbox(deps, caller, name)).id];
}

/** A message of the caller's org, mode and mailboxes, or null. */
export async function visibleMessage(
  deps: ServiceDeps,
  caller: Caller,
  id: string,
): Promise<MessageDetail | null> {
  const message = await deps.store.message(caller.org, id);
  return message && message.mode === caller.mode && maySee(caller, message.mailbox) ? message : null;
}

export const messageNotFound = (): Problem =>
  new Problem('not_found', { detail: 'there is no such message, or the key may not see it', field: 'id' });
