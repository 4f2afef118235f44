/** @module The verb that says whether an address can be written to, before anybody does. */
import { domainOf, parseAddress } from '../core/email/address.js';
import { judgeAddress, NOT_AN_ADDRESS } from '../core/email/deliverability.js';
import type { Caller } from '../store/store.js';
import { visibleMailbox } from './access.js';
import type { ServiceDeps, Verb } from './deps.js';

export const checkAddress: Verb<'addresses.check'> = async (deps, caller, { address: written, mailbox }) => {
  const { org, mode } = caller;
  const asked = await mailboxOf(deps, caller, mailbox);
  const address = parseAddress(written)?.address;
  if (address === undefined) return { address: written.trim(), suppressed: false, ...NOT_AN_ADDRESS };
  const [known, host] = await Promise.all([
    deps.store.knownOfAddress({ org, mode, mailbox: asked, mailboxes: caller.mailboxes, address }),
    mode === 'test' ? null : deps.mailDomains(domainOf(address)),
  ]);
  return {
    address,
    suppressed: known.suppressions.length > 0,
    ...judgeAddress({ address, host, ...known }),
  };
};

/** The one that is asked about, or the only one that the key has; null where it could be any. */
async function mailboxOf(
  deps: ServiceDeps,
  caller: Caller,
  name: string | undefined,
): Promise<string | null> {
  if (name !== undefined) return (await visibleMailbox(deps, caller, name)).id;
  const [only, ...others] = caller.mailboxes ?? [];
  return others.length === 0 ? (only ?? null) : null;
}
