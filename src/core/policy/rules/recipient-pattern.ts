/** @module Whether an address is on a list of a policy. */
import { addressKey, domainOf } from '../../email/address.js';
import { expressionOf, isExpression, wildcardOf } from '../expression.js';

type Matches = (text: string) => boolean;

/** A list, ready to be asked: a thousand names cost as much as one. */
interface Compiled {
  /** Under which people are known: in lower case, without a `+tag`. */
  people: Set<string>;
  domains: Set<string>;
  /** Domains whose subdomains are meant. */
  above: Set<string>;
  ofDomain: Matches[];
  ofAddress: Matches[];
}

/** By the list as it stands in a policy, of which there is one object as long as it holds. */
const compiled = new WeakMap<readonly string[], Compiled>();

/** Settings of a policy say what an entry may be: settings/pattern.ts. */
export function matchesAny(patterns: readonly string[], address: string): boolean {
  let list = compiled.get(patterns);
  if (list === undefined) compiled.set(patterns, (list = compile(patterns)));
  const lower = address.toLowerCase();
  const domain = domainOf(lower);
  const key = addressKey(address);
  return (
    list.people.has(key) ||
    list.domains.has(domain) ||
    isBelow(list.above, domain) ||
    list.ofDomain.some((matches) => matches(domain)) ||
    list.ofAddress.some((matches) => matches(lower) || matches(key))
  );
}

function compile(patterns: readonly string[]): Compiled {
  const list: Compiled = {
    ...{ people: new Set(), domains: new Set(), above: new Set() },
    ofDomain: [],
    ofAddress: [],
  };
  for (const pattern of patterns) {
    // Everybody at a domain, however it is written.
    const name = pattern.replace(/^\*@/u, '');
    const isWild = name.replace(/^\*\./u, '').includes('*');
    if (isExpression(pattern)) list.ofAddress.push(tested(expressionOf(pattern)));
    else if (name.includes('@')) {
      if (isWild) list.ofAddress.push(wildcardOf(name));
      else list.people.add(addressKey(name));
    } else if (isWild) list.ofDomain.push(wildcardOf(name));
    else if (name.startsWith('*.')) list.above.add(name.slice(2));
    else list.domains.add(name);
  }
  return list;
}

const tested =
  (expression: { testExact(text: string): boolean }): Matches =>
  (text) =>
    expression.testExact(text);

function isBelow(above: ReadonlySet<string>, domain: string): boolean {
  if (above.size === 0) return false;
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1))
    if (above.has(domain.slice(dot + 1))) return true;
  return false;
}
