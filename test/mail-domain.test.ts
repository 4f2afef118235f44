/** @module What DNS says of a domain, what it is taken for, and how long that is believed. */
import { expect, test } from 'vitest';
import { configSchema, type ConfigInput } from '../src/config.js';
import {
  believable,
  mailDomains,
  mailDomainsOfWorker,
  type Dns,
  type MailDomains,
} from '../src/mail-domain.js';
import { testClock } from './support/store.js';

const failing = (code: string) => async (): Promise<never> =>
  await Promise.reject(Object.assign(new Error(code), { code }));
const NONE: Dns = {
  resolveMx: failing('ENODATA'),
  resolve4: failing('ENODATA'),
  resolve6: failing('ENODATA'),
};

const asking = (dns: Partial<Dns>, timeLimit = 1_000, clock = testClock()): MailDomains =>
  mailDomains({ dns: { ...NONE, ...dns }, clock, timeLimit }).ask;

test.each<[string, Partial<Dns>, string]>([
  ['a mail host', { resolveMx: async () => [{ exchange: 'mx.reader.example' }] }, 'accepts'],
  ['a null MX', { resolveMx: async () => [{ exchange: '' }] }, 'null_mx'],
  ['a null MX with a dot', { resolveMx: async () => [{ exchange: '.' }] }, 'null_mx'],
  ['no such domain', { resolveMx: failing('ENOTFOUND') }, 'no_domain'],
  ['no MX but an address', { resolve4: async () => ['192.0.2.1'] }, 'accepts'],
  ['no MX but an IPv6 address', { resolve6: async () => ['2001:db8::1'] }, 'accepts'],
  ['nothing at all', {}, 'no_host'],
  ['an empty answer', { resolveMx: async () => [] }, 'no_host'],
  ['a broken server', { resolveMx: failing('ESERVFAIL') }, 'no_answer'],
  ['a refusal', { resolveMx: failing('EREFUSED') }, 'no_answer'],
  ['a server that breaks half way', { resolve4: failing('ESERVFAIL') }, 'no_answer'],
  [
    'half an answer that is enough',
    { resolve4: failing('ETIMEOUT'), resolve6: async () => ['::1'] },
    'accepts',
  ],
])('%s', async (_, dns, expected) => {
  expect(await asking(dns)('reader.example')).toBe(expected);
});

test.each([
  ['a resolver that knows the world', async () => ['a.gtld-servers.net'], 'no_domain'],
  ['one that knows only its own network', failing('ENOTFOUND'), 'no_answer'],
])('that a domain does not exist is believed of %s: %s', async (_, resolveNs, expected) => {
  const dns = believable({ ...NONE, resolveMx: failing('ENOTFOUND'), resolveNs });
  expect(await asking(dns)('reader.example')).toBe(expected);
});

test('DNS that never answers is no answer in time, and is asked once by many', async () => {
  let asked = 0;
  const clock = testClock();
  const resolveMx: Dns['resolveMx'] = () => {
    asked += 1;
    return new Promise(() => undefined);
  };
  const domains = asking({ resolveMx }, 50, clock);
  const answers = await Promise.all(Array.from({ length: 20 }, () => domains('slow.example')));
  expect([new Set(answers), asked]).toEqual([new Set(['no_answer']), 1]);
  clock.advance(10_000);
  await domains('slow.example');
  expect(asked).toBe(1);
  clock.advance(10_000);
  await domains('slow.example');
  expect(asked).toBe(2);
});

test('an answer is believed for ten minutes, and only so many are kept', async () => {
  const asked: string[] = [];
  const clock = testClock();
  const domains = asking(
    { resolveMx: async (domain) => (asked.push(domain), [{ exchange: 'mx.example' }]) },
    1_000,
    clock,
  );
  await domains('a.example');
  clock.advance(599_000);
  await domains('a.example');
  expect(asked).toEqual(['a.example']);
  clock.advance(2_000);
  await domains('a.example');
  expect(asked).toEqual(['a.example', 'a.example']);
  for (let i = 0; i < 10_000; i++) await domains(`n${i}.example`);
  await domains('n9999.example');
  expect(asked).toHaveLength(10_002);
  await domains('a.example');
  expect(asked).toHaveLength(10_003);
});

test('what is known can be had without a question, as long as it is believed', async () => {
  const clock = testClock();
  const dns = { ...NONE, resolveMx: async () => [{ exchange: 'mx.reader.example' }] };
  const { ask, known } = mailDomains({ dns, clock, timeLimit: 1_000 });
  expect(known('reader.example')).toBeUndefined();
  await ask('reader.example');
  expect(known('reader.example')).toBe('accepts');
  clock.advance(600_000);
  expect(known('reader.example')).toBeUndefined();
});

test('a worker asks where something leaves this machine, unless its operator says otherwise', () => {
  const asks = (config: ConfigInput): boolean =>
    mailDomainsOfWorker(configSchema.parse(config), testClock()) !== undefined;
  const capture = { name: 'capture', type: 'capture', url: 'smtp://127.0.0.1:1025' } as const;
  const smtp = { name: 'smtp', type: 'smtp', url: 'smtp://127.0.0.1:25' } as const;
  expect(asks({ providers: [] })).toBe(false);
  expect(asks({ providers: [capture] })).toBe(false);
  expect(asks({ providers: [capture, smtp] })).toBe(true);
  expect(asks({ providers: [smtp], delivery: { checkDomains: false } })).toBe(false);
});
