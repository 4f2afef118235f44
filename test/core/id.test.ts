/** @module The id of a message: derived, frozen, and telling nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageIdFor, type Mode } from '../../src/core/email/id.js';
import { sha256 } from '../support/arbitraries.js';
import { verifies } from '../support/requirements.js';

/** Frozen: an id that changes between versions sends again what was sent. */
const FROZEN: [org: string, mailbox: string, mode: Mode, key: string, id: string][] = [
  ['default', 'mbx_1', 'live', 'order-7', 'msg_b7hrh5q4smeb4pbvikaza7ovp3dotii3ytk62y3zmmluvfobaqxq'],
  ['default', 'mbx_1', 'test', 'order-7', 'msg_b2rkewfu3y6ultnquw767b4eii23vue2i5ykv225cyqrh5h55d7a'],
  ['default', 'mbx_1', 'live', 'Żółć 😀', 'msg_5thgemrhitabs2sjpai2qyjm37unbalr5lu23jqmgmiygjpqsw6q'],
];

verifies('send:once/same-id', 'the ids of these keys never change', () => {
  for (const [org, mailbox, mode, key, id] of FROZEN)
    expect(messageIdFor(org, mailbox, mode, key, sha256)).toBe(id);
});

verifies(
  'send:once/same-id',
  'two keys have one id only where org, mailbox, mode and key are the same',
  () => {
    const parts = fc.tuple(fc.string(), fc.string(), fc.constantFrom<Mode>('live', 'test'), fc.string());
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(messageIdFor(...one, sha256) === messageIdFor(...other, sha256)).toBe(
          JSON.stringify(one) === JSON.stringify(other),
        );
      }),
    );
    // Parts that would be equal if they were merely joined.
    expect(messageIdFor('a', 'bc', 'live', 'd', sha256)).not.toBe(
      messageIdFor('ab', 'c', 'live', 'd', sha256),
    );
  },
);

verifies('secrets:nowhere/ids', 'an id is lower-case base32 of a hash, whatever the key holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (key) => {
      expect(messageIdFor('default', 'mbx_1', 'live', key, sha256)).toMatch(/^msg_[a-z2-7]{52}$/u);
    }),
  );
});

test('base32 is that of RFC 4648, unpadded', () => {
  // "foobar" is MZXW6YTBOI====== in RFC 4648 §10.
  expect(messageIdFor('', '', 'live', '', () => Buffer.from('foobar').toString('hex'))).toBe(
    'msg_mzxw6ytboi',
  );
  expect(messageIdFor('', '', 'live', '', () => Buffer.from('fooba').toString('hex'))).toBe('msg_mzxw6ytb');
});
