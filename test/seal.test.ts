/** @module Sealing: what is sealed opens for its purpose with a key of the ring, and for nobody else. */
import fc from 'fast-check';
import { base64url, CompactEncrypt } from 'jose';
import { expect, test } from 'vitest';
import { keyRing, seal, SealError, unseal, type Purpose } from '../src/seal.js';
import { verifies } from './support/requirements.js';

const key = (kid: string, byte: number) => `${kid}:${Buffer.alloc(32, byte).toString('base64url')}`;
const ring = keyRing([key('k1', 1)]);
const PURPOSES: Purpose[] = ['request', 'decision', 'revision', 'reschedule', 'resolution', 'approval-token'];

test('whatever JSON is sealed comes out as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.constantFrom(...PURPOSES), async (value, purpose) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      expect(await unseal(ring, purpose, await seal(ring, purpose, value))).toEqual(plain);
    }),
    { numRuns: 50 },
  );
});

verifies(
  'secrets:nowhere/sealed',
  'nothing that was sealed can be read, only which key and what for',
  async () => {
    const value = { to: 'ada@client.example', text: 'a very secret word' };
    const sealed = await seal(ring, 'request', value);
    const decoded = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    for (const readable of ['ada', 'client.example', 'secret', 'text'])
      for (const part of [sealed, ...decoded]) expect(part).not.toContain(readable);
    expect(JSON.parse(decoded[0]!)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: 'k1', typ: 'request' });
    expect(await seal(ring, 'request', value)).not.toBe(sealed);
  },
);

verifies('approval:fail-closed/sealed', 'a seal with any character changed is refused', async () => {
  const sealed = await seal(ring, 'decision', { id: 'msg_a', action: 'approve' });
  // The last character of each part may hold bits that no byte uses.
  const ends = new Set(
    sealed.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.').length - 1),
  );
  for (let at = 0; at < sealed.length; at++) {
    if (ends.has(at)) continue;
    const other = sealed[at] === 'A' ? 'B' : 'A';
    const damaged = sealed.slice(0, at) + other + sealed.slice(at + 1);
    await expect(unseal(ring, 'decision', damaged), damaged).rejects.toThrow(SealError);
  }
  for (const text of [
    '',
    'x',
    '....',
    sealed.slice(0, -4),
    `${sealed}AAAA`,
    sealed.split('.').slice(0, 4).join('.'),
  ])
    await expect(unseal(ring, 'decision', text)).rejects.toThrow(SealError);
});

verifies('approval:fail-closed/sealed', 'a seal made for one purpose opens for no other', async () => {
  for (const made of PURPOSES)
    for (const asked of PURPOSES) {
      const opened = unseal(ring, asked, await seal(ring, made, 1));
      if (made === asked) expect(await opened).toBe(1);
      else await expect(opened).rejects.toThrow(`the seal was not made for a ${asked}`);
    }
});

verifies(
  'approval:fail-closed/sealed',
  'a seal of a stranger is refused, even under the name of our key',
  async () => {
    const stranger = keyRing([key('k1', 9)]);
    await expect(unseal(ring, 'decision', await seal(stranger, 'decision', 1))).rejects.toThrow(
      'the seal is damaged',
    );
    const named = keyRing([key('k9', 9)]);
    await expect(unseal(ring, 'decision', await seal(named, 'decision', 1))).rejects.toThrow(
      'not on the ring',
    );
  },
);

verifies('approval:fail-closed/sealed', 'a token of another make under our key is refused', async () => {
  const text = new TextEncoder().encode('1');
  const short = new Uint8Array(16).fill(1);
  const other = await new CompactEncrypt(text)
    .setProtectedHeader({ alg: 'dir', enc: 'A128GCM', kid: 'k1', typ: 'decision' })
    .encrypt(short);
  await expect(unseal(keyRing([key('k1', 1)]), 'decision', other)).rejects.toThrow(SealError);
  const wrapped = await new CompactEncrypt(text)
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: 'k1', typ: 'decision' })
    .encrypt(ring[0]!.key);
  await expect(unseal(ring, 'decision', wrapped)).rejects.toThrow(SealError);
  const header = base64url.encode(JSON.stringify({ alg: 'none', kid: 'k1', typ: 'decision' }));
  await expect(unseal(ring, 'decision', `${header}...${base64url.encode('1')}.`)).rejects.toThrow(SealError);
});

test('keys are rotated: the first seals, every one on the ring opens, one that left opens no more', async () => {
  const old = keyRing([key('k1', 1)]);
  const both = keyRing([key('k2', 2), key('k1', 1)]);
  const next = keyRing([key('k2', 2)]);
  const before = await seal(old, 'request', 'before');
  const during = await seal(both, 'request', 'during');
  expect(await unseal(both, 'request', before)).toBe('before');
  expect(await unseal(next, 'request', during)).toBe('during');
  await expect(unseal(old, 'request', during)).rejects.toThrow('not on the ring');
  await expect(unseal(next, 'request', before)).rejects.toThrow('not on the ring');
});

test.each([
  [[], 'no seal key is set (MAILWARDEN_SEAL_KEYS)'],
  [['k1'], 'seal key k1 is not 32 bytes'],
  [['k1:c2hvcnQ'], 'seal key k1 is not 32 bytes'],
  [['k1:***'], 'seal key k1 is not 32 bytes'],
  [[key('k1', 1), key('k1', 2)], 'two seal keys have one name'],
])('a ring of %j is refused', (keys, message) => {
  expect(() => keyRing(keys)).toThrow(new RegExp(message.replace(/[()]/gu, '.'), 'u'));
  expect(() => keyRing(keys)).toThrow(SealError);
});

test('an empty ring seals nothing', async () => {
  await expect(seal([], 'request', 1)).rejects.toThrow(SealError);
});

verifies('secrets:nowhere/sealed', 'no error repeats the seal, its content or its key', async () => {
  const sealed = await seal(ring, 'request', 'secret');
  const errors = [
    await unseal(ring, 'decision', sealed).catch(String),
    await unseal(keyRing([key('k1', 9)]), 'request', sealed).catch(String),
    await unseal(ring, 'request', sealed.replace('.', '..')).catch(String),
  ];
  for (const error of errors) {
    expect(error).toMatch(/^SealError: /u);
    for (const part of ['secret', sealed.slice(0, 20), sealed.slice(-20)]) expect(error).not.toContain(part);
  }
  expect(() => keyRing(['k1:secret-key'])).not.toThrow(/secret-key/u);
});
