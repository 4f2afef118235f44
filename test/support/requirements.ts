/**
 * @module `verifies`: a test that keeps a promise of test/requirements.ts and says which.
 */
import { test } from 'vitest';
import { REQUIREMENTS, type RequirementId } from '../requirements.js';

/** Like vitest's `test`; `milliseconds` is its time-out. */
export function verifies(
  id: RequirementId,
  title: string,
  body: () => void | Promise<void>,
  milliseconds?: number,
): void {
  if (!Object.hasOwn(REQUIREMENTS, id)) throw new Error(`test/requirements.ts has no promise ${id}`);
  test(`[${id}] ${title}`, body, milliseconds);
}

/** What is wrong with a manifest, given the ids that tests cite; one line each. */
export function gaps(
  requirements: Readonly<Record<string, { open?: number }>>,
  cited: ReadonlySet<string>,
): string[] {
  const missing = Object.entries(requirements)
    .filter(([id, one]) => one.open === undefined && !cited.has(id))
    .map(([id]) => `${id}: no test cites it, and no issue is named that will bring one`);
  const done = Object.entries(requirements)
    .filter(([id, one]) => one.open !== undefined && cited.has(id))
    .map(([id]) => `${id}: a test cites it, so it is no longer open`);
  const unknown = [...cited]
    .filter((id) => !Object.hasOwn(requirements, id))
    .map((id) => `${id}: nobody promised it`);
  return [...missing, ...done, ...unknown];
}

/** The ids that a test file cites. */
export function citedIn(source: string): string[] {
  return [...source.matchAll(/\bverifies\(\s*['"]([a-z:/-]+)['"]/gu)].map((match) => match[1] ?? '');
}
