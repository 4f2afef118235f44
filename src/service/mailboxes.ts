/**
 * @module The verbs on mailboxes. A key sees those that it is bound to.
 */
import { Problem } from '../errors.js';
import type { MailboxRow } from '../store/store.js';
import { maySee, visibleMailbox } from './access.js';
import type { Verb } from './deps.js';

export const createMailbox: Verb<'mailboxes.create'> = async ({ store }, { org, principal }, asked) => {
  const made = await store.createMailbox({ org, ...asked }, principal);
  if (made !== 'exists') return shown(made);
  throw new Problem('conflict', { detail: 'there is a mailbox with this address already', field: 'address' });
};

export const listMailboxes: Verb<'mailboxes.list'> = async ({ store }, caller) => {
  const all = await store.mailboxes(caller.org);
  return { items: all.filter((one) => maySee(caller, one.id)).map(shown) };
};

export const getMailbox: Verb<'mailboxes.get'> = async (deps, caller, { mailbox }) =>
  shown(await visibleMailbox(deps, caller, mailbox));

export const updateMailbox: Verb<'mailboxes.update'> = async (deps, caller, { mailbox, ...asked }, raw) => {
  const { id } = await visibleMailbox(deps, caller, mailbox);
  // As written: parsing fills in defaults, which would reset what the caller left out.
  const change = 'policy' in raw ? { ...asked, policy: raw['policy'] as NonNullable<typeof asked.policy> } : asked;
  const row = await deps.store.updateMailbox(caller.org, id, change, caller.principal);
  if (row) return shown(row);
  throw new Problem('mailbox_unknown', { detail: 'there is no such mailbox', field: 'mailbox' });
};

const shown = ({ org: _org, ...row }: MailboxRow): Omit<MailboxRow, 'org'> => row;
