/** @module Parts of reports, read from whatever vendors write; and our id as a tag. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  instantOf,
  isMachineAgent,
  isSameSecret,
  reportIdOf,
  statusIn,
  wordOf,
} from '../../src/providers/vendor/hook-report.js';
import { idOfTag, tagFor } from '../../src/providers/vendor/tag.js';

describe('the parts of a report', () => {
  test.each([
    ['550 5.1.1 <a@x.example>: unknown', '5.1.1'],
    ['550-5.7.26 not authenticated', '5.7.26'],
    ['smtp; 452 4.2.2 mailbox full', '4.2.2'],
    ['5.0.0', '5.0.0'],
    ['400 try again later', '400'],
    ['250 OK', '250'],
    ['5.1.1.1 is an address', undefined],
    ['the server said 550 5.1.1', undefined],
    ['1200', undefined],
    ['', undefined],
    [550, undefined],
  ])('the status in %j is %j', (reply, status) => {
    expect(statusIn(reply)).toBe(status);
  });

  test.each([
    ['Mailbox Unavailable', 'mailbox_unavailable'],
    ['Permanent OnAccountSuppressionList', 'permanent_on_account_suppression_list'],
    ['a@x.example', 'a_x_example'],
    [' - ', undefined],
    ['x'.repeat(101), undefined],
    [7, undefined],
  ])('%j as a word is %j', (category, word) => {
    expect(wordOf(category)).toBe(word);
  });

  test.each([
    [1_763_800_000, '2025-11-22T08:26:40.000Z'],
    ['2026-11-22T10:00:05+01:00', '2026-11-22T09:00:05.000Z'],
    [Number.NaN, undefined],
    [1e300, undefined],
    ['yesterday', undefined],
    [null, undefined],
  ])('%j is the instant %j', (time, instant) => {
    expect(instantOf(time)).toBe(instant);
  });

  test('proxies and scanners are told from people', () => {
    const machines = [
      'Mozilla/5.0',
      'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
      'YahooMailProxy; https://help.yahoo.com',
      'python-requests/2.31',
      'Googlebot/2.1',
    ];
    const people = [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15',
      'Thunderbird/115',
      '',
      undefined,
    ];
    expect(machines.map(isMachineAgent)).toEqual(machines.map(() => true));
    expect(people.map(isMachineAgent)).toEqual(people.map(() => false));
  });

  test('an id of a report shows nothing of what it is made of, and two kinds of parts make two ids', () => {
    expect(reportIdOf('a@x.example')).toMatch(/^[\w-]{43}$/u);
    expect(reportIdOf('a', 'b')).not.toBe(reportIdOf('ab'));
    expect(reportIdOf(1, undefined)).toBe(reportIdOf(1, undefined));
  });

  test('secrets are the same only where every letter is', () => {
    expect([isSameSecret('abc', 'abc'), isSameSecret('abc', 'abcd'), isSameSecret('', 'a')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('our id as a tag', () => {
  test('an id of ours is its own tag', () => {
    expect(tagFor('msg_abc234')).toBe('msg_abc234');
  });

  test('any other comes back as it was, in letters that every vendor takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (id) => {
        const tag = tagFor(id, 1_000) ?? '';
        expect(tag).toMatch(/^[A-Za-z0-9_-]+$/u);
        expect(idOfTag(tag)).toBe(id);
      }),
    );
    expect(idOfTag(tagFor('b64-x') ?? '')).toBe('b64-x');
  });

  test('one that is too long has none', () => {
    expect(tagFor('x'.repeat(257))).toBeUndefined();
    expect(tagFor('\u00e4'.repeat(100))).toBeUndefined();
  });
});
