/**
 * @module RFC 8785 canonical JSON: the one form that is hashed, signed or compared. Pure.
 */
import canonicalize from 'canonicalize';

/** A hash of text, injected because the sandbox has no crypto: SHA-256, lower-case hex. */
export type Hash = (text: string) => string;

/** The canonical JSON text of a value; throws where the value is not JSON (NaN, a function, …). */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
