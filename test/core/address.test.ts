/** @module One mail address: how it is read, judged, normalised and compared. */
import fc from 'fast-check';
import isemail from 'isemail';
import { expect, test } from 'vitest';
import {
  addressKey,
  CONTROL_CHARACTERS,
  domainOf,
  normaliseAddress,
  parseAddress,
  syntaxOf,
  type AddressSyntax,
} from '../../src/core/email/address.js';
import { anyText } from '../support/arbitraries.js';
import { verifies } from '../support/requirements.js';

const long = (count: number) => 'a'.repeat(count);

const SYNTAX: [address: string, verdict: AddressSyntax, why: string][] = [
  ['ada@client.example', 'ok', 'the usual form'],
  ['a@b.cd', 'ok', 'short'],
  ['ada.lovelace+invoices@mail.client.example', 'ok', 'dots and a tag'],
  ["!#$%&'*+-/=?^_`{|}~@client.example", 'ok', 'every atext character'],
  [`${long(64)}@client.example`, 'ok', 'the longest local part'],
  [`a@${long(63)}.example`, 'ok', 'the longest label'],
  ['ada@xn--bcher-kva.example', 'ok', 'an A-label'],
  ['ada@r3---sn.example', 'ok', 'hyphens in a row'],
  ['ada@123.example', 'ok', 'a numeric label that is not the last'],
  ['"ada"@client.example', 'unusual', 'quoted without need'],
  ['"Ada Lovelace"@client.example', 'unusual', 'quoted with a space'],
  ['"a\\"b\\\\c"@client.example', 'unusual', 'quoted pairs'],
  ['ada@client.123', 'unusual', 'numeric top label'],
  ['żaneta@client.example', 'unusual', 'UTF-8 local part'],
  ['', 'invalid', 'empty'],
  ['@', 'invalid', 'only an at sign'],
  ['ada', 'invalid', 'no domain'],
  ['@client.example', 'invalid', 'no local part'],
  ['ada@', 'invalid', 'empty domain'],
  ['ada@localhost', 'invalid', 'undotted domain'],
  ['ada@client..example', 'invalid', 'empty label'],
  ['ada@client.example.', 'invalid', 'root dot'],
  ['ada@-client.example', 'invalid', 'label begins with a hyphen'],
  ['ada@client-.example', 'invalid', 'label ends with a hyphen'],
  ['ada@cli_ent.example', 'invalid', 'underscore in the domain'],
  ['.ada@client.example', 'invalid', 'begins with a dot'],
  ['ada.@client.example', 'invalid', 'ends with a dot'],
  ['a..da@client.example', 'invalid', 'two dots'],
  ['ada@client.example, eve@client.example', 'invalid', 'two addresses'],
  ['ada lovelace@client.example', 'invalid', 'space without quotes'],
  ['ada@client.example(comment)', 'invalid', 'comment'],
  [' "ada"@client.example', 'invalid', 'leading space'],
  ['"ada".lovelace@client.example', 'invalid', 'obsolete local part'],
  ['"ada@client.example', 'invalid', 'open quote'],
  ['ada@[192.0.2.1]', 'invalid', 'address literal'],
  ['ada@client.example\n', 'invalid', 'line break at the end'],
  ['ada\r\n@client.example', 'invalid', 'line break inside'],
  ['a\u0000da@client.example', 'invalid', 'NUL'],
  ['a\u200bda@client.example', 'invalid', 'zero-width space'],
  ['a\u202eda@client.example', 'invalid', 'right-to-left override'],
  ['a\u00adda@client.example', 'invalid', 'soft hyphen'],
  [`${long(65)}@client.example`, 'invalid', 'local part too long'],
  [`a@${long(64)}.example`, 'invalid', 'label too long'],
  [`a@${`${long(60)}.`.repeat(4)}example`, 'ok', '253 characters of address'],
  [`a@${`${long(61)}.`.repeat(4)}example`, 'invalid', 'address too long'],
];

for (const [address, verdict, why] of SYNTAX)
  verifies(
    'input:clear-error/address',
    `${why} is ${verdict}: ${JSON.stringify(address).slice(0, 60)}`,
    () => {
      expect(syntaxOf(address)).toBe(verdict);
      // What the door lets in is what is not invalid, and normalising changes no verdict.
      const normalised = normaliseAddress(address);
      expect(normalised !== null).toBe(verdict !== 'invalid');
      if (normalised !== null) expect(syntaxOf(normalised)).toBe(verdict);
    },
  );

test('whatever is said of an address at a glance, isemail says, too', () => {
  const piece = fc.constantFrom(
    'a',
    'Z',
    '0',
    '9',
    '-',
    '--',
    '.',
    '_',
    '+',
    '"',
    '(',
    ' ',
    '@',
    'é',
    '\u212a',
    '\n',
    '[',
    long(62),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(piece, { maxLength: 8 }), (local, domain) => {
      const address = `${local.join('')}@${domain.join('')}`;
      if (syntaxOf(address) === 'ok') expect(isemail.validate(address, { errorLevel: 0 })).toBe(0);
    }),
    { numRuns: 5_000 },
  );
});

test.each<[address: string, verdict: AddressSyntax]>([
  ['ada@bücher.example', 'unusual'],
  ['żaneta@bücher.example', 'unusual'],
  ['ada@ab--ü.example', 'invalid'],
  [`ada@${'ü'.repeat(60)}.example`, 'invalid'],
  ['ada@bü\u200bcher.example', 'invalid'],
  ['ada@\u212alient.example', 'unusual'],
])('%j with an U-label as it is written is %s; the door writes it as an A-label', (address, verdict) => {
  expect(syntaxOf(address)).toBe(verdict);
});

test.each([
  ['ada@client.example', { address: 'ada@client.example' }],
  ['  ada@client.example ', { address: 'ada@client.example' }],
  ['Ada <ada@client.example>', { address: 'ada@client.example', name: 'Ada' }],
  ['<ada@client.example>', { address: 'ada@client.example' }],
  [
    '"Lovelace, Ada \\"A\\"" < ada@client.example >',
    { address: 'ada@client.example', name: 'Lovelace, Ada "A"' },
  ],
  ['Zażółć <ada@bücher.example>', { address: 'ada@xn--bcher-kva.example', name: 'Zażółć' }],
  ['Ada@CLIENT.Example', { address: 'Ada@client.example' }],
])('%s is read as a name and an address', (text, expected) => {
  expect(parseAddress(text)).toEqual(expected);
});

test.each([
  'Ada <ada@client.example> <eve@client.example>',
  'Ada <ada@client.example',
  'Ada ada@client.example',
  'ada@client.example\r\nBcc: eve@client.example',
  'ada@client.example\n',
  '\u2028ada@client.example',
  'Ada\ud800 <ada@client.example>',
  'Ada\u0085 <ada@client.example>',
  '',
  '<>',
])('%j is not taken for an address', (text) => {
  expect(parseAddress(text)).toBeNull();
});

test('the domain is normalised as DNS will see it, the local part is left to its owner', () => {
  expect(normaliseAddress('ADA@BÜCHER.example')).toBe('ADA@xn--bcher-kva.example');
  expect(normaliseAddress('ada@faß.example')).toBe('ada@xn--fa-hia.example');
  expect(normaliseAddress('ada@client。example')).toBe('ada@client.example');
  expect(normaliseAddress('ada@ⅽlient.example')).toBe('ada@client.example');
  expect(domainOf('"a@b"@client.example')).toBe('client.example');
});

verifies('suppress:always/spelling', 'spellings of one person have one key', () => {
  const key = addressKey('ada@client.example');
  for (const other of [
    'ADA@client.example',
    'Ada+news@CLIENT.example',
    'ada+a+b@client.example',
    'ada+@client.example',
  ])
    expect(addressKey(normaliseAddress(other)!), other).toBe(key);
  expect(addressKey(normaliseAddress('ada@BÜCHER.example')!)).toBe(addressKey('ada@xn--bcher-kva.example'));
  // é as one character, and as e with an accent
  expect(addressKey('rene\u0301@client.example')).toBe(addressKey('ren\u00e9@client.example'));
  for (const other of [
    'ad@client.example',
    'ada@other.example',
    '+ada@client.example',
    'a.da@client.example',
  ])
    expect(addressKey(other), other).not.toBe(key);
});

test('a key is stable: the key of a key is the key', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (address) => {
      expect(addressKey(addressKey(address))).toBe(addressKey(address));
    }),
  );
});

verifies('input:clear-error/one-line', 'whatever is read as an address has no control character', () => {
  fc.assert(
    fc.property(anyText, fc.emailAddress(), fc.boolean(), (text, address, named) => {
      const parsed = parseAddress(named ? `${text} <${address}>` : `${text}${address}`);
      if (parsed === null) return;
      expect(CONTROL_CHARACTERS.test(parsed.address)).toBe(false);
      expect(CONTROL_CHARACTERS.test(parsed.name ?? '')).toBe(false);
      expect(syntaxOf(parsed.address)).not.toBe('invalid');
    }),
    { numRuns: 500 },
  );
});
