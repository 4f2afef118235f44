/** @module What stays of an email whose content was erased: that it was, and to how many. Pure. */
import type { Address } from './address.js';
import type { Revision } from './revision.js';

export const ERASED = '(erased)';

/**
 * The revision without anything that was written in it, and with other names in the place of these addresses; its
 * recipients keep their indexes. Its digest stays that of what it was.
 */
export function tombstoneOf(revision: Revision, nameOf: (address: string) => string | null): Revision {
  const { from, to, cc, bcc, messageId, category } = revision;
  const named = (list: readonly Address[]): Address[] =>
    list.map(({ address }) => ({ address: nameOf(address) ?? address }));
  return {
    ...{ from, to: named(to), cc: named(cc), bcc: named(bcc), subject: ERASED, text: ERASED },
    ...{ headers: {}, attachments: [], messageId, category },
  };
}
