/**
 * @module Which addresses belong to the outside world. Whoever lets strangers name a URL that we call must never
 * be led by one to what only we can reach: this machine, its network, the cloud's metadata.
 */
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Not globally reachable: the registries of special-purpose addresses at IANA, and what a cloud keeps for itself. */
const INSIDE_4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  // Azure's metadata, at an address that is public by its number.
  '168.63.129.16/32',
];
/**
 * All but 2000::/3, and in that the parts that lead elsewhere: documentation, and tunnels, which carry an IPv4
 * address in them (as ::ffff:0:0/96 and 64:ff9b::/96 do, outside).
 */
const INSIDE_6 = [
  ...['::/3', '4000::/2', '8000::/1'],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
];

/** Two lists: in one, an IPv4 address would be looked for among the IPv6 ones as ::ffff:…, which all are inside. */
const INSIDE = { 4: listOf('ipv4', INSIDE_4), 6: listOf('ipv6', INSIDE_6) };

function listOf(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

export function isOutside(address: string): boolean {
  // A zone (fe80::1%eth0) only ever names a local network.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !INSIDE[4].check(address, 'ipv4');
  return family === 6 && !INSIDE[6].check(address, 'ipv6');
}

/** As `host` stands in a parsed URL: a name, or an address in its one spelling. */
function isInsideName(host: string): boolean {
  const name = host.replace(/\.$/u, '');
  const address = name.replace(/^\[(.*)\]$/u, '$1');
  if (isIP(address) !== 0) return !isOutside(address);
  return name === 'localhost' || name.endsWith('.localhost');
}

/**
 * What is wrong with a URL that we are to call, or null. A name is only known when it is looked up, so a call goes
 * through `outsideLookup` as well.
 */
export function urlProblem(text: string, allowPrivate: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/u.test(url.protocol))
    return 'must be a URL such as https://hooks.example.com/mail';
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user name or password: what is sent is signed, check the signature instead';
  if (url.hash !== '') return 'must not have a #fragment: no server ever sees it';
  if (allowPrivate) return null;
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (isInsideName(url.hostname))
    return 'must be a public address: this one is private, local or reserved; a server of your own may allow it (webhooks.allowPrivate)';
  return null;
}

/** The name stands for an address to which nothing of ours goes. Never says which: a stranger asked. */
export class InsideAddress extends Error {
  override name = 'InsideAddress';
}

/**
 * Looks a name up for a connection that is made at once, and refuses where any of its addresses is not outside: so
 * what was checked is what is connected to, however often the name changes its mind.
 */
export const outsideLookup =
  (lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const found: LookupAddress[] = Array.isArray(address) ? address : [{ address, family: family ?? 0 }];
      const isRefused = error === null && !found.every((one) => isOutside(one.address));
      if (isRefused) callback(new InsideAddress(), [], 0);
      else callback(error, address, family);
    });
  };

/** As much of Node's `Resolver` as is asked. */
export interface NameResolver {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
}

/**
 * Asks the name servers, and no file of this machine. The system's own look-up holds one of the few threads of this
 * process until the last server has been silent for long, and a stranger may own those: files, other look-ups and so
 * the database would wait behind it.
 */
export const resolvedLookup =
  (resolver: NameResolver): LookupFunction =>
  (hostname, { family, all }, callback) => {
    void addressesOf(resolver, hostname).then((found) => {
      const fitting = found.filter(
        (one) => !family || family === one.family || family === `IPv${one.family}`,
      );
      const [first] = fitting;
      if (first === undefined)
        callback(Object.assign(new Error('no address was found'), { code: 'ENOTFOUND' }), [], 0);
      else if (all === true) callback(null, fitting);
      else callback(null, first.address, first.family);
    });
  };

/** Empty where there is none, or nobody answered. */
async function addressesOf(resolver: NameResolver, name: string): Promise<LookupAddress[]> {
  const literal = isIP(name);
  if (literal !== 0) return [{ address: name, family: literal }];
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const listed = (answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] =>
    answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
  return [...listed(four, 4), ...listed(six, 6)];
}
