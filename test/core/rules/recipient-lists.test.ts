/** @module How an entry of a list matches; the lists themselves have tests of their own. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesAny } from '../../../src/core/policy/rules/recipient-pattern.js';
import { policySchema } from '../../../src/core/policy/schema.js';
import { aPolicy } from '../../support/arbitraries.js';

const matches = (entry: string, address: string): boolean =>
  matchesAny(aPolicy({ deny: [entry] }).deny, address);

test.each([
  ['ada@client.example', 'ada@client.example', true],
  ['ada@client.example', 'ADA+news@client.example', true],
  ['ada@client.example', 'adam@client.example', false],
  ['ada@client.example', 'ada@mail.client.example', false],
  ['client.example', 'ada@client.example', true],
  ['client.example', 'ada@CLIENT.example', true],
  ['client.example', 'ada@mail.client.example', false],
  ['client.example', 'ada@notclient.example', false],
  ['*.client.example', 'ada@mail.client.example', true],
  ['*.client.example', 'ada@a.b.client.example', true],
  ['*.client.example', 'ada@client.example', false],
  ['*.client.example', 'ada@notclient.example', false],
  ['client.example', '"x@client.example"@other.example', false],
  ['*@client.example', 'ada@client.example', true],
  ['*@client.example', '"x@y"@client.example', true],
  ['*@client.example', 'ada@mail.client.example', false],
  ['*@client.example', '"x@client.example"@other.example', false],
  ['*@*.client.example', 'ada@mail.client.example', true],
  ['sales-*@*.example', 'Sales-EU@shop.example', true],
  ['sales-*@*.example', 'sales@shop.example', false],
  ['sales-*@*.example', 'sales-eu@shop.example.evil.test', false],
  ['ada@*.example', 'ada+news@shop.example', true],
  ['ada.*@client.example', 'adaxb@client.example', false],
  ['client-*.example', 'ada@client-7.example', true],
  ['client-*.example', 'ada@mail.client-7.example', false],
  ['client.*', 'ada@client.test', true],
  ['*-desk@client*.example', 'eu-desk@client-7.example', true],
  ['*-desk@client*.example', '"eu-desk@client"@other.example', false],
  ['client-*.example', '"@client-7.example"@other.test', false],
  ['/ada@.*/', 'Ada@client.example', true],
  ['/ada@client\\.example/', 'ada+news@client.example', true],
  ['/.*@(client|shop)\\.example/', 'bob@shop.example', true],
  ['/client/', 'ada@client.example', false],
  ['/.*@client\\.example/', 'ada@client.example.evil.test', false],
])('%s on %s: %s', (entry, address, expected) => {
  expect(matches(entry, address)).toBe(expected);
  expect(matchesAny(aPolicy({ deny: ['nobody.example', entry] }).deny, address)).toBe(expected);
});

test('an entry is read as addresses are: case, spaces and the form of the domain do not matter', () => {
  const { deny } = policySchema.parse({
    deny: [' Ada@BÜCHER.example ', 'CLIENT.example', 'Müller.example', 'Desk-*@*.Köln.example'],
  });
  for (const address of [
    'ada@xn--bcher-kva.example',
    'bob@client.example',
    'eve@xn--mller-kva.example',
    'desk-1@a.xn--kln-sna.example',
  ])
    expect(matchesAny(deny, address), address).toBe(true);
});

test.each([
  ['', 'must be an address, a domain'],
  ['*', 'must be an address, a domain'],
  ['*.', 'must be an address, a domain'],
  ['localhost', 'must be an address, a domain'],
  ['@client.example', 'must be an address, a domain'],
  ['ada@', 'must be an address, a domain'],
  ['a b.example', 'must be an address, a domain'],
  ['-a.example', 'must be an address, a domain'],
  ['http://client.example', 'must be an address, a domain'],
  ['a*@*', 'must be an address, a domain'],
  ['*@a..example', 'must be an address, a domain'],
  ['*ü.example', 'must be an address, a domain'],
  ['"a*"@client.example', 'must be an address, a domain'],
  ['/', 'must end with a slash'],
  ['//', 'must end with a slash'],
  ['/ada', 'must end with a slash'],
  ['/(/', 'RE2 knows: missing closing )'],
  ['/(a)\\1/', 'RE2 knows: invalid escape sequence'],
  ['/(?=a)b/', 'RE2 knows: '],
  ['/(?:[a-z]{500}|.{400})@x/', 'too large'],
  ['/((a{100}){100}){100}/', 'RE2 knows: invalid repeat count'],
])('%j is refused as an entry, and told why', (entry, why) => {
  for (const list of ['deny', 'allow', 'vip', 'replyTo']) {
    const { success, error } = policySchema.safeParse({ [list]: [entry] });
    expect(success).toBe(false);
    expect(error?.issues[0]).toMatchObject({ path: [list, 0], message: expect.stringContaining(why) });
  }
});

test.each([`/${'a'.repeat(253)}/`, `${'a'.repeat(250)}@client.example`, '*'.repeat(1_000_000)])(
  'an entry of more than 254 characters is refused (%#)',
  (entry) => {
    expect(policySchema.safeParse({ deny: [entry] }).error?.issues[0]?.message).toContain('254');
  },
);

test('a list holds twenty regular expressions, and a blind copy goes to one address', () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `/a${i}@.*/`);
  expect(policySchema.safeParse({ deny: many(20) }).success).toBe(true);
  expect(policySchema.safeParse({ deny: many(21) }).error?.issues[0]?.message).toMatch(/at most 20 regular/u);
  for (const bcc of ['*@client.example', '/a@b/', 'client.example'])
    expect(policySchema.safeParse({ oversight: { bcc } }).success, bcc).toBe(false);
});

test('all lists of a policy have one budget, to which names add nothing and hours add theirs', () => {
  const large = (count: number): string[] => Array.from({ length: count }, (_, i) => `/a{200}b${i}/`);
  const ofHours = [{ timeZone: 'UTC', recipients: large(8) }];
  const names = Array.from({ length: 1000 }, (_, i) => `desk-*@client${i}.example`);
  const problem = (policy: object): string | undefined =>
    policySchema.safeParse(policy).error?.issues[0]?.message;
  expect(problem({ deny: names, allow: names })).toBeUndefined();
  expect(problem({ deny: large(8) })).toBeUndefined();
  expect(problem({ deny: large(8), hours: { ofRecipients: ofHours } })).toMatch(
    /all lists together .* at most 3000/u,
  );
  expect(problem({ deny: names.map((one) => `*-${one}`), allow: names, vip: ['*a*@x.example'] })).toMatch(
    /these cost 3002/u,
  );
});

test.each([
  ['a*a@x.example', 'a@x.example', false],
  ['a*a@x.example', 'aa@x.example', true],
  ['*ab*b@x.example', 'ab@x.example', false],
  ['*ab*b@x.example', 'aabb@x.example', true],
  ['**@x*.example', 'a@x.example', true],
])('pieces of %s do not overlap in %s: %s', (entry, address, expected) => {
  expect(matches(entry, address)).toBe(expected);
});

describe('no entry can take the server hostage', () => {
  // Each of these takes a backtracking engine longer than anybody waits: a test that ends has shown it.
  const SLOW_ELSEWHERE = [
    '/(a+)+$/',
    '/(a|aa)+$/',
    '/(x+x+)+y/',
    '/(.*a){20}b/',
    '/(a?){30}a{30}b/',
    'a*a*a*a*a*a*a*a*a*a*b@client.example',
    '*a.*a.*a.*a.*b.example',
  ];

  test.each(SLOW_ELSEWHERE)('%s ends on a megabyte', (entry) => {
    expect(matches(entry, `${'a'.repeat(1_000_000)}!@client.example`)).toBe(false);
    expect(matches(entry, `a@${'a.'.repeat(500_000)}test`)).toBe(false);
  });

  test('whatever stands in it, it is refused or it ends', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '*',
      '+',
      '?',
      '(',
      ')',
      '|',
      '[a-z]',
      '{20}',
      '\\w',
      '@',
      'é',
      '^',
      '$',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, isExpression) => {
        const text = pieces.join('');
        const parsed = policySchema.safeParse({ deny: [isExpression ? `/${text}/` : text] });
        if (parsed.success) matchesAny(parsed.data.deny, `${'a'.repeat(20_000)}!@client.example`);
      }),
      { numRuns: 200 },
    );
  });
});
