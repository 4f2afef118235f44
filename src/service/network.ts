/** @module Which addresses count as one caller: an IPv4 address, or the /64 of an IPv6 one, which is one customer's. */

export function networkOf(address: string): string {
  const [bare = ''] = address.toLowerCase().split('%');
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/u.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!bare.includes(':')) return bare;
  const [head = [], tail = []] = bare.split('::').map((part) => part.split(':').filter((one) => one !== ''));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return `${groups.map((one) => one.replace(/^0+(?=.)/u, '')).join(':')}::/64`;
}
