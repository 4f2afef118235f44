/**
 * @module What DNS says of the domains that an email goes to, gathered before the store judges it: no transaction waits
 * for it.
 */
import { domainOf } from '../src/core/email/address.js';
import type { Hosts } from '../src/core/email/deliverability.js';
import type { Mode } from '../src/core/email/id.js';
import { recipientsOf, type Revision } from '../src/core/email/revision.js';
import { mayBeAsked } from '../src/core/policy/rules/recipient-domain.js';
import type { Dependencies } from './dependencies.js';

interface From {
  org: string;
  mode: Mode;
  /** Id or address. */
  mailbox: string;
}

/** Undefined where nobody asks. All domains are asked at once, so that together they take as long as the slowest. */
export async function hostsOf(
  { store, mailDomains }: Pick<Dependencies, 'store' | 'mailDomains'>,
  { org, mode, mailbox }: From,
  content: Pick<Revision, 'to' | 'cc' | 'bcc'>,
): Promise<Hosts | undefined> {
  // What a test key sends ends at the sandbox.
  if (mailDomains === undefined || mode === 'test') return undefined;
  const recipients = recipientsOf(content).map(({ address }) => ({
    ...{ address, domain: domainOf(address.toLowerCase()) },
  }));
  const isKnown = ({ domain }: { domain: string }): boolean => mailDomains.known(domain) !== undefined;
  // Only where a domain is new here is the policy read once more.
  const policy = recipients.every(isKnown) ? undefined : (await store.mailbox(org, mailbox))?.policy;
  const asked = recipients.filter((one) => isKnown(one) || (policy && mayBeAsked(policy, one.address)));
  const domains = [...new Set(asked.map((one) => one.domain))];
  return Object.fromEntries(
    await Promise.all(domains.map(async (domain) => [domain, await mailDomains.ask(domain)] as const)),
  );
}
