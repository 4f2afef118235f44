/**
 * @module Which host names a request may name. A page in a browser that was led to this server under
 * another name (DNS rebinding) is thereby turned away.
 */
import { Problem } from '../errors.js';

const ALWAYS = ['localhost', '127.0.0.1', '[::1]'];

/** A check for the names this server goes by. @throws Problem `misdirected`. */
export function hostCheck(names: readonly string[]): (request: Request) => void {
  const known = new Set([...ALWAYS, ...names.map(bracketed)].map((name) => name.toLowerCase()));
  return (request) => {
    const named = request.headers.get('host') ?? new URL(request.url).host;
    const host = named.toLowerCase().replace(/:\d*$/u, '').replace(/\.$/u, '');
    if (known.has(host)) return;
    throw new Problem('misdirected', {
      detail: 'this server does not go by that name; add it to http.allowedHosts in mailwarden.yaml',
    });
  };
}

/** An IPv6 address stands in brackets in a Host header. */
const bracketed = (name: string): string =>
  name.includes(':') && !name.startsWith('[') ? `[${name}]` : name;
