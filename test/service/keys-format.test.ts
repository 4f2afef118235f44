/** @module The text of keys: what we make, we recognise; what was mistyped, we don't. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashKey, isWellFormedKey, makeKey } from '../../src/service/keys-format.js';

test('a key names its mode, is well formed, and is never made twice', () => {
  const keys = Array.from({ length: 500 }, (_, i) => makeKey(i % 2 ? 'live' : 'test'));
  expect(keys[1]).toMatch(/^mw_live_[0-9A-Za-z]{38}$/u);
  expect(keys[0]).toMatch(/^mw_test_[0-9A-Za-z]{38}$/u);
  expect(keys.filter((key) => !isWellFormedKey(key))).toEqual([]);
  expect(new Set(keys).size).toBe(500);
});

test('one wrong character anywhere is noticed', () => {
  const key = makeKey('live');
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom('0', 'a', 'Z', '9', '_', 'x'), (at, other) => {
      fc.pre(key[at] !== other);
      expect(isWellFormedKey(key.slice(0, at) + other + key.slice(at + 1))).toBe(false);
    }),
  );
});

test.each([
  ['nothing', ''],
  ['a prefix alone', 'mw_live_'],
  ['a key with a space before it', ` ${makeKey('live')}`],
  ['a key with a line end', `${makeKey('live')}\n`],
  ['a key of the other mode', makeKey('test').replace('test', 'live')],
])('%s is no key', (_, text) => {
  expect(isWellFormedKey(text)).toBe(false);
});

test('the form of keys is frozen: keys that were given out stay good', () => {
  expect(isWellFormedKey('mw_test_0123456789abcdefghijABCDEFGHIJ0144rGSi')).toBe(true);
  expect(hashKey('mw')).toBe('bade9ea57931f2ef43df04da9c1afc263971bca2cc9d0eb931f88ae8293323a9');
});
