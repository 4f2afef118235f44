/** @module The text part of an email whose caller gave only HTML (every mail carries one). */
import { convert } from 'html-to-text';
import type { EmailContent } from '../src/core/email/request.js';
import { storable } from '../src/core/email/text.js';

/**
 * What html-to-text is trusted with: on longer or deeper input it takes seconds, in which the whole worker
 * stands still. Mail that people write is far below both.
 */
const LENGTH = 100_000;
const DEPTH = 100;

/** Undefined where the caller gave a text, or no HTML. Linear in the input, and never throws. */
export function derivedText({ text, html }: Pick<EmailContent, 'text' | 'html'>): string | undefined {
  if (text !== undefined || html === undefined) return undefined;
  return storable(isOrdinary(html) ? laidOut(html) : withoutTags(html));
}

const isOrdinary = (html: string): boolean => html.length <= LENGTH && depthOf(html) <= DEPTH;

function laidOut(html: string): string {
  try {
    return convert(html, { wordwrap: 78 });
  } catch {
    // It trips over some legal HTML, such as a list that is numbered from 10000.
    return withoutTags(html);
  }
}

/** Elements that have no end tag, or may leave it out: they do not nest. */
const FLAT = new Set(
  'area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody tfoot option'.split(
    ' ',
  ),
);

/** How deep elements stand in each other, at most. */
function depthOf(html: string): number {
  let depth = 0;
  let most = 0;
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/giu)) {
    if (FLAT.has(name.toLowerCase())) continue;
    depth = slash === '/' ? Math.max(0, depth - 1) : depth + 1;
    most = Math.max(most, depth);
  }
  return most;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
};

/** The plain way: tags out, white space together. Each pattern looks at a character once. */
function withoutTags(html: string): string {
  return html
    .replace(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6])\b[^<>]*>/giu, '\n')
    .replace(/<[^<>]*>/gu, ' ')
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/gu, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n[ \n]*/gu, '\n')
    .trim();
}
