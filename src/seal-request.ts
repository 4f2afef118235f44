/**
 * @module `seal` for programs that start `sendEmail` themselves: a request becomes the argument of the start,
 * and nothing of it can be read in Temporal. Whoever has a key of the workers' ring can make one.
 */
import { createHash } from 'node:crypto';
import { fieldProblems } from './core/email/problem.js';
import { requestSchema, type EmailRequestInput } from './core/email/request.js';
import { Problem } from './errors.js';
import { seal, SealError, type KeyRing } from './seal.js';
import type { Store } from './store/store.js';

/**
 * Characters of sealed text that may travel as an argument. Temporal refuses an argument of 2 MB, and a call
 * of 4 MB is not even answered; far below both, a history stays quick to read.
 */
export const ARGUMENT_BUDGET = 120_000;

/** The argument of the start. */
export interface SealedStart {
  mailbox: string;
  sealed: string;
}

export interface SealOptions {
  /** The workers' store (`openStore`): a seal above the budget goes there, and only its name into Temporal. */
  store?: Pick<Store, 'putBlob'>;
}

/**
 * `client.workflow.start('sendEmail', { args: [await seal(ring, { mailbox, to, subject, text })], … })`.
 * @throws Problem `invalid_request` where the request is not valid: behind the seal nobody could say why.
 * @throws SealError where it is too large for an argument and no store was given.
 */
export async function sealRequest(
  ring: KeyRing,
  { mailbox, ...request }: EmailRequestInput & { mailbox: string },
  { store }: SealOptions = {},
): Promise<SealedStart> {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) {
    const errors = fieldProblems(parsed.error);
    const [first] = errors;
    throw new Problem('invalid_request', {
      detail: first ? `${first.field}: ${first.message}` : 'the request is not valid',
      ...(first && { field: first.field }),
      errors,
    });
  }
  const text = await seal(ring, 'request', { request });
  if (text.length <= ARGUMENT_BUDGET) return { mailbox, sealed: text };
  if (store) return { mailbox, sealed: await putSealed(store, text) };
  throw new SealError(
    `the sealed request has ${text.length} characters, and an argument may have ${ARGUMENT_BUDGET}: ` +
      'send it through a door (HTTP, mailwarden/client), or pass { store } so that it goes to the database',
  );
}

/** Keeps a sealed text in the store; answers the reference that stands for it in an argument. */
export async function putSealed(store: Pick<Store, 'putBlob'>, text: string): Promise<string> {
  const name = createHash('sha256').update(text).digest('hex');
  await store.putBlob(name, new TextEncoder().encode(text));
  return `blob:${name}`;
}
