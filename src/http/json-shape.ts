/**
 * @module What is looked for in a JSON text before it is parsed: nesting that would cost seconds to parse and end the
 * stack of whoever follows it, so many values that to look at each takes seconds, and the one name that means something
 * else to an object.
 */

/** As deep as a `context` may be (src/core/email/text.ts), with what stands around it. */
const DEPTH = 64;

/** A batch of a hundred emails has some thousands; to check half a million takes seconds in which nobody is served. */
const MOST_VALUES = 20_000;

export type JsonOffence = 'depth' | 'values' | 'prototype';

/** The first offence in a text, or null. The text need not be JSON. */
export function jsonOffence(text: string): JsonOffence | null {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '"': {
        const end = endOfString(text, i);
        if (isPrototype(text.slice(i, Math.min(end + 1, i + 60))) && isKey(text, end)) return 'prototype';
        i = end;
        break;
      }
      case '[':
      case '{':
        if (++depth > DEPTH) return 'depth';
        break;
      case ',':
        if (++values > MOST_VALUES) return 'values';
        break;
      case ']':
      case '}':
        depth--;
        break;
      default:
    }
  }
  return null;
}

/** The place of the closing quote. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote;
    from = quote + 1;
  }
}

/** `__proto__` with its quotes, also where letters of it are written as escapes (54 characters at most). */
function isPrototype(quoted: string): boolean {
  if (!quoted.includes('\\')) return quoted === '"__proto__"';
  try {
    return JSON.parse(quoted) === '__proto__';
  } catch {
    return false;
  }
}

function isKey(text: string, end: number): boolean {
  const colon = /\s*:/uy;
  colon.lastIndex = end + 1;
  return colon.test(text);
}
