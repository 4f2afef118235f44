/** @module Chance that can be repeated: the same seed gives the same numbers (mulberry32). */

export interface Chance {
  /** From 0 up to but not 1. */
  next(): number;
  between(least: number, most: number): number;
  /** One of these, as often as its weight says. */
  pick<T extends string>(weights: Readonly<Record<T, number>>): T;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    pick(weights) {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let rest = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      const found = entries.find(([, weight]) => (rest -= weight) < 0);
      if (found === undefined) throw new Error('nothing to choose from');
      return found[0];
    },
  };
}

export function shuffled<T>(list: readonly T[], chance: Pick<Chance, 'next'>): T[] {
  const rest = [...list];
  return list.flatMap(() => rest.splice(Math.floor(chance.next() * rest.length), 1));
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
