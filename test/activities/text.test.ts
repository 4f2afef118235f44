/** @module The text part made from HTML: always one, always quickly. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedText } from '../../activities/text.js';
import { isStorable } from '../../src/core/email/text.js';

test('a text that the caller gave is kept, and nothing is made of nothing', () => {
  expect(derivedText({ text: 'mine', html: '<p>other</p>' })).toBeUndefined();
  expect(derivedText({ text: undefined, html: undefined })).toBeUndefined();
});

test('HTML becomes the text that a reader would see', () => {
  expect(derivedText({ text: undefined, html: '<p>Dear <b>Ann</b>,</p><p>3 &lt; 4</p>' })).toBe(
    'Dear Ann,\n\n3 < 4',
  );
});

for (const html of [
  '<ol type="I" start="10000"><li>a</li></ol>',
  '<constructor>a</constructor>',
  '<ol type="a" start="abc"><li>a</li></ol>',
])
  test(`${html} is no stumbling block`, () => {
    const text = derivedText({ text: undefined, html }) ?? '';
    expect(text).toContain('a');
    expect(isStorable(text)).toBe(true);
  });

for (const [name, html] of Object.entries({
  'deep nesting': '<div>'.repeat(150_000),
  'crossed tags': '<b><i>'.repeat(100_000),
  'open brackets': '<'.repeat(900_000),
  'tags without end': '<br '.repeat(200_000),
  'open paragraphs': '<p>'.repeat(30_000),
  'open cells': '<table><tr><td>'.repeat(6_000),
  'white space': ' \n'.repeat(400_000),
}))
  test(`${name} takes no longer than other mail of its size`, { timeout: 10_000 }, () => {
    const text = 'x '.repeat(html.length / 2);
    const time = (input: string): number => {
      const since = performance.now();
      derivedText({ text: undefined, html: input });
      return performance.now() - since;
    };
    time(text);
    expect(time(html)).toBeLessThan(Math.max(time(text) * 50, 1_500));
  });

test('whatever is given, there is a text that can be kept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (html) => {
      expect(isStorable(derivedText({ text: undefined, html }) ?? '')).toBe(true);
    }),
  );
});
