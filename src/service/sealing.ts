/**
 * @module Puts what a door hands to a workflow under seal. Above the budget of a workflow's input the
 * sealed text goes to the store first, and only its name through Temporal.
 */
import { Problem } from '../errors.js';
import { seal, type Purpose } from '../seal.js';
import type { SealedRequest } from '../sealed.js';
import type { ServiceDeps } from './deps.js';

/** Bytes of sealed text that may travel as an argument; the compact form is ASCII. */
const BUDGET = 120_000;

/** Temporal takes arguments of 2 MB; a change under way is carried whole. */
const CHANGE_LIMIT = 1_500_000;

/** A request: the sealed text, or `blob:` and its name in the store. */
export async function sealedRequest(deps: ServiceDeps, value: SealedRequest): Promise<string> {
  const text = await seal(deps.ring, 'request', value);
  if (text.length <= BUDGET) return text;
  const name = deps.sha256(text);
  await deps.store.putBlob(name, new TextEncoder().encode(text));
  return `blob:${name}`;
}

/** A change of an email under way. @throws Problem `body_too_large`. */
export async function sealedChange({ ring }: ServiceDeps, purpose: Purpose, value: unknown): Promise<string> {
  const text = await seal(ring, purpose, value);
  if (text.length <= CHANGE_LIMIT) return text;
  throw new Problem('body_too_large', {
    detail: 'an edit must be at most about 1 MB, attachments included; cancel the email and send it anew',
  });
}
