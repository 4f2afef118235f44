/**
 * @module An answer of a size that a model can read. An email may have a megabyte of text; what is cut off is said
 * in its place, and stays readable through the API.
 */

/** Characters of one text, each tried until the whole is small enough. */
const LONGEST = [20_000, 4_000, 800, 100] as const;
/** Characters of the whole, as JSON. */
const MOST = 200_000;
/** Items of one list, once no text is long any more. */
const ITEMS = 100;

export function bounded(output: Record<string, unknown>): Record<string, unknown> {
  let small = output;
  for (const longest of LONGEST) {
    small = cut(output, longest, Infinity) as Record<string, unknown>;
    if (JSON.stringify(small).length <= MOST) return small;
  }
  return cut(small, LONGEST[LONGEST.length - 1] ?? 0, ITEMS) as Record<string, unknown>;
}

function cut(value: unknown, longest: number, items: number): unknown {
  if (typeof value === 'string') return shortened(value, longest);
  if (Array.isArray(value)) return value.slice(0, items).map((one) => cut(one, longest, items));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, cut(one, longest, items)]));
}

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // Never through the middle of a character outside the basic plane.
  const start = text.slice(0, longest).replace(/[\ud800-\udbff]$/u, '');
  return `${start}… [cut: ${text.length - start.length} more characters]`;
}
