import { expect, test } from 'vitest';
import { to } from '../../support/arbitraries.js';
import type { Autonomy } from '../../../src/core/policy/schema.js';
import { judge, mailbox } from './judge.js';

/** Index 0 and 1 are at the client, 2 in our own domain. */
const revision = to('ada@client.example', 'bob@client.example', 'eve@sender.example');
const at = (autonomy: Autonomy, contacted: number[] = []) =>
  judge('autonomy_level', { revision, facts: { ...mailbox({ autonomy }), contacted } });

test('read_only denies', () => {
  expect(at('read_only')).toEqual({
    status: 'failed',
    effect: 'deny',
    evidence: { level: 'read_only', recipients: [0, 1, 2] },
  });
});

test('review_all holds every email, to old acquaintances too', () => {
  expect(at('review_all', [0, 1, 2])).toEqual({
    status: 'failed',
    effect: 'review',
    evidence: { level: 'review_all', recipients: [0, 1, 2] },
  });
});

test('first_contact holds an email to anyone who was never reached, and names them', () => {
  expect(at('first_contact', [0, 2])).toEqual({
    status: 'failed',
    effect: 'review',
    evidence: { level: 'first_contact', recipients: [1] },
  });
  expect(at('first_contact', [0, 1, 2])).toEqual({ status: 'passed' });
});

test('monitored sends and warns, auto sends', () => {
  expect(at('monitored')).toEqual({
    status: 'warned',
    evidence: { level: 'monitored', recipients: [0, 1, 2] },
  });
  expect(at('auto')).toEqual({ status: 'passed', evidence: { level: 'auto' } });
});

test('each side has its level, and the strictest that has something to say counts', () => {
  expect(at({ external: 'review_all', internal: 'auto' }).evidence).toEqual({
    level: 'review_all',
    recipients: [0, 1],
  });
  expect(at({ external: 'auto', internal: 'read_only' })).toMatchObject({
    effect: 'deny',
    evidence: { level: 'read_only', recipients: [2] },
  });
  expect(at({ external: 'first_contact', internal: 'monitored' }, [0, 1])).toEqual({
    status: 'warned',
    evidence: { level: 'monitored', recipients: [2] },
  });
});

test('internal is the own domain exactly, in any case', () => {
  const level = (address: string) =>
    judge('autonomy_level', {
      revision: to(address),
      facts: mailbox({
        address: 'Agent@SENDER.example',
        autonomy: { external: 'review_all', internal: 'auto' },
      }),
    }).status;
  expect(level('eve@sender.example')).toBe('passed');
  for (const other of ['eve@mail.sender.example', 'eve@sender.example.evil.example', 'eve@notsender.example'])
    expect(level(other), other).toBe('failed');
});
