/**
 * @module What text and JSON of a caller may hold, so that every later step (database, canonical form, MIME) can
 * carry it unchanged. Pure, and never recursive: the depth of the input is the caller's choice.
 */

/** NUL (no PostgreSQL text has it) and lone surrogates (no UTF-8 has them, RFC 8785 §3.2.2.2 refuses them). */
// eslint-disable-next-line no-control-regex -- finding NUL is the purpose
const UNSTORABLE = /[\u0000\p{Cs}]/u;

export const UNSTORABLE_TEXT = 'must not contain NUL or half a surrogate pair';

export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** The text with a mark (U+FFFD) in the place of each character that could not be kept. */
export const storable = (text: string): string => text.replace(new RegExp(UNSTORABLE, 'gu'), '\ufffd');

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/** Deeper JSON is an attack on whoever reads it recursively, and no use to a reviewer. */
const DEPTH = 64;

/** What is wrong with a JSON value that is kept as it is, or null. */
export function jsonProblem(value: unknown, maxBytes: number): string | null {
  const tooLarge = `must be at most ${maxBytes} bytes of JSON`;
  const open: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  let seen = 0;
  for (let one = open.pop(); one; one = open.pop()) {
    const { value: part, depth } = one;
    // Each is a byte at least: what can't fit is not looked at to its end.
    if (++seen > maxBytes) return tooLarge;
    if (depth > DEPTH) return `must not be nested deeper than ${DEPTH} levels`;
    if (typeof part === 'string' && !isStorable(part)) return UNSTORABLE_TEXT;
    if (typeof part === 'number' && !Number.isFinite(part)) return 'must be JSON';
    if (['undefined', 'bigint', 'function', 'symbol'].includes(typeof part)) return 'must be JSON';
    if (typeof part !== 'object' || part === null) continue;
    if (!Object.keys(part).every(isStorable)) return UNSTORABLE_TEXT;
    const inner = Object.values(part);
    if (seen + inner.length > maxBytes) return tooLarge;
    for (const each of inner) open.push({ value: each, depth: depth + 1 });
  }
  return utf8Length(JSON.stringify(value)) > maxBytes ? tooLarge : null;
}
