/**
 * @module The text of an API key: how it is made, recognised and hashed. The checksum lets a door, and
 * anyone's secret scanner, tell a typing error from a wrong key without asking the store.
 */
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Mode } from '../core/email/id.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^32 is about 190 bits. */
const RANDOM_LENGTH = 32;
/** CRC-32 needs six digits in base 62. */
const CHECKSUM_LENGTH = 6;

const SHAPE = new RegExp(
  `^(mw_(?:live|test)_[0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
  'u',
);

/** A new key: `mw_live_` or `mw_test_`, 32 random base62 characters, 6 of checksum. */
export function makeKey(mode: Mode): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => BASE62[randomInt(BASE62.length)]).join('');
  const rest = `mw_${mode}_${random}`;
  return rest + checksumOf(rest);
}

/** Whether the text can be a key of ours: prefix, alphabet, length and checksum. */
export function isWellFormedKey(text: string): boolean {
  const [, rest, checksum] = SHAPE.exec(text) ?? [];
  return rest !== undefined && checksumOf(rest) === checksum;
}

/**
 * What the store keeps of a key: SHA-256, lower-case hex. A plain hash is enough because the key itself
 * is random; there is nothing to guess.
 */
export function hashKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

function checksumOf(rest: string): string {
  let number = crc32(rest);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    text = BASE62.charAt(number % BASE62.length) + text;
    number = Math.floor(number / BASE62.length);
  }
  return text;
}
