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

/** As many as there is time for. */
export async function hold(
  seconds: number,
  parallel: number,
  one: () => Promise<unknown>,
): Promise<Measured & { errors: number }> {
  const until = performance.now() + seconds * 1_000;
  let errors = 0;
  const lane = async (latencies: number[]): Promise<void> => {
    while (performance.now() < until) {
      const at = performance.now();
      await one().catch(() => (errors += 1));
      latencies.push(performance.now() - at);
    }
  };
  const latencies: number[] = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: parallel }, () => lane(latencies)));
  const took = (performance.now() - began) / 1_000;
  return { count: latencies.length, seconds: took, latencies: latencies.sort((a, b) => a - b), errors };
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
