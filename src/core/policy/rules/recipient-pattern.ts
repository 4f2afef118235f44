/** @module How a list entry of a policy matches an address. */
import { addressKey, domainOf } from '../../email/address.js';

/** `person@domain` matches that person, `domain` everyone there, `*.domain` everyone at its subdomains. */
export function matches(pattern: string, address: string): boolean {
  if (pattern.includes('@')) return addressKey(pattern) === addressKey(address);
  const domain = domainOf(address.toLowerCase());
  return pattern.startsWith('*.') ? domain.endsWith(pattern.slice(1)) : domain === pattern;
}

export const matchesAny = (patterns: readonly string[], address: string): boolean =>
  patterns.some((pattern) => matches(pattern, address));
