/**
 * @module Domains that take no mail: they do not exist, name no host, or refuse all mail (RFC 5321 §5.1, RFC 7505).
 * What DNS could not tell in time is unknown and never a denial: the provider finds out. DNS is asked once, before
 * the email is admitted or after an edit; a later look has nothing to go by and says nothing.
 */
import { domainOf } from '../../email/address.js';
import type { MailHost } from '../../email/deliverability.js';
import type { Policy } from '../schema.js';
import { indexesWhere } from './recipients.js';
import { failed, passed, skipped, type Rule } from '../rule.js';
import { matchesAny } from './recipient-pattern.js';

const REFUSING: readonly (MailHost | undefined)[] = ['null_mx', 'no_host', 'no_domain'];

export const recipientDomain: Rule = {
  code: 'recipient_domain',
  summary: 'Recipients are in domains that take mail, as DNS says.',
  // Told and not enforced unasked: a server whose DNS is wrong would deny everybody.
  mode: 'warn',
  settings: [],
  remedy: 'Check how the address is written: its domain takes no mail. Another try will say the same.',
  judge({ everyone, facts: { hosts } }) {
    if (Object.keys(hosts).length === 0) return skipped();
    const hostOf = (address: string): MailHost | undefined => hosts[domainOf(address.toLowerCase())];
    const refused = indexesWhere(everyone, ({ address }) => REFUSING.includes(hostOf(address)));
    if (refused.length > 0) return failed('deny', { recipients: refused });
    const unknown = indexesWhere(everyone, ({ address }) => hostOf(address) === 'no_answer');
    return unknown.length > 0 ? passed({ unknown: true, recipients: unknown }) : passed();
  },
};

/**
 * Whether DNS is asked about this recipient at all. Not about those whom the lists keep out: a question about a domain
 * goes to whoever owns it, and so would what an agent had been talked into writing there.
 */
export const mayBeAsked = ({ modes, allow, deny }: Policy, address: string): boolean =>
  (modes.recipient_domain ?? recipientDomain.mode) !== 'off' &&
  (allow === undefined || matchesAny(allow, address)) &&
  !matchesAny(deny, address);
