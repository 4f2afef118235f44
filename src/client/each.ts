/** @module A list as a sequence of its items, page after page as they are asked for. */
import type { Input } from './call.js';

interface Page {
  items: unknown[];
  cursor?: string | null;
}

export async function* each(
  ask: (input: Input) => Promise<unknown>,
  input: Input,
): AsyncGenerator<unknown, void, undefined> {
  let next: Input | null = input;
  while (next !== null) {
    const { items, cursor } = (await ask(next)) as Page;
    yield* items;
    // A log can be continued even where it ends, so its cursor alone would never end the sequence.
    next = cursor && items.length > 0 ? { ...input, cursor } : null;
  }
}
