/**
 * @module Puts what a door hands to a workflow under seal. Above the budget of a workflow's input the
 * sealed text goes to the store first, and only its name through Temporal.
 */
import { seal, type Purpose } from '../seal.js';
import type { ServiceDeps } from './deps.js';

/** Bytes of sealed text that may travel as an argument; the compact form is ASCII. */
const BUDGET = 120_000;

/** The sealed text, or `blob:` and its name in the store. */
export async function sealed(deps: ServiceDeps, purpose: Purpose, value: unknown): Promise<string> {
  const text = await seal(deps.ring, purpose, value);
  if (text.length <= BUDGET) return text;
  const name = deps.sha256(text);
  await deps.store.putBlob(name, new TextEncoder().encode(text));
  return `blob:${name}`;
}
