/** @module Services of throw-away mailboxes, by the public list that disposable-email-domains-js carries. Pure. */
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';

let list: ReadonlySet<string> | undefined;

/** Whether the domain or one that it is part of is on the list; the package itself would miss subdomains. */
export function isDisposable(domain: string): boolean {
  // Every call of the package makes a set of its nearly 9,000 domains anew.
  list ??= disposableEmailBlocklistSet();
  for (let rest = domain; rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1))
    if (list.has(rest)) return true;
  return false;
}
