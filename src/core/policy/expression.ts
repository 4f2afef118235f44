/**
 * @module Patterns that tenants write, run in time that grows with the text and not with what they have thought up:
 * expressions by RE2, wildcards by looking for their pieces one after the other. Both have to match all of the text.
 * Pure.
 */
import { RE2JS } from 're2js';

const FLAGS = RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL;

export const isExpression = (pattern: string): boolean => pattern.startsWith('/');

const MOST_KEPT = 1_000;
const kept = new Map<string, RE2JS>();

/** `/…/`, in any case. Compiled once for the check of a policy and its use. @throws RE2JSSyntaxException where RE2 does not know it. */
export function expressionOf(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const expression = RE2JS.compile(pattern.slice(1, -1), FLAGS);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(pattern, expression);
  return expression;
}

/**
 * An address or a domain in which `*` stands for any text. In a domain it stands for no `@`: an address of another
 * domain may have one in its local part, between quotes. Both in lower case.
 */
export function wildcardOf(pattern: string): (text: string) => boolean {
  const [localPart, domain] = atLast(pattern);
  const ofLocal = localPart === null ? null : piecesOf(localPart);
  const ofDomain = piecesOf(domain);
  return (text) => {
    const [local, rest] = atLast(text);
    if ((local === null) !== (ofLocal === null)) return false;
    return ofDomain(rest) && (ofLocal === null || ofLocal(local ?? ''));
  };
}

function atLast(text: string): [local: string | null, domain: string] {
  const at = text.lastIndexOf('@');
  return at < 0 ? [null, text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The first place of each piece leaves the most for those after it. */
function piecesOf(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces.at(-1) ?? '';
  const between = pieces.slice(1, -1);
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let from = first.length;
    for (const piece of between) {
      const found = text.indexOf(piece, from);
      if (found < 0 || found + piece.length > end) return false;
      from = found + piece.length;
    }
    return true;
  };
}

/** What it costs to compare with one address, roughly in instructions of RE2; names without `*` are looked up. */
export function costOf(pattern: string): number {
  if (isExpression(pattern)) return expressionOf(pattern).programSize();
  return pattern.split('*').length - 1;
}
