/** @module What a caller may ask for: every bound, every hint, and no input that gets further than it may. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical } from '../../src/core/email/canonical.js';
import { fieldProblems } from '../../src/core/email/problem.js';
import { contentOf, FIELD_HINTS, LIMITS, requestSchema } from '../../src/core/email/request.js';
import { anyText } from '../support/arbitraries.js';
import { verifies } from '../support/requirements.js';

const BASE = { to: 'ada@client.example', subject: 'Hello', text: 'Hello Ada' };
const FUTURE = '2027-01-01T00:00:00Z';

/** What is wrong, as `field: message` lines; empty where nothing is. */
function problems(input: unknown): string[] {
  const parsed = requestSchema.safeParse(input);
  return parsed.success ? [] : fieldProblems(parsed.error).map((one) => `${one.field}: ${one.message}`);
}
const withField = (field: string, value: unknown): object => ({ ...BASE, [field]: value });
const many = (count: number) => Array.from({ length: count }, (_, index) => `a${index}@client.example`);
const attachment = (change: object = {}) => ({
  filename: 'a.txt',
  contentType: 'text/plain',
  content: 'aGk=',
  ...change,
});
const bytes = (count: number) => 'A'.repeat(Math.ceil(count / 3) * 4);
const entries = (count: number, name: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [name(index), 'x']));

describe('a request that is right', () => {
  test('gets its defaults, and its addresses as lists', () => {
    expect(
      requestSchema.parse({ ...BASE, cc: ['Bob <bob@BÜCHER.example>'], sendAt: '2027-01-01T01:00:00+01:00' }),
    ).toEqual({
      to: [{ address: 'ada@client.example' }],
      cc: [{ address: 'bob@xn--bcher-kva.example', name: 'Bob' }],
      bcc: [],
      subject: 'Hello',
      text: 'Hello Ada',
      headers: {},
      attachments: [],
      category: 'transactional',
      tags: [],
      metadata: {},
      sendAt: '2027-01-01T00:00:00.000Z',
    });
  });

  test('is taken with everything that it may have', () => {
    const full = {
      ...BASE,
      to: [{ address: 'ada@client.example', name: 'Ada' }],
      bcc: 'cyd@client.example',
      replyTo: 'office@sender.example',
      html: '<p>Hello</p>',
      headers: { 'X-Ticket': '7' },
      attachments: [attachment({ contentId: 'logo@sender' })],
      calendar: { method: 'REQUEST', ics: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR' },
      inReplyTo: '<id@client.example>',
      category: 'conversational',
      dedupeKey: 'order-7',
      sendAt: '2027-01-01T00:00:00Z',
      expiresAt: '2027-01-02T00:00:00Z',
      reason: 'The customer asked.\nTwice.',
      context: { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      tags: ['invoice'],
      metadata: { order: '7' },
    };
    expect(problems(full)).toEqual([]);
    expect(Object.keys(contentOf(requestSchema.parse(full))).sort()).toEqual(
      [
        'to',
        'cc',
        'bcc',
        'replyTo',
        'subject',
        'text',
        'html',
        'headers',
        'attachments',
        'calendar',
        'inReplyTo',
      ].sort(),
    );
  });

  test.each([
    ['to', many(LIMITS.recipients)],
    ['subject', 'x'.repeat(LIMITS.subject)],
    ['text', 'x'.repeat(LIMITS.body)],
    ['html', 'x'.repeat(LIMITS.body)],
    ['headers', entries(LIMITS.headers, (index) => `X-H${index}`)],
    ['headers', { 'X-A': 'x'.repeat(LIMITS.headerValue) }],
    ['attachments', Array.from({ length: LIMITS.attachments }, () => attachment())],
    ['attachments', [attachment({ content: bytes(LIMITS.attachmentsBytes - 3) })]],
    ['tags', Array.from({ length: LIMITS.tags }, (_, index) => `t${index}`)],
    ['metadata', entries(LIMITS.metadata, (index) => `m${index}`)],
    ['context', { prompt: 'x'.repeat(LIMITS.contextBytes - 13) }],
    ['dedupeKey', 'x'.repeat(LIMITS.dedupeKey)],
    ['reason', 'x'.repeat(LIMITS.reason)],
  ])('%s is taken up to its bound', (field, value) => {
    expect(problems(withField(field, value))).toEqual([]);
  });
});

describe('a request that is wrong', () => {
  const WRONG: [what: string, input: unknown, problem: RegExp][] = [
    ['no object', 'send it', /^: .*expected object/u],
    ['a list', [], /^: .*expected object/u],
    ['null', null, /^: .*expected object/u],
    ['nobody to write to', { subject: 's', text: 't' }, /^to: needs at least one recipient/u],
    ['nothing to say', { to: 'ada@client.example', subject: 's' }, /^text: needs text, html or both/u],
    ['no subject', { to: 'ada@client.example', text: 't' }, /^subject: .*expected string/u],
    ['an address that is none', withField('to', 'ada'), /^to: is not a mail address; write it as/u],
    [
      'one bad address of two',
      withField('to', ['ada@client.example', 'bob']),
      /^to\[1\]: is not a mail address/u,
    ],
    [
      'an address object without address',
      withField('to', [{ name: 'Ada' }]),
      /^to\[0\]\.address: .*expected string/u,
    ],
    ['a number as address', withField('to', 5), /^to: .*expected string, received number/u],
    ['an address literal', withField('to', 'ada@[127.0.0.1]'), /^to: is not a mail address/u],
    ['a bad reply address', withField('replyTo', 'nobody'), /^replyTo: is not a mail address/u],
    ['too many in one list', withField('to', many(51)), /^to: .*<=50 items/u],
    ['too many over all lists', { ...BASE, to: many(30), cc: many(21) }, /^to: at most 50 recipients/u],
    ['a subject that is too long', withField('subject', 'x'.repeat(999)), /^subject: .*<=998 characters/u],
    [
      'a text that is too long',
      withField('text', 'x'.repeat(LIMITS.body + 1)),
      /^text: .*<=1000000 characters/u,
    ],
    ['NUL in the text', withField('text', 'a\u0000b'), /^text: must not contain NUL/u],
    [
      'half a surrogate pair in the HTML',
      withField('html', '\ud83d'),
      /^html: must not contain .*surrogate/u,
    ],
    ['NUL in the reason', withField('reason', '\u0000'), /^reason: must not contain NUL/u],
    [
      'a header that is not X-',
      withField('headers', { Subject: 'x' }),
      /^headers\.Subject: only X-… headers/u,
    ],
    [
      'a header of a provider',
      withField('headers', { 'x-ses-source-arn': 'x' }),
      /^headers\.x-ses-.*: only X-/u,
    ],
    [
      'a header of ours',
      withField('headers', { 'X-Mailwarden-Id': 'x' }),
      /^headers\.X-Mailwarden-Id: only X-/u,
    ],
    ['a line break in a header name', withField('headers', { 'X-A\r\nBcc': 'x' }), /: only X-… headers/u],
    [
      'too many headers',
      withField(
        'headers',
        entries(21, (index) => `X-H${index}`),
      ),
      /^headers: at most 20/u,
    ],
    [
      'a header value that is too long',
      withField('headers', { 'X-A': 'x'.repeat(901) }),
      /^headers\.X-A: .*<=900/u,
    ],
    [
      'content that is not base64',
      withField('attachments', [attachment({ content: 'a*' })]),
      /^attachments\[0\]\.content: must be base64/u,
    ],
    [
      'a media type that is none',
      withField('attachments', [attachment({ contentType: 'pdf' })]),
      /\.contentType: must be a media type/u,
    ],
    [
      'a media type with a line break',
      withField('attachments', [attachment({ contentType: 'a/b\r\nX: y' })]),
      /\.contentType: must be/u,
    ],
    [
      'a path that is too long',
      withField('attachments', [attachment({ filename: 'x'.repeat(256) })]),
      /\.filename: .*<=255/u,
    ],
    [
      'too many attachments',
      withField(
        'attachments',
        Array.from({ length: 11 }, () => attachment()),
      ),
      /^attachments: .*<=10 items/u,
    ],
    [
      'attachments that are too large',
      withField('attachments', [attachment({ content: bytes(LIMITS.attachmentsBytes + 3) })]),
      /^attachments: .*at most 5000000 bytes/u,
    ],
    [
      'a URL instead of content',
      withField('attachments', [{ filename: 'a', contentType: 'a/b', path: '/etc/passwd' }]),
      /^attachments\[0\]\.path: unknown field/u,
    ],
    [
      'an attachment without bytes',
      withField('attachments', [{ filename: 'a', contentType: 'a/b' }]),
      /^attachments\[0\]\.content: is missing/u,
    ],
    [
      'an attachment given twice',
      withField('attachments', [
        { filename: 'a', contentType: 'a/b', content: 'YQ==', sha256: 'a'.repeat(64) },
      ]),
      /^attachments\[0\]\.sha256: stands beside content/u,
    ],
    [
      'an attachment named by what is no digest',
      withField('attachments', [{ filename: 'a', contentType: 'a/b', sha256: 'A'.repeat(64) }]),
      /^attachments\[0\]\.sha256: must be the sha256/u,
    ],
    [
      'a calendar method that is none',
      withField('calendar', { method: 'ADD', ics: 'x' }),
      /^calendar\.method: /u,
    ],
    [
      'a Message-ID without brackets',
      withField('inReplyTo', 'id@client.example'),
      /^inReplyTo: must be a Message-ID/u,
    ],
    ['a category that is none', withField('category', 'spam'), /^category: .*"transactional"/u],
    ['an empty dedupe key', withField('dedupeKey', ''), /^dedupeKey: .*>=1/u],
    ['a dedupe key that is too long', withField('dedupeKey', 'x'.repeat(257)), /^dedupeKey: .*<=256/u],
    [
      'a date without zone',
      withField('sendAt', '2027-01-01T00:00:00'),
      /^sendAt: must be an ISO 8601 date-time with zone/u,
    ],
    [
      'a day that does not exist',
      withField('sendAt', '2027-02-29T00:00:00Z'),
      /^sendAt: must be an ISO 8601/u,
    ],
    [
      'a year that does not sort',
      withField('expiresAt', '9999-12-31T23:59:59-23:59'),
      /^expiresAt: must be in the years/u,
    ],
    [
      'a year that no calendar has',
      withField('sendAt', '0000-12-31T00:00:00Z'),
      /^sendAt: must be in the years/u,
    ],
    [
      'an end before the start',
      { ...BASE, sendAt: FUTURE, expiresAt: FUTURE },
      /^expiresAt: must be later than sendAt/u,
    ],
    [
      'a context that is too large',
      withField('context', { p: 'ü'.repeat(32_765) }),
      /^context: must be at most 65536 bytes/u,
    ],
    [
      'a context that is too deep',
      withField('context', { a: JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) }),
      /^context: must not be nested deeper/u,
    ],
    ['NUL in the context', withField('context', { a: ['\u0000'] }), /^context: must not contain NUL/u],
    ['a context that is a list', withField('context', ['a']), /^context: .*expected record/u],
    [
      'too many tags',
      withField(
        'tags',
        Array.from({ length: 11 }, () => 'a'),
      ),
      /^tags: .*<=10 items/u,
    ],
    ['a tag that is empty', withField('tags', ['']), /^tags\[0\]: .*>=1/u],
    [
      'a metadata value that is a number',
      withField('metadata', { a: 1 }),
      /^metadata\.a: .*expected string/u,
    ],
    [
      'too much metadata',
      withField(
        'metadata',
        entries(21, (index) => `m${index}`),
      ),
      /^metadata: at most 20/u,
    ],
  ];

  for (const [what, input, problem] of WRONG)
    verifies('input:clear-error', `${what} is named with its field`, () => {
      const found = problems(input);
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]).toMatch(problem);
    });

  test('every bad address of a list is named at once, and at most ten problems', () => {
    expect(
      problems(withField('to', ['a', 'ada@client.example', 'b'])).map((one) => one.split(':')[0]),
    ).toEqual(['to[0]', 'to[2]']);
    expect(
      problems(
        withField(
          'to',
          Array.from({ length: 20 }, () => 'a'),
        ),
      ),
    ).toHaveLength(10);
  });
});

describe('field names', () => {
  verifies('input:clear-error/hint', 'a wrong name that is known is told the right one', () => {
    for (const [name, hint] of Object.entries(FIELD_HINTS))
      expect(problems(withField(name, 'x')), name).toEqual([`${name}: unknown field; ${hint}`]);
    expect(problems(withField('body', 'x'))).toEqual(['body: unknown field; use `text` (and `html`)']);
    expect(problems(withField('from', 'x'))[0]).toContain('the sender is fixed by the mailbox');
  });

  verifies('input:clear-error/hint', 'a wrong name that nobody knows is told to be checked', () => {
    for (const name of ['subjct', 'constructor', 'toString', 'hasOwnProperty'])
      expect(problems(withField(name, 'x'))).toEqual([
        `${name}: unknown field; remove it, or check its spelling`,
      ]);
    expect(problems(JSON.parse(JSON.stringify(BASE).replace('{', '{"__proto__":{"to":"x"},')))).toEqual([
      '__proto__: unknown field; remove it, or check its spelling',
    ]);
  });

  test('no hint names a field that there is not', () => {
    const fields = Object.keys(requestSchema.shape);
    for (const hint of Object.values(FIELD_HINTS))
      for (const [, name] of hint.matchAll(/`(\w+)`/gu)) expect(fields).toContain(name);
    for (const name of Object.keys(FIELD_HINTS)) expect(fields).not.toContain(name);
  });

  test('base64 is taken with its padding, and refused without or with more', () => {
    const content = (text: string) => problems(withField('attachments', [attachment({ content: text })]));
    for (const good of ['', 'aGk=', 'YQ==', 'YWJj', '+/+/']) expect(content(good), good).toEqual([]);
    for (const bad of ['aGk', 'aG=k', '====', 'Y===', 'YQ==YQ==', 'aGk=\n', 'aGk-', '='])
      expect(content(bad), bad).not.toEqual([]);
  });

  test('megabytes of anything are refused in no time', () => {
    const start = performance.now();
    for (const field of ['inReplyTo', 'subject', 'to', 'sendAt', 'dedupeKey', 'category', 'replyTo'])
      for (const text of [
        '<' + '@'.repeat(200_000),
        '<'.repeat(200_000),
        'a.'.repeat(100_000),
        '"\\'.repeat(100_000),
      ])
        expect(problems(withField(field, text))).not.toEqual([]);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('a name that goes on and on is cut in the answer', () => {
    expect(problems(withField('x'.repeat(5000), 1))[0]!.length).toBeLessThan(200);
    expect(problems(withField('headers', { ['x'.repeat(5000)]: 'x' }))[0]!.length).toBeLessThan(200);
  });
});

/** Where a text goes into a header, and how to read it back. */
const HEADER_BOUND: Record<string, (text: string) => object> = {
  subject: (text) => ({ subject: text }),
  'to, as text': (text) => ({ to: `${text} <ada@client.example>` }),
  'to.name': (text) => ({ to: { address: 'ada@client.example', name: text } }),
  'cc address': (text) => ({ cc: [`ada${text}@client.example`] }),
  'bcc domain': (text) => ({ bcc: [`ada@client${text}.example`] }),
  'replyTo.name': (text) => ({ replyTo: { address: 'ada@client.example', name: text } }),
  'header value': (text) => ({ headers: { 'X-A': text } }),
  'header name': (text) => ({ headers: { [`X-A${text}`]: 'x' } }),
  filename: (text) => ({ attachments: [attachment({ filename: `a${text}` })] }),
  contentType: (text) => ({ attachments: [attachment({ contentType: `text/plain${text}` })] }),
  contentId: (text) => ({ attachments: [attachment({ contentId: `a${text}` })] }),
  inReplyTo: (text) => ({ inReplyTo: `<a${text}@client.example>` }),
  dedupeKey: (text) => ({ dedupeKey: `a${text}` }),
  tag: (text) => ({ tags: [`a${text}`] }),
  'metadata value': (text) => ({ metadata: { a: text } }),
  'metadata name': (text) => ({ metadata: { [`a${text}`]: 'x' } }),
};
const CONTROL = [
  '\r\n',
  '\n',
  '\r',
  '\u0000',
  '\t',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ud800',
];

describe('what becomes part of a header', () => {
  for (const [field, make] of Object.entries(HEADER_BOUND)) {
    verifies('input:clear-error/one-line', `${field} takes no control character, wherever it stands`, () => {
      for (const character of CONTROL)
        for (const text of [`a${character}b`, `${character}b`, `a${character}`])
          expect(problems({ ...BASE, ...make(text) }), JSON.stringify(text)).not.toEqual([]);
    });
    verifies('input:clear-error/one-line', `${field} has no control character once it was parsed`, () => {
      fc.assert(
        fc.property(anyText, (text) => {
          const parsed = requestSchema.safeParse({ ...BASE, ...make(text) });
          // Of all the text here only the parsed fields are left, and none of them may hold one.
          if (parsed.success)
            expect(JSON.stringify(parsed.data)).not.toMatch(/\\[bfnrt]|\\u|[\u007f-\u009f\u2028\u2029]/u);
        }),
        { numRuns: 200 },
      );
    });
  }
});

describe('whatever is given', () => {
  const fieldName = fc.constantFrom(...Object.keys(requestSchema.shape), 'body', '__proto__');
  const nested = fc.jsonValue({ maxDepth: 4 });

  verifies(
    'input:clear-error/total',
    'is parsed or refused, and every problem has a field and a sentence',
    () => {
      fc.assert(
        fc.property(
          fc.dictionary(fieldName, fc.oneof(nested, anyText), { maxKeys: 8 }),
          fc.boolean(),
          (fields, on) => {
            const parsed = requestSchema.safeParse(on ? { ...BASE, ...fields } : fields);
            if (parsed.success) return void canonical(parsed.data);
            const found = fieldProblems(parsed.error);
            expect(found.length).toBeGreaterThan(0);
            for (const one of found) {
              expect(one.message).not.toBe('');
              expect(one.message).not.toMatch(/function|\[object|\[native/u);
            }
          },
        ),
        { numRuns: 1000 },
      );
    },
  );

  verifies(
    'approval:exact/canonical',
    'what was parsed has a canonical form, and parsing it again changes nothing',
    () => {
      fc.assert(
        fc.property(
          fc.record({ subject: anyText, text: anyText, html: anyText, reason: anyText }),
          (fields) => {
            const parsed = requestSchema.safeParse({ ...BASE, ...fields });
            if (!parsed.success) return;
            expect(canonical(requestSchema.parse(parsed.data))).toBe(canonical(parsed.data));
          },
        ),
      );
    },
  );

  verifies('secrets:nowhere/config', 'no problem repeats the value that caused it', () => {
    const secret = 'eve-hunter2';
    for (const field of Object.keys(requestSchema.shape))
      for (const value of [secret, { [`${field}x`]: secret }, [secret, { deep: secret }], 7])
        for (const line of problems(withField(field, value))) expect(line).not.toContain(secret);
  });
});
