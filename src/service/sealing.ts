/**
 * @module Puts what a door hands to a workflow under seal. Above the budget of a workflow's input the
 * sealed text goes to the store first, and only its name through Temporal.
 */
import { seal, type Purpose } from '../seal.js';
import { ARGUMENT_BUDGET, putSealed } from '../seal-request.js';
import type { ServiceDeps } from './deps.js';

/** The sealed text, or `blob:` and its name in the store. */
export async function sealed(
  { ring, store }: ServiceDeps,
  purpose: Purpose,
  value: unknown,
): Promise<string> {
  const text = await seal(ring, purpose, value);
  return text.length <= ARGUMENT_BUDGET ? text : await putSealed(store, text);
}
