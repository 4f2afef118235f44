/**
 * @module The id of a message, which is its workflow's id: derived from who sends and the caller's key,
 * so that the same key names the same email for ever. Pure: hashing is injected.
 */
import type { Hash } from './canonical.js';
import { canonical } from './canonical.js';

/** `live` leaves the house; `test` ends at the sandbox provider. */
export type Mode = 'live' | 'test';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** `msg_` + lower-case base32 (RFC 4648 §6, unpadded) of SHA-256 over (org, mailbox, mode, key). */
export function messageIdFor(org: string, mailbox: string, mode: Mode, key: string, hash: Hash): string {
  return `msg_${base32(hash(canonical([org, mailbox, mode, key])))}`;
}

function base32(hex: string): string {
  const bits = Array.from(hex, (digit) => parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return (bits.match(/.{1,5}/gu) ?? []).map((five) => ALPHABET[parseInt(five.padEnd(5, '0'), 2)]).join('');
}
