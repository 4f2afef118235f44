/** @module A closed loop: so many at a time, until so many are done. */
import { performance } from 'node:perf_hooks';

export interface Measured {
  count: number;
  seconds: number;
  /** Of each one, in milliseconds, sorted. */
  latencies: number[];
}

export async function drive(
  count: number,
  parallel: number,
  one: (index: number) => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const began = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const at = performance.now();
      await one(index);
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const seconds = (performance.now() - began) / 1_000;
  return { count, seconds, latencies: latencies.sort((a, b) => a - b) };
}

/** Of sorted values. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;

/** Of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}
