/** @module Recipients under the names by which rows find them. */
import { addressKey, domainOf } from '../../core/email/address.js';
import type { Recipient } from '../../core/email/revision.js';
import type { Wanted } from './part.js';

export interface Named {
  index: number;
  key: string;
  domain: string;
}

export const namesOf = (recipients: readonly Recipient[]): Named[] =>
  recipients.map(({ index, address }) => ({
    index,
    key: addressKey(address),
    domain: domainOf(address.toLowerCase()),
  }));

/** Every key of each recipient: its own, and those under which an erased person is still known. */
export const keysOfEach = ({
  org,
  recipients,
  blind,
}: Pick<Wanted, 'org' | 'recipients' | 'blind'>): { index: number; key: string; isErased: boolean }[] =>
  namesOf(recipients).flatMap(({ index, key }) => [
    { index, key, isErased: false },
    ...blind(org, key).map((erased) => ({ index, key: erased, isErased: true })),
  ]);

export const keysOf = (recipients: readonly Recipient[]): string[] => [
  ...new Set(namesOf(recipients).map((one) => one.key)),
];

/** The indexes of those whose key is among these. */
export const indexesOf = (recipients: readonly Recipient[], keys: readonly string[]): number[] =>
  namesOf(recipients)
    .filter((one) => keys.includes(one.key))
    .map((one) => one.index);
