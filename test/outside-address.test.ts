/** @module Which URLs we call for a stranger: none that leads to us, in whatever spelling. */
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import {
  isOutside,
  outsideLookup,
  resolvedLookup,
  urlProblem,
  type NameResolver,
} from '../src/outside-address.js';

test.each([
  ...['127.0.0.1', '127.1', '127.0.0.1.', '2130706433', '0x7f.1', '0177.0.0.1', '①②⑦.0.0.1', '0', '0.0.0.0'],
  ...['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '169.254.169.254'],
  ...['192.0.0.192', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.7', '203.0.113.7'],
  ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '168.63.129.16', '100.100.100.200'],
  ...['[::]', '[::1]', '[::127.0.0.1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:0:127.0.0.1]'],
  ...['[64:ff9b::7f00:1]', '[64:ff9b:1::1]', '[100::1]', '[2001::1]', '[2001:db8::1]', '[2002:7f00:1::]'],
  ...['[3fff::1]', '[fc00::1]', '[fd00:ec2::254]', '[fe80::1]', '[fec0::1]', '[ff02::1]'],
  ...['localhost', 'LOCALHOST', 'localhost.', 'api.localhost'],
])('https://%s/ leads inside and is refused', (host) => {
  expect(urlProblem(`https://${host}/`, false)).toMatch(/public address/u);
  expect(urlProblem(`https://${host}:8443/x`, false)).toMatch(/public address/u);
  expect(urlProblem(`https://${host}/`, true)).toBeNull();
});

test.each([
  'https://hooks.example.com/mail?token=1',
  'https://hooks.example.com:8443',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
  'https://localhost.example.com/',
])('%s leads outside', (url) => {
  expect(urlProblem(url, false)).toBeNull();
});

test.each([
  ['http://hooks.example.com', /https:/u],
  ['ftp://hooks.example.com', /must be a URL/u],
  ['file:///etc/passwd', /must be a URL/u],
  ['//hooks.example.com', /must be a URL/u],
  ['hello', /must be a URL/u],
  ['https://[fe80::1%25lo]/', /must be a URL/u],
  ['https://me:secret@hooks.example.com', /user name or password/u],
  ['https://me@hooks.example.com', /user name or password/u],
  ['https://hooks.example.com/#x', /fragment/u],
])('%s is refused with a reason that says how to mend it', (url, reason) => {
  expect(urlProblem(url, false)).toMatch(reason);
});

const answering =
  (answers: (LookupAddress[] | Error)[]): LookupFunction =>
  (_name, options, callback) => {
    const answer = answers.shift() ?? new Error('asked too often');
    if (answer instanceof Error) callback(answer, [], 0);
    else if (options.all === true) callback(null, answer);
    else callback(null, answer[0]!.address, answer[0]!.family);
  };

const ask = (lookup: LookupFunction, all: boolean): Promise<unknown> =>
  new Promise((resolve) => {
    outsideLookup(lookup)('hooks.example.com', { all }, (error, address) =>
      resolve(error === null ? address : error.name),
    );
  });

const OUT: LookupAddress = { address: '8.8.8.8', family: 4 };
const IN: LookupAddress = { address: '::ffff:10.0.0.1', family: 6 };

test('a name is refused where any of its addresses leads inside, each time that it is looked up', async () => {
  const lookup = answering([[OUT], [OUT, IN], [IN], [OUT]]);
  expect(await ask(lookup, true)).toEqual([OUT]);
  expect(await ask(lookup, true)).toBe('InsideAddress');
  expect(await ask(lookup, false)).toBe('InsideAddress');
  expect(await ask(lookup, false)).toBe('8.8.8.8');
  expect(await ask(answering([Object.assign(new Error('no'), { name: 'NotThere' })]), true)).toBe('NotThere');
});

/** What name servers say of a name: addresses of each family, or nothing. */
const saying = (four: string[] | null, six: string[] | null): NameResolver => {
  const say = (found: string[] | null) => async () =>
    await (found === null
      ? Promise.reject(new Error('queryA ETIMEOUT hooks.example.com'))
      : Promise.resolve(found));
  return { resolve4: say(four), resolve6: say(six) };
};

const resolved = (resolver: NameResolver, options: LookupOptions, name = 'hooks.example.com') =>
  new Promise((resolve) => {
    outsideLookup(resolvedLookup(resolver))(name, options, (error, address) =>
      resolve(error === null ? address : (error.code ?? error.name)),
    );
  });

test('a name has the addresses of both families that name servers know, and each of them is checked', async () => {
  const both = saying(['8.8.8.8'], ['2606:4700::1111']);
  const [four, six] = [OUT, { address: '2606:4700::1111', family: 6 }];
  expect(await resolved(both, { all: true })).toEqual([four, six]);
  expect(await resolved(both, { all: true, family: 6 })).toEqual([six]);
  expect(await resolved(both, { family: 'IPv6' })).toBe('2606:4700::1111');
  expect(await resolved(both, {})).toBe('8.8.8.8');
  expect(await resolved(saying(null, ['2606:4700::1111']), { all: true })).toEqual([six]);
  expect(await resolved(saying(null, null), { all: true })).toBe('ENOTFOUND');
  expect(await resolved(saying([], []), {})).toBe('ENOTFOUND');
  expect(await resolved(saying(['8.8.8.8'], ['::1']), { all: true })).toBe('InsideAddress');
  expect(await resolved(saying(['8.8.8.8', '10.0.0.1'], null), { all: true })).toBe('InsideAddress');
  expect(await resolved(saying(null, null), { all: true }, '8.8.8.8')).toEqual([four]);
  expect(await resolved(saying(null, null), {}, '127.0.0.1')).toBe('InsideAddress');
});

test('what is no address, or names a local network, is not outside', () => {
  for (const address of ['', 'hooks.example.com', 'fe80::1%eth0', '2606:4700::1111%eth0']) {
    expect(isOutside(address)).toBe(false);
  }
});
