/** @module What rules on recipients have in common: whom they find, over To, Cc and Bcc, and how they say so. */
import { domainOf } from '../../email/address.js';
import type { Recipient } from '../../email/revision.js';
import type { Facts } from '../facts.js';
import { failed, passed, type Finding } from '../rule.js';
import type { Effect } from '../verdict.js';

/** Indexes of those of whom this holds. */
export const indexesWhere = (everyone: readonly Recipient[], holds: (one: Recipient) => boolean): number[] =>
  everyone.filter(holds).map((one) => one.index);

/** Passed where nobody was found; else failed, naming them by index, because evidence holds no address. */
export const unlessNone = (recipients: number[], effect: Effect): Finding =>
  recipients.length === 0 ? passed() : failed(effect, { recipients });

/** Whether the recipient is in another domain than the mailbox; a subdomain is another one. */
export const isExternal = ({ address }: Pick<Recipient, 'address'>, { mailbox }: Facts): boolean =>
  domainOf(address.toLowerCase()) !== domainOf(mailbox.address.toLowerCase());

/** Those of them whom no email of this org has reached before. */
export const strangersAmong = (recipients: readonly number[], { contacted }: Facts): number[] =>
  recipients.filter((index) => !contacted.includes(index));

/** A number that may be as high as the limit; over it, the email is denied. */
export function within(limit: number, current: number): Finding {
  const evidence = { current, limit };
  return current <= limit ? passed(evidence) : failed('deny', evidence);
}
