/** @module What an agent is told to do about a recipient. */
import { expect, test } from 'vitest';
import { adviceOn, adviceOnEvent, type Advised } from '../../src/core/delivery/advice.js';
import { isMachine } from '../../src/core/delivery/machine.js';

const NEVER = /^Do not retry this address/u;
const TOLD = /tell a person/u;

test.each<[Advised, RegExp | undefined]>([
  [{ status: 'bounced', bounce: 'hard' }, NEVER],
  [{ status: 'bounced' }, NEVER],
  [{ status: 'bounced', bounce: 'soft' }, /^Do not retry this address now/u],
  [{ status: 'bounced', bounce: 'block' }, /content or the sender was refused.*tell a person/u],
  [{ status: 'complained' }, NEVER],
  [{ status: 'suppressed' }, NEVER],
  [{ status: 'soft_bounced' }, /^Wait; it is tried again/u],
  [{ status: 'deferred' }, /^Wait; it is tried again/u],
  [{ status: 'unknown' }, /not known .* do not send it again/u],
  [{ status: 'failed', reason: 'recipient' }, NEVER],
  [{ status: 'failed', reason: 'content' }, TOLD],
  [{ status: 'failed', reason: 'config' }, TOLD],
  [{ status: 'failed', reason: 'constructor' }, undefined],
  [{ status: 'failed', reason: 'expired' }, undefined],
  [{ status: 'ready' }, undefined],
  [{ status: 'claimed' }, undefined],
  [{ status: 'sent' }, undefined],
  [{ status: 'delivered' }, undefined],
])('of %j an agent is told %s', (one, words) => {
  if (words === undefined) expect(adviceOn(one)).toBeUndefined();
  else expect(adviceOn(one)).toMatch(words);
});

test.each([
  ['message.bounced', 'hard_bounce', NEVER],
  ['message.bounced', 'block', TOLD],
  ['message.complained', null, NEVER],
  ['message.deferred', 'soft_bounce', /^Wait/u],
  ['message.unknown', null, /do not send it again/u],
  ['suppression.created', 'hard_bounce', NEVER],
  ['suppression.created', 'unsubscribe', undefined],
  ['message.delivered', null, undefined],
  ['constructor', null, undefined],
] as const)('the event %s, %s, says the same', (type, reason, words) => {
  if (words === undefined) expect(adviceOnEvent({ type, reason })).toBeUndefined();
  else expect(adviceOnEvent({ type, reason })).toMatch(words);
});

const AT = new Date('2026-01-31T09:00:00.000Z');
const later = (ms: number): Date => new Date(AT.getTime() + ms);

test.each([
  ['clicked', 500, true],
  ['clicked', 1_001, false],
  ['opened', 1_000, true],
  ['opened', 5_000, false],
  ['unsubscribed', 0, false],
] as const)('%s %d ms after the delivery is a machine’s: %s', (type, ms, expected) => {
  expect(isMachine({ type, at: later(ms), deliveredAt: AT })).toBe(expected);
  expect(isMachine({ type, at: later(ms), deliveredAt: null })).toBe(false);
});
